// Package atomicfile replaces a file whole or not at all.
//
// The bytes go to a temporary file beside the destination, which is synced, closed and renamed over it, and then the
// directory is synced. Whoever opens the destination, at any time and also after a crash, finds the old file or the new
// one, never a part. The destination itself is never opened for writing.
//
// The limit of the guarantee: the new file is a new inode. Mode is as given to Create, but owner, extended attributes,
// access lists and further hard links of the old file are not carried over. A process that is killed leaves its
// temporary file (a hidden name that ends in ".tmp") behind. Where a file system cannot sync a directory, the rename is
// still atomic but may be undone by a power cut.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"gigabatch/internal/messages"
)

// File is a destination being written. It is not safe for concurrent use.
type File struct {
	dst  string
	tmp  *os.File
	done bool
}

// Create begins a new content for dst, whose permission bits will be mode. If dst is a symbolic link, its target is
// what gets replaced, and the link stays. A dst that exists and is no regular file is refused.
// The caller must Close the File, also after Commit.
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

// Write adds to the new content.
func (f *File) Write(b []byte) (int, error) { return f.tmp.Write(b) }

// Commit makes the new content durable, calls before, and puts it in the place of the destination. before may be nil;
// an error from it is returned as it is and leaves the destination as it was. After an error no temporary file is left,
// and the destination is as it was, except when only the directory could not be synced: then the error says so and the
// new content is in place.
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

// Publish is Commit for what can be made again: it waits for no disk, and so promises nothing about what a power cut leaves.
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

// Close removes the temporary file unless it was committed; after Commit it does nothing.
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

// Check says whether Create would succeed for dst, and leaves nothing behind. It does not promise that there is room on
// the disk.
func Check(dst string) error {
	f, err := Create(dst, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// plain takes the random name of the temporary file out of an error text.
func plain(err error, dir string) error {
	var pe *fs.PathError
	if !errors.As(err, &pe) {
		return err
	}
	return &fs.PathError{Op: "create a file in", Path: dir, Err: pe.Err}
}
