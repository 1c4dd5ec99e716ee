package jobs

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"gigabatch/internal/gigachat"
)

// fakeStore stores files by id and counts calls.
type fakeStore struct {
	UploadFunc func(u gigachat.Upload) error
	DeleteFunc func(id string) error

	mu      sync.Mutex // guards all below
	stored  map[string]string
	uploads int
}

func (f *fakeStore) UploadFile(_ context.Context, u gigachat.Upload, _ time.Duration) (*gigachat.File, error) {
	if f.UploadFunc != nil {
		if err := f.UploadFunc(u); err != nil {
			return nil, err
		}
	}
	r, err := u.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.uploads++
	id := fmt.Sprintf("file-%d", f.uploads)
	if f.stored == nil {
		f.stored = map[string]string{}
	}
	f.stored[id] = string(text)
	return &gigachat.File{ID: id}, nil
}

func (f *fakeStore) File(_ context.Context, id string) (*gigachat.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.stored[id]; !ok {
		return nil, noFile()
	}
	return &gigachat.File{ID: id}, nil
}

func (f *fakeStore) DeleteFile(_ context.Context, id string) error {
	if f.DeleteFunc != nil {
		if err := f.DeleteFunc(id); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.stored[id]; !ok {
		return noFile()
	}
	delete(f.stored, id)
	return nil
}

func noFile() error {
	return &gigachat.Error{Op: "files", Kind: gigachat.KindNotFound, Status: http.StatusNotFound, Message: "No such file"}
}

// texts returns the contents of the stored files, sorted.
func (f *fakeStore) texts() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Values(f.stored))
}

// text returns the content of the file with an id, "" if it is not stored.
func (f *fakeStore) text(id string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stored[id]
}

// lose deletes a file, as a service may.
func (f *fakeStore) lose(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.stored, id)
}
