package control

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"gigabatch/internal/messages"
)

// maxPath is the longest path of a socket, in bytes, that every system accepts: macOS has the lowest limit, 104 with a zero at the end.
const maxPath = 103

// nameOf returns the name of the socket of a journal. Every path to the journal leads to the same name; the journal need not exist.
func nameOf(journal string) (string, error) {
	path, err := filepath.Abs(journal)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		real, err = filepath.EvalSymlinks(filepath.Dir(path))
		real = filepath.Join(real, filepath.Base(path))
	}
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(real))
	return hex.EncodeToString(sum[:8]), nil
}

// placeIn returns the path of a socket in a folder that other users cannot open. With create, a missing folder is created.
func placeIn(folder, name string, create bool) (string, error) {
	path := filepath.Join(folder, name)
	if len(path) > maxPath {
		return "", messages.Errorf("%s: the path of a socket there would be too long", folder)
	}
	if create {
		if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
	info, err := os.Lstat(folder)
	switch {
	case err != nil:
		return "", err
	case !info.IsDir():
		return "", messages.Errorf("%s: it is no folder", folder)
	case !private(info):
		return "", messages.Errorf("%s: the folder is open to other users, or belongs to another one", folder)
	}
	return path, nil
}
