package prompt

import (
	"cmp"
	"crypto/sha256"
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
	"gigabatch/internal/messages"
)

// Files are the local files that a run can attach: documents that the user named, and the files below one folder. The zero value has only
// the documents. Files are safe for concurrent use between OpenRoot and Close.
type Files struct {
	root *rooted.Folder // nil if no column names files
	name string         // of the folder

	mu    sync.Mutex // guards known
	known map[fileName]knownFile
}

// fileName is how a file was named.
type fileName struct {
	path string
	own  bool // named by the user, not by a cell
}

// knownFile is a hashed file with its modification time.
type knownFile struct {
	task.Attachment
	modified time.Time
}

// OpenRoot opens the folder of the files that cells name, if any column names files. The error is a *spec.UsageError.
func (f *Files) OpenRoot(s *spec.Settings, input string) error {
	wanted := false
	for _, c := range s.All() {
		wanted = wanted || c.Attach != ""
	}
	if !wanted || f.root != nil {
		return nil
	}
	f.name = cmp.Or(s.AttachRoot, filepath.Dir(input))
	var err error
	if f.root, err = rooted.Open(f.name); err != nil {
		return &spec.UsageError{
			Msg:  messages.Sprintf("%s: cannot open the folder of the attached files", f.name),
			Hint: messages.Sprintf("choose another folder with --attach-root"),
		}
	}
	return nil
}

// Close closes the folder, which can be opened again.
func (f *Files) Close() {
	if f.root != nil {
		f.root.Close()
		f.root = nil
	}
}

// Open opens an attached file.
func (f *Files) Open(a *task.Attachment) (*os.File, error) {
	if a.Own {
		return os.Open(a.Path)
	}
	return f.root.Open(a.Path)
}

// has reports whether a whole cell is the path of a file.
func (f *Files) has(path string) bool {
	if f.root == nil {
		return false
	}
	_, err := f.root.Stat(path)
	return err == nil
}

// attachment finds a file and hashes it. A file with the same size and modification time as before is not hashed again.
func (f *Files) attachment(n fileName) (a task.Attachment, err error) {
	var info fs.FileInfo
	if n.own {
		info, err = os.Stat(n.path)
		if err == nil && !info.Mode().IsRegular() {
			err = rooted.ErrNotRegular
		}
	} else {
		info, err = f.root.Stat(n.path)
	}
	if err != nil {
		return a, err
	}
	kind, ok := gigachat.FileTypeOf(n.path)
	switch {
	case !ok:
		return a, &typeError{messages.Sprintf("has a type that the service does not accept")}
	case info.Size() > kind.MaxBytes:
		return a, &typeError{messages.Sprintf("has %d MB, but the service accepts at most %d MB for its type", info.Size()>>20, kind.MaxBytes>>20)}
	case info.Size() == 0:
		return a, &typeError{messages.Sprintf("is empty")}
	}
	f.mu.Lock()
	k, ok := f.known[n]
	f.mu.Unlock()
	if ok && k.Size == info.Size() && k.modified.Equal(info.ModTime()) {
		return k.Attachment, nil
	}
	a = task.Attachment{Path: n.path, Own: n.own, Name: filepath.Base(filepath.FromSlash(n.path)), Kind: kind, Size: info.Size()}
	file, err := f.Open(&a)
	if err != nil {
		return a, err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return a, err
	}
	h.Sum(a.Hash[:0])
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil {
		f.known = map[fileName]knownFile{}
	}
	f.known[n] = knownFile{a, info.ModTime()}
	return a, nil
}
