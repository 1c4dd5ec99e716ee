package atomicfile

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"gigabatch/internal/messages"
)

// New is a file that gets its name when its content is complete. It is not safe for concurrent use.
type New struct {
	dir    string
	tmp    *os.File
	hidden string // the temporary name, "" if the file has none
	synced bool
}

// CreateNew starts a new file in a folder, with the permission bits of mode that the umask allows. Until Name succeeds, the file has no
// name where the system can keep such files (Linux), so that nothing is left of it even after a kill. Elsewhere it has a hidden name that
// ends in ".tmp". The caller must call Close.
func CreateNew(dir string, mode fs.FileMode) (*New, error) {
	if f, err := openNameless(dir, mode.Perm()); err == nil {
		return &New{dir: dir, tmp: f}, nil
	}
	return createHidden(dir, mode)
}

func createHidden(dir string, mode fs.FileMode) (*New, error) {
	hidden := filepath.Join(dir, ".new."+rand.Text()+".tmp")
	f, err := os.OpenFile(hidden, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode.Perm())
	if err != nil {
		return nil, plain(err, dir)
	}
	return &New{dir: dir, tmp: f, hidden: hidden}, nil
}

// Write appends to the content.
func (n *New) Write(b []byte) (int, error) { return n.tmp.Write(b) }

// Name syncs the content and makes it appear under a name in the folder, at once and whole. A name that is taken, by whatever kind of file,
// is an fs.ErrExist; the caller may then try another. Name replaces nothing and follows no link.
func (n *New) Name(name string) error {
	if !n.synced {
		if err := n.tmp.Sync(); err != nil {
			return err
		}
		n.synced = true
	}
	dst := filepath.Join(n.dir, name)
	if err := n.link(dst); err != nil {
		return err
	}
	if err := SyncFolder(n.dir); err != nil {
		return messages.Errorf("%s was written, but its folder could not be synced: %w", dst, err)
	}
	return nil
}

func (n *New) link(dst string) error {
	if n.hidden == "" {
		return linkNameless(n.tmp, dst)
	}
	err := os.Link(n.hidden, dst)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return n.claim(dst)
}

// claim is link for file systems without hard links: it creates the name, and then moves the content over what it created.
func (n *New) claim(dst string) error {
	f, err := os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(f.Close(), n.tmp.Close()) // Windows moves no open file
	if err == nil {
		err = rename(n.hidden, dst)
	}
	if err != nil {
		return errors.Join(err, os.Remove(dst))
	}
	n.hidden = ""
	return nil
}

// Close releases the file. Without a successful Name, nothing is left of it.
func (n *New) Close() error {
	err := n.tmp.Close()
	if errors.Is(err, fs.ErrClosed) {
		err = nil
	}
	if n.hidden != "" {
		err = errors.Join(err, os.Remove(n.hidden))
		n.hidden = ""
	}
	return err
}
