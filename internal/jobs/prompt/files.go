package prompt

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/rooted"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Files are the files of this computer that a run may attach: documents that the user named, and what lies below one folder. It is safe
// for concurrent use once it is open.
type Files struct {
	root *rooted.Folder // nil where no column names files
	name string         // of the folder

	mu    sync.Mutex // guards known
	known map[fileName]knownFile
}

// fileName is how a file was named.
type fileName struct {
	path string
	own  bool // by the user himself, not by a cell
}

// knownFile is a file that was hashed, and its state then.
type knownFile struct {
	task.Attachment
	modified time.Time
}

// OpenRoot opens the folder for the files that cells name, if a column names some.
func (f *Files) OpenRoot(s *spec.Settings, input string) error {
	wanted := false
	for _, a := range s.All() {
		wanted = wanted || a.Attach != ""
	}
	if !wanted || f.root != nil {
		return nil
	}
	f.name = cmp.Or(s.AttachRoot, filepath.Dir(input))
	var err error
	if f.root, err = rooted.Open(f.name); err != nil {
		return &spec.UsageError{Msg: fmt.Sprintf("%s: the folder of the attached files cannot be opened", f.name), Hint: "name another with --attach-root"}
	}
	return nil
}

func (f *Files) Close() {
	if f.root != nil {
		f.root.Close()
		f.root = nil
	}
}

func (f *Files) rootName() string { return f.name }

// has reports whether a whole cell is the name of a file.
func (f *Files) has(path string) bool {
	if f.root == nil {
		return false
	}
	_, err := f.root.Stat(path)
	return err == nil
}

// attachment finds a file and hashes it, once for each state of it.
func (f *Files) attachment(n fileName) (task.Attachment, error) {
	info, err := f.stat(n)
	if err != nil {
		return task.Attachment{}, err
	}
	kind, ok := gigachat.FileTypeOf(n.path)
	switch {
	case !ok:
		return task.Attachment{}, &TypeError{"is of a type that the service does not take"}
	case info.Size() > kind.MaxBytes:
		return task.Attachment{}, &TypeError{fmt.Sprintf("has %d MB, and the service takes %d MB of such a file", info.Size()>>20, kind.MaxBytes>>20)}
	case info.Size() == 0:
		return task.Attachment{}, &TypeError{"is empty"}
	}
	if k, ok := f.lookup(n, info); ok {
		return k.Attachment, nil
	}
	k := knownFile{task.Attachment{Path: n.path, Own: n.own, Name: filepath.Base(filepath.FromSlash(n.path)), Kind: kind, Size: info.Size()}, info.ModTime()}
	if k.Hash, err = f.sum(n); err != nil {
		return task.Attachment{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil {
		f.known = map[fileName]knownFile{}
	}
	f.known[n] = k
	return k.Attachment, nil
}

func (f *Files) lookup(n fileName, info fs.FileInfo) (knownFile, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	k, ok := f.known[n]
	return k, ok && k.Size == info.Size() && k.modified.Equal(info.ModTime())
}

func (f *Files) stat(n fileName) (fs.FileInfo, error) {
	if !n.own {
		return f.root.Stat(n.path)
	}
	info, err := os.Stat(n.path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, rooted.ErrNotRegular
	}
	return info, err
}

// Open opens a file that was found before.
func (f *Files) Open(a *task.Attachment) (*os.File, error) { return f.reader(fileName{a.Path, a.Own}) }

func (f *Files) reader(n fileName) (*os.File, error) {
	if n.own {
		return os.Open(n.path)
	}
	return f.root.Open(n.path)
}

func (f *Files) sum(n fileName) (sum [32]byte, err error) {
	r, err := f.reader(n)
	if err != nil {
		return sum, err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}
