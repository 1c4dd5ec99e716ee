package sandbox

import (
	"crypto/sha256"
	stdhash "hash"
	"slices"
	"strconv"
	"sync"
)

// A stored file does not change. Its content is kept only if there was room for it.
type stored struct {
	id      string
	number  int // in the order of storing
	name    string
	class   string // document, image or audio
	size    int64
	sum     [sha256.Size]byte
	created int64
	content []byte
	kept    bool // content is complete
	made    bool // by the service, as the result of a batch: it is not counted as an upload
}

// maxKept is how many bytes of contents a sandbox keeps. Of a content beyond that it keeps only the size and the hash, so only GET
// /files/{id}/content cannot be answered.
const maxKept = 256 << 20

// files are the files of the account. The zero value is empty. It is safe for concurrent use.
type files struct {
	mu       sync.RWMutex // guards the fields below
	live     map[string]*stored
	copies   map[[sha256.Size]byte]int // of each stored content
	reserved int64                     // bytes of contents
	added    int
	made     int // of live, by the service
	uploads  int
	twice    int // uploads of a content that was already stored
	deleted  int
}

func (f *files) add(file *stored) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.live == nil {
		f.live, f.copies = map[string]*stored{}, map[[sha256.Size]byte]int{}
	}
	f.added++
	file.number = f.added
	f.live[file.id] = file
	if file.made {
		f.made++
		return
	}
	f.uploads++
	if f.copies[file.sum] > 0 {
		f.twice++
	}
	f.copies[file.sum]++
}

func (f *files) find(id string) (*stored, bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	file, found := f.live[id]
	return file, found
}

// remove deletes a file and reports whether it was there.
func (f *files) remove(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	file, found := f.live[id]
	if !found {
		return false
	}
	delete(f.live, id)
	if file.made {
		f.made--
	} else if f.copies[file.sum]--; f.copies[file.sum] == 0 {
		delete(f.copies, file.sum)
	}
	f.reserved -= int64(len(file.content))
	f.deleted++
	return true
}

// list returns the stored files in the order of their uploads (the order is a guess).
func (f *files) list() []*stored {
	f.mu.RLock()
	defer f.mu.RUnlock()
	list := make([]*stored, 0, len(f.live))
	for _, file := range f.live {
		list = append(list, file)
	}
	slices.SortFunc(list, func(a, b *stored) int { return a.number - b.number })
	return list
}

// reserve takes room for n more bytes of contents and reports whether there was enough.
func (f *files) reserve(n int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.reserved+int64(n) > maxKept {
		return false
	}
	f.reserved += int64(n)
	return true
}

func (f *files) release(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reserved -= int64(n)
}

func (f *files) read() FileCounts {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return FileCounts{int64(f.uploads), int64(f.twice), int64(f.deleted), int64(len(f.live) - f.made)}
}

// A keeper receives a content: its hash, and all of it while there is room.
type keeper struct {
	files   *files
	sum     stdhash.Hash
	content []byte
	lost    bool
}

func (k *keeper) Write(p []byte) (int, error) {
	k.sum.Write(p)
	switch {
	case k.lost:
	case k.files.reserve(len(p)):
		k.content = append(k.content, p...)
	default:
		k.files.release(len(k.content))
		k.content, k.lost = nil, true
	}
	return len(p), nil
}

func appendFile(b []byte, f *stored) []byte {
	b = appendString(append(b, `{"id":`...), f.id)
	b = strconv.AppendInt(append(b, `,"object":"file","bytes":`...), f.size, 10)
	b = strconv.AppendInt(append(b, `,"created_at":`...), f.created, 10)
	b = appendString(append(b, `,"filename":`...), f.name)
	return append(b, `,"purpose":"general","access_policy":"private"}`...)
}
