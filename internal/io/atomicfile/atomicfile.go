// Package atomicfile replaces a file as a whole or not at all.
//
// The bytes are written to a temporary file next to the destination. The temporary file is synced and renamed over the destination, and
// then the directory is synced. A reader that opens the destination at any time, even after a crash, finds either the old file or the new
// one, never a part of one. The destination itself is never opened for writing, and a destination that is a symbolic link is refused.
//
// A process holds its temporary files by a lock. Those of killed processes (hidden names that end in ".gigabatch.NUMBER.tmp") are removed
// when the next file is created in the folder.
//
// Limits of the guarantee: the new file is a new inode, so further hard links keep the old content. On a file system that cannot sync a
// directory, the rename is still atomic, but a power failure may undo it.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"gigabatch/internal/io/filelock"
	"gigabatch/internal/messages"
)

// File is a destination that is being written. It is not safe for concurrent use.
type File struct {
	dst  string
	tmp  *os.File
	done bool
}

// Create starts new content for dst, with the permission bits of mode that the umask allows and that the file which it replaces has, if there
// is one. The errors are those of CheckName. The caller must call Close, even after Commit.
func Create(dst string, mode fs.FileMode) (*File, error) {
	sweepNow(filepath.Dir(dst))
	if old, err := os.Lstat(dst); err == nil {
		mode &= old.Mode()
	}
	return create(dst, mode.Perm())
}

func create(dst string, mode fs.FileMode) (*File, error) {
	if err := CheckName(dst); err != nil {
		return nil, err
	}
	tmp, err := temporary(dst, mode)
	if err != nil {
		return nil, err
	}
	return &File{dst: dst, tmp: tmp}, nil
}

// Rewrite starts new content for a file that exists and keeps its mode, its owner and, on Linux, its extended attributes and access control
// list. An owner that cannot be kept is an error. If the name is a symbolic link, the link stays, and the file that it leads to is replaced.
func Rewrite(name string) (*File, error) {
	dst, err := filepath.EvalSymlinks(name)
	if err != nil {
		return nil, err
	}
	sweepNow(filepath.Dir(dst))
	return rewrite(dst)
}

func rewrite(dst string) (*File, error) {
	old, err := os.Lstat(dst)
	if err != nil {
		return nil, err
	}
	f, err := create(dst, 0o600)
	if err != nil {
		return nil, err
	}
	if err := keep(f.tmp, dst, old); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := f.tmp.Chmod(old.Mode().Perm()); err != nil {
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
	if err := f.Place(before); err != nil {
		return err
	}
	if err := SyncFolder(filepath.Dir(f.dst)); err != nil {
		return messages.Errorf("%s was written, but its folder could not be synced: %w", f.dst, err)
	}
	return nil
}

// Place is Commit without the sync of the directory, for many files in one folder: until SyncFolder, a power failure may undo it.
func (f *File) Place(before func() error) error {
	if f.done {
		return fs.ErrClosed
	}
	if err := f.seal(before); err != nil {
		return errors.Join(err, f.Close())
	}
	f.done = true
	return nil
}

// SyncFolder makes the names of the files in a folder durable.
func SyncFolder(dir string) error { return SyncFolderWith(dir, (*os.File).Sync) }

func (f *File) seal(before func() error) error {
	if err := f.tmp.Sync(); err != nil {
		return err
	}
	if !renamesOpen {
		if err := f.tmp.Close(); err != nil {
			return err
		}
	}
	if before != nil {
		if err := before(); err != nil {
			return err
		}
	}
	if err := rename(f.tmp.Name(), f.dst); err != nil {
		return err
	}
	f.tmp.Close() // it is synced
	return nil
}

// Close removes the temporary file, unless it was committed. After Commit it does nothing.
func (f *File) Close() error {
	if f.done {
		return nil
	}
	f.done = true
	err := os.Remove(f.tmp.Name())
	closeErr := f.tmp.Close()
	if !renamesOpen { // nor is an open file removed
		err = os.Remove(f.tmp.Name())
	}
	if closeErr != nil && !errors.Is(closeErr, fs.ErrClosed) {
		return closeErr
	}
	return err
}

// Check reports whether Create would succeed for dst, as an error if not. It leaves nothing behind, on Linux not even if the process is
// killed meanwhile. It does not check the free space on the disk.
func Check(dst string) error {
	if err := CheckName(dst); err != nil {
		return err
	}
	if f, err := openNameless(filepath.Dir(dst), 0o600); err == nil {
		return f.Close()
	}
	return closed(create(dst, 0o600))
}

// CheckRewrite is Check for Rewrite.
func CheckRewrite(name string) error {
	dst, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	return closed(rewrite(dst))
}

func closed(f *File, err error) error {
	if err != nil {
		return err
	}
	return f.Close()
}

// temporary creates a temporary file for dst and locks it.
func temporary(dst string, mode fs.FileMode) (*os.File, error) {
	for {
		f, err := os.OpenFile(filepath.Join(filepath.Dir(dst), tempName(dst)), os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		switch {
		case errors.Is(err, fs.ErrExist):
			continue
		case err != nil:
			return nil, plain(err, filepath.Dir(dst))
		}
		// Before it was locked, another process may have taken it for one that is left behind. Where locks do not work, none does.
		lockErr := filelock.Lock(f)
		if _, err := os.Lstat(f.Name()); err == nil && !errors.Is(lockErr, filelock.ErrTaken) {
			return f, nil
		}
		f.Close()
	}
}

// plain removes the random name of the temporary file from an error.
func plain(err error, dir string) error {
	var pe *fs.PathError
	if !errors.As(err, &pe) {
		return err
	}
	return &fs.PathError{Op: "create a file in", Path: dir, Err: pe.Err}
}
