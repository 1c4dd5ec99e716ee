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

// The errors of a Store that the caller causes.
var (
	ErrNone     = messages.Errorf("the chat does not exist")
	ErrBusy     = messages.Errorf("the chat is waiting for an answer")
	ErrStopping = messages.Errorf("the server is shutting down")
	ErrWrong    = errors.New("wrong") // what is wrong, the error itself says
)

// wrongError is an ErrWrong.
type wrongError struct{ text messages.Text }

func wrong(text messages.Text) error { return wrongError{text} }

func (e wrongError) Error() string { return e.text.String() }

// Message returns the text of Error, which can be rendered in any language.
func (e wrongError) Message() messages.Text { return e.text }

func (e wrongError) Is(err error) bool { return err == ErrWrong }

// Store keeps the chats of a folder. It is safe for concurrent use. Other processes may use the same folder: no answer is lost then, but
// each process knows only its own answers in progress.
type Store struct {
	Dir     string // the folder that contains Folder, or will contain it
	Send    func(context.Context, *gigachat.ChatRequest, func(string) error) (*gigachat.ChatResponse, error)
	Trouble func(error) Trouble // describes an error; may be nil

	mu       sync.Mutex           // guards what follows, and the files
	answers  map[string]*answer   // in progress, by the id of the chat
	unsaved  map[string]*file     // chats that could not be written
	known    map[string]knownFile // summaries of files that were read for a list
	stopping bool
	work     sync.WaitGroup // answers
}

// knownFile is the summary of a file that was read for a list. A file that is not a chat has no ID.
type knownFile struct {
	modified time.Time
	size     int64
	Summary
}

// List returns the chats, the newest first.
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

// look reads a file if it has changed.
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

// titleOf returns the title of a chat: the name given by the user, else the beginning of the first prompt.
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

// New creates a chat. It is on disk when New returns.
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

// load returns a chat as it is now. The caller holds mu.
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

// save writes a chat, and keeps it in memory if that fails. The caller holds mu.
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

// view returns a copy of a chat for callers. The caller holds mu.
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

// Rename names a chat; an empty name restores the title from the first prompt.
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

// Delete deletes a chat. An answer in progress is stopped.
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
