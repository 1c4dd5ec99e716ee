// Package rooted opens the files that cells name, if they lie below one folder, and no others.
//
// Whatever a name says, nothing outside of the folder is opened: not by "..", not by an absolute path, not by a symbolic link that leads
// out (os.Root). What is not a regular file is refused before it is opened. The limit of the guarantee: hard links, and folders mounted
// below the root, are within it.
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

// Open opens the folder. The caller closes it.
func Open(name string) (*Folder, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &Folder{name: name, root: root}, nil
}

// Name is the folder's path as given to Open.
func (f *Folder) Name() string { return f.name }

func (f *Folder) Close() error { return f.root.Close() }

// The reasons for which a name is refused, beside those of the file system.
var (
	ErrOutside    = messages.Errorf("is outside the folder")
	ErrNotRegular = messages.Errorf("is not a regular file")
	ErrName       = messages.Errorf("is not a file name")
)

// Stat describes a file, or says why it is none of the folder's.
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

// Open opens a file for reading. It never waits for one that is not regular.
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

// local is the name below the folder. A path with the folder before it, as tables have it, is taken without.
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

// reason is why a file cannot be had, without the names that the user knows already.
func reason(err error) error {
	var pe *fs.PathError
	if !errors.As(err, &pe) {
		return err
	}
	switch {
	case errors.Is(pe.Err, fs.ErrNotExist):
		return fs.ErrNotExist
	case strings.Contains(pe.Err.Error(), "escapes from parent"): // os.Root has no error of its own for it
		return ErrOutside
	}
	return messages.Errorf("cannot be read: %w", pe.Err)
}
