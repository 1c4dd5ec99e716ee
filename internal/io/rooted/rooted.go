// Package rooted opens files that are named in cells, but only below one folder.
//
// Whatever the name, nothing outside the folder is opened: not by "..", not by an absolute path, not by a symbolic link that leads out
// (os.Root). A file that is not regular is refused before it is opened. Limits of the guarantee: hard links, and folders mounted below
// the root, count as inside.
package rooted

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"gigabatch/internal/messages"
)

// Folder is a folder below which files are opened. It is safe for concurrent use.
type Folder struct {
	name string
	root *os.Root
}

// Open opens the folder. The caller must close it.
func Open(name string) (*Folder, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &Folder{name: name, root: root}, nil
}

// Name returns the path of the folder as given to Open.
func (f *Folder) Name() string { return f.name }

func (f *Folder) Close() error { return f.root.Close() }

// The reasons for which a name is refused, in addition to errors of the file system.
var (
	ErrOutside    = messages.Errorf("is outside the folder")
	ErrNotRegular = messages.Errorf("is not a regular file")
	ErrName       = messages.Errorf("is not a file name")
)

// Stat describes a file, or returns the reason why the name is refused.
func (f *Folder) Stat(name string) (fs.FileInfo, error) {
	local, err := f.local(name)
	if err != nil {
		return nil, err
	}
	info, err := f.root.Stat(local)
	if err != nil {
		return nil, reason(err)
	}
	if !info.Mode().IsRegular() {
		return nil, ErrNotRegular
	}
	return info, nil
}

// Lstat describes a file without following it if it is a link.
func (f *Folder) Lstat(name string) (fs.FileInfo, error) {
	local, err := f.local(name)
	if err != nil {
		return nil, err
	}
	info, err := f.root.Lstat(local)
	if err != nil {
		return nil, reason(err)
	}
	return info, nil
}

// Open opens a file for reading. It never blocks on a file that is not regular.
func (f *Folder) Open(name string) (*os.File, error) {
	if _, err := f.Stat(name); err != nil {
		return nil, err
	}
	local, err := f.local(name)
	if err != nil {
		return nil, err
	}
	file, err := f.root.OpenFile(local, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, reason(err)
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(ErrNotRegular, err, file.Close())
	}
	return file, nil
}

// local returns the name relative to the folder. An absolute path, as some tables contain it, is made relative.
func (f *Folder) local(name string) (string, error) {
	if name == "" || strings.ContainsRune(name, 0) {
		return "", ErrName
	}
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		abs, err := filepath.Abs(f.name)
		if err != nil {
			return "", err
		}
		if name, err = filepath.Rel(abs, name); err != nil {
			return "", ErrOutside
		}
	}
	if !filepath.IsLocal(name) {
		return "", ErrOutside
	}
	return name, nil
}

// reason returns the reason why a file cannot be read, without the name, which the user already knows.
func reason(err error) error {
	var pe *fs.PathError
	if !errors.As(err, &pe) {
		return err
	}
	switch {
	case errors.Is(pe.Err, fs.ErrNotExist):
		return fs.ErrNotExist
	case strings.Contains(pe.Err.Error(), "escapes from parent"): // os.Root has no error value for this
		return ErrOutside
	}
	return messages.Errorf("cannot be read: %w", pe.Err)
}
