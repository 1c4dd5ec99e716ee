package jobs

import (
	"slices"
)

// storedAs are the ids under which a content is stored at the service, sorted.
func (j *Journal) storedAs(hash string, sandbox bool) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var ids []string
	for id, h := range j.history.files[origin(sandbox)] {
		if h == hash {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// storedFiles are the ids of all files that are stored at the service, sorted.
func (j *Journal) storedFiles(sandbox bool) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var ids []string
	for id := range j.history.files[origin(sandbox)] {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// whole is the newest manifest that is no preview's.
func (j *Journal) whole() *manifest {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.history.whole
}

// length is how much of the journal was read.
func (j *Journal) length() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.seen.off
}
