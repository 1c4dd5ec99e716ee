package journal

import "slices"

// StoredAs are the ids under which a content is stored at the service, sorted.
func (j *Journal) StoredAs(hash string, sandbox bool) []string {
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

// StoredFiles are the ids of all files that are stored at the service, sorted.
func (j *Journal) StoredFiles(sandbox bool) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var ids []string
	for id := range j.history.files[origin(sandbox)] {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
