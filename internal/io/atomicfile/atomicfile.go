// Package atomicfile replaces a file as a whole or not at all.
//
// The bytes are written to a temporary file next to the destination. The temporary file is synced, closed and renamed over the
// destination, and then the directory is synced. A reader that opens the destination at any time, even after a crash, finds either the
// old file or the new one, never a part of one. The destination itself is never opened for writing.
//
// Limits of the guarantee: the new file is a new inode. Its mode is the one given to Create, but the owner, extended attributes,
// access control lists and further hard links of the old file are lost. A process that is killed leaves its temporary file behind (a
// hidden name that ends in ".tmp"). On a file system that cannot sync a directory, the rename is still atomic, but a power failure may
// undo it.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"gigabatch/internal/messages"
)

// File is a destination that is being written. It is not safe for concurrent use.
type File struct {
	dst  string
	tmp  *os.File
	done bool
}

// Create starts new content for dst, with the permission bits of mode. If dst is a symbolic link, its target is replaced and the link
// is kept. A dst that exists and is not a regular file is refused. The caller must call Close, even after Commit.
func Create(dst string, mode fs.FileMode) (*File, error) {
	dst, err := target(dst)
	if err != nil {
		return nil, err
	}
	tmp, err := os.CreateTemp(filepath.Dir(dst), pattern(dst))
	if err != nil {
		return nil, plain(err, filepath.Dir(dst))
	}
	f := &File{dst: dst, tmp: tmp}
	if err := tmp.Chmod(mode.Perm()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Write appends to the new content.
func (f *File) Write(b []byte) (int, error) { return f.tmp.Write(b) }

// Commit syncs the new content, calls before, and moves the content to the destination. before may be nil. An error from before is
// returned unchanged, and the destination is not modified. After an error, no temporary file is left and the destination is unchanged,
// unless only the directory could not be synced: the error then says so, and the new content is in place.
func (f *File) Commit(before func() error) error {
	if f.done {
		return fs.ErrClosed
	}
	if err := f.seal(before); err != nil {
		return errors.Join(err, f.Close())
	}
	f.done = true
	if err := syncDir(filepath.Dir(f.dst)); err != nil {
		return messages.Errorf("%s was written, but its folder could not be synced: %w", f.dst, err)
	}
	return nil
}

// Publish is like Commit, for content that can be made again: it does not sync, so a power failure may lose the content.
func (f *File) Publish() error {
	if f.done {
		return fs.ErrClosed
	}
	if err := errors.Join(f.tmp.Close(), os.Rename(f.tmp.Name(), f.dst)); err != nil {
		return errors.Join(err, f.Close())
	}
	f.done = true
	return nil
}

func (f *File) seal(before func() error) error {
	if err := f.tmp.Sync(); err != nil {
		return err
	}
	if err := f.tmp.Close(); err != nil {
		return err
	}
	if before != nil {
		if err := before(); err != nil {
			return err
		}
	}
	return os.Rename(f.tmp.Name(), f.dst)
}

// Close removes the temporary file, unless it was committed. After Commit it does nothing.
func (f *File) Close() error {
	if f.done {
		return nil
	}
	f.done = true
	if err := f.tmp.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
		_ = os.Remove(f.tmp.Name())
		return err
	}
	return os.Remove(f.tmp.Name())
}

// Check reports whether Create would succeed for dst, as an error if not. It leaves nothing behind. It does not check the free space
// on the disk.
func Check(dst string) error {
	f, err := Create(dst, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// plain removes the random name of the temporary file from an error.
func plain(err error, dir string) error {
	var pe *fs.PathError
	if !errors.As(err, &pe) {
		return err
	}
	return &fs.PathError{Op: "create a file in", Path: dir, Err: pe.Err}
}
