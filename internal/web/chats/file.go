package chats

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/messages"
)

// Folder is the name of the folder of the chats, inside the served folder.
const Folder = ".gigabatch-chats"

// format is the version of the file format.
const format = 1

// file is a chat on disk.
type file struct {
	Format   int    `json:"gigabatch_chat"`
	Revision string `json:"revision"` // of the content; a different one shows that another process has written the file
	Chat
}

var idPattern = regexp.MustCompile(`^[a-z2-7]{26}$`)

func newID() string { return strings.ToLower(rand.Text()) }

// idOf returns the id of the chat in a file of that name.
func idOf(name string) (id string, ok bool) {
	id, isJSON := strings.CutSuffix(name, ".json")
	return id, isJSON && idPattern.MatchString(id)
}

func (s *Store) folder() string { return filepath.Join(s.Dir, Folder) }

func (s *Store) path(id string) string { return filepath.Join(s.folder(), id+".json") }

// read reads a chat. If the file is missing or is not a chat, the error is ErrNone.
func (s *Store) read(id string) (*file, error) {
	if !idPattern.MatchString(id) || !s.hasFolder() {
		return nil, ErrNone
	}
	info, err := os.Lstat(s.path(id))
	if errors.Is(err, fs.ErrNotExist) || err == nil && (!info.Mode().IsRegular() || info.Size() > maxFileBytes) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	in, err := os.Open(s.path(id))
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, maxFileBytes))
	if err != nil {
		return nil, err
	}
	var f file
	if json.Unmarshal(text, &f) != nil || f.Format != format || f.ID != id {
		return nil, ErrNone
	}
	return &f, nil
}

// write writes a chat to disk atomically.
func (s *Store) write(f *file) error {
	if err := os.Mkdir(s.folder(), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if !s.hasFolder() {
		return messages.Errorf("the chats cannot be saved: %s is not a folder", s.folder())
	}
	f.Format, f.Revision = format, rand.Text()
	stored := *f
	stored.Busy, stored.Problem = false, nil
	text, err := json.MarshalIndent(stored, "", "  ")
	if err != nil {
		return err
	}
	if len(text) > maxFileBytes {
		return messages.Errorf("the chat is larger than %d MB", maxFileBytes>>20)
	}
	out, err := atomicfile.Create(s.path(f.ID), 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := out.Write(append(text, '\n')); err != nil {
		return err
	}
	return out.Commit(nil)
}

// hasFolder reports whether the folder exists. A symbolic link does not count, since it may lead out of the served folder.
func (s *Store) hasFolder() bool {
	info, err := os.Lstat(s.folder())
	return err == nil && info.IsDir()
}
