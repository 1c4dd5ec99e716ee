package chats

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/messages"
)

// The errors of a Store that are the caller's.
var (
	ErrNone     = messages.Errorf("there is no such chat")
	ErrBusy     = messages.Errorf("the chat is still answering")
	ErrStopping = messages.Errorf("the server is about to end")
	ErrWrong    = messages.Errorf("wrong")
)

// wrongError is ErrWrong in words.
type wrongError string

func wrong(text string) error { return wrongError(text) }

func (e wrongError) Error() string { return string(e) }

func (e wrongError) Is(err error) bool { return err == ErrWrong }

// Store holds the chats of a folder. It is safe for concurrent use. Other processes may use the same folder: none of the answers is lost
// then, but each process knows only of those under way that are its own.
type Store struct {
	Dir     string // the folder in which Folder is, or will be
	Send    func(context.Context, *gigachat.ChatRequest, func(string) error) (*gigachat.ChatResponse, error)
	Trouble func(error) Trouble // says what can be done about an error

	mu       sync.Mutex           // guards what follows, and the files
	answers  map[string]*answer   // under way, by the id of the chat
	unsaved  map[string]*file     // chats that could not be written
	known    map[string]knownFile // what was read for a list
	stopping bool
	work     sync.WaitGroup // answers
}

// knownFile is a file as it was read for a list; one that is none of ours has no ID.
type knownFile struct {
	modified time.Time
	size     int64
	Summary
}

// List lists the chats, the newest first.
func (s *Store) List() ([]Summary, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var entries []fs.DirEntry
	if s.hasFolder() {
		var err error
		if entries, err = os.ReadDir(s.folder()); err != nil {
			return nil, err
		}
	}
	known := map[string]knownFile{}
	for _, e := range entries {
		if id, ok := idOf(e.Name()); ok {
			known[id] = s.look(id, e)
		}
	}
	s.known = known
	list := []Summary{}
	for _, k := range known {
		if _, pending := s.unsaved[k.ID]; k.ID != "" && !pending {
			_, k.Busy = s.answers[k.ID]
			list = append(list, k.Summary)
		}
	}
	for _, f := range s.unsaved {
		list = append(list, summaryOf(&f.Chat))
	}
	slices.SortFunc(list, func(a, b Summary) int { return cmp.Or(b.Updated.Compare(a.Updated), strings.Compare(a.ID, b.ID)) })
	return list, nil
}

// look reads a file unless it is as it was.
func (s *Store) look(id string, e fs.DirEntry) knownFile {
	info, err := e.Info()
	if err != nil {
		return knownFile{}
	}
	if k, ok := s.known[id]; ok && k.size == info.Size() && k.modified.Equal(info.ModTime()) {
		return k
	}
	k := knownFile{modified: info.ModTime(), size: info.Size()}
	if f, err := s.read(id); err == nil {
		k.Summary = summaryOf(&f.Chat)
	}
	return k
}

func summaryOf(c *Chat) Summary {
	return Summary{ID: c.ID, Title: titleOf(c), Updated: c.Updated, Messages: len(c.Messages)}
}

// titleOf is the title of a chat: its name, else the beginning of what the user said first.
func titleOf(c *Chat) string {
	if c.Named {
		return c.Title
	}
	for _, m := range c.Messages {
		if m.Role == "user" {
			return shorten(m.Content, maxGuess)
		}
	}
	return ""
}

// New begins a chat, which is on the disk when it returns.
func (s *Store) New() (*Chat, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &file{Chat: Chat{ID: newID(), Created: now(), Updated: now()}}
	if err := s.write(f); err != nil {
		return nil, err
	}
	return s.view(f), nil
}

// Get returns a chat.
func (s *Store) Get(id string) (*Chat, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := s.load(id)
	if err != nil {
		return nil, err
	}
	return s.view(f), nil
}

// load returns a chat as it is now. It needs mu.
func (s *Store) load(id string) (*file, error) {
	if a := s.answers[id]; a != nil {
		return a.file, nil
	}
	if f := s.unsaved[id]; f != nil {
		s.save(f)
		return f, nil
	}
	return s.read(id)
}

// save writes what must not be lost, and keeps it where that fails. It needs mu.
func (s *Store) save(f *file) {
	err := s.write(f)
	if err == nil {
		f.Problem = nil
		delete(s.unsaved, f.ID)
		return
	}
	t := s.trouble(err)
	f.Problem = &t
	if s.unsaved == nil {
		s.unsaved = map[string]*file{}
	}
	s.unsaved[f.ID] = f
}

func (s *Store) trouble(err error) Trouble {
	if s.Trouble == nil {
		return Trouble{Error: messages.Sprintf("%v", err)}
	}
	return s.Trouble(err)
}

// view is a chat as others see it: they may keep it. It needs mu.
func (s *Store) view(f *file) *Chat {
	c := f.clone()
	_, c.Busy = s.answers[c.ID]
	c.Title = titleOf(c)
	if c.Messages == nil {
		c.Messages = []Message{}
	}
	if c.Earlier == nil {
		c.Earlier = [][]Message{}
	}
	return c
}

// Rename names a chat; an empty name takes its own title back.
func (s *Store) Rename(id, name string) (*Chat, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := s.load(id)
	if err != nil {
		return nil, err
	}
	changed := *f
	changed.Title = shorten(name, maxTitle)
	changed.Named = changed.Title != ""
	if err := s.write(&changed); err != nil {
		return nil, err
	}
	delete(s.unsaved, id)
	changed.Problem = nil
	*f = changed
	return s.view(f), nil
}

// Delete deletes a chat. An answer under way is stopped.
func (s *Store) Delete(ctx context.Context, id string) error {
	if _, err := s.Stop(ctx, id); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answers[id] != nil {
		return ErrBusy
	}
	if s.unsaved[id] != nil {
		delete(s.unsaved, id)
	} else if _, err := s.read(id); err != nil {
		return err
	}
	if err := os.Remove(s.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
