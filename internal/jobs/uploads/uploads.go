// Package uploads keeps the files that go with requests at the service: each content is stored once, noted in the journal, and deleted
// when the run is over.
package uploads

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
)

// Store keeps files at the service. Errors are those of the client.
type Store interface {
	UploadFile(ctx context.Context, u gigachat.Upload, timeout time.Duration) (*gigachat.File, error)
	File(ctx context.Context, id string) (*gigachat.File, error)
	DeleteFile(ctx context.Context, id string) error
}

// Uploads sees to it that every file that goes with requests is stored at the service, once for each content, and deletes what the run,
// or one before it that was killed, has stored. It is safe for concurrent use.
type Uploads struct {
	Store   Store
	Journal *journal.Journal
	Sandbox bool
	Open    func(*task.Attachment) (*os.File, error) // a file of this computer

	mu    sync.Mutex // guards all below
	known map[string]*upload
}

// upload is one content, stored or on its way there.
type upload struct {
	done chan struct{} // closed when id and err are set
	id   string
	err  error
}

// Body is the request of a job with the ids of its files.
func (u *Uploads) Body(ctx context.Context, t task.Task) ([]byte, error) {
	if len(t.Attachments) == 0 {
		return t.Body, nil
	}
	ids := map[string]string{}
	for i := range t.Attachments {
		id, err := u.id(ctx, &t.Attachments[i])
		if err != nil {
			return nil, err
		}
		ids[t.Attachments[i].Placeholder()] = id
	}
	return withIDs(t.Body, ids)
}

// attachmentsField is how the files of a message begin in the canonical JSON of a request: within a text its quotes would be escaped.
const attachmentsField = `"attachments":[`

// withIDs puts the ids of files into the messages of a request. All other bytes stay as they are.
func withIDs(body []byte, ids map[string]string) ([]byte, error) {
	var sent []byte
	for {
		before, after, found := bytes.Cut(body, []byte(attachmentsField))
		sent = append(sent, before...)
		if !found {
			return sent, nil
		}
		end := bytes.IndexByte(after, ']')
		if end < 0 {
			return nil, errors.New("the attachments of a request do not end")
		}
		var list []string
		if err := json.Unmarshal(append([]byte{'['}, after[:end+1]...), &list); err != nil {
			return nil, err
		}
		for i, name := range list {
			list[i] = cmp.Or(ids[name], name)
		}
		raw, err := json.Marshal(list)
		if err != nil {
			return nil, err
		}
		sent = append(append(sent, attachmentsField...), raw[1:]...)
		body = after[end+1:]
	}
}

// id is the id of a file at the service, which is stored there if need be. Callers that want the same content wait for one upload.
func (u *Uploads) id(ctx context.Context, f *task.Attachment) (string, error) {
	name := hex.EncodeToString(f.Hash[:])
	for {
		up, first := u.claim(name)
		if first {
			up.id, up.err = u.find(ctx, name, f)
			if up.err != nil {
				u.forget(name, up)
			}
			close(up.done)
			return up.id, up.err
		}
		select {
		case <-up.done:
		case <-ctx.Done():
			return "", canceled(ctx)
		}
		if up.err == nil {
			return up.id, nil
		}
		if ctx.Err() != nil || gigachat.AsError(up.err) == nil || gigachat.AsError(up.err).Kind != gigachat.KindCanceled {
			return "", up.err
		}
	}
}

func canceled(ctx context.Context) error {
	return &gigachat.Error{Op: "files", Kind: gigachat.KindCanceled, Message: "stopped: " + ctx.Err().Error(), Err: ctx.Err()}
}

// claim returns the upload of a content; first says that the caller is to make it.
func (u *Uploads) claim(hash string) (up *upload, first bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if up := u.known[hash]; up != nil {
		return up, false
	}
	if u.known == nil {
		u.known = map[string]*upload{}
	}
	up = &upload{done: make(chan struct{})}
	u.known[hash] = up
	return up, true
}

func (u *Uploads) forget(hash string, up *upload) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.known[hash] == up {
		delete(u.known, hash)
	}
}

// find takes the id that an earlier run has left, if the service still has the file, or stores it.
func (u *Uploads) find(ctx context.Context, hash string, f *task.Attachment) (string, error) {
	for _, id := range u.Journal.StoredAs(hash, u.Sandbox) {
		_, err := u.Store.File(ctx, id)
		if e := gigachat.AsError(err); e == nil || e.Status != http.StatusNotFound {
			return id, err
		}
		if err := u.gone(id); err != nil {
			return "", err
		}
	}
	return u.put(ctx, hash, f)
}

// put stores a file.
func (u *Uploads) put(ctx context.Context, hash string, f *task.Attachment) (string, error) {
	sum := &hashing{open: func() (*os.File, error) { return u.Open(f) }}
	stored, err := u.Store.UploadFile(ctx, gigachat.Upload{Name: f.Name, MIME: f.Kind.MIME, Size: f.Size, Open: sum.reader}, uploadTimeout(f.Size))
	if err != nil {
		return "", err
	}
	was := sum.hash()
	if err := u.Journal.NoteFile(&journal.StoredFile{Sandbox: u.Sandbox, ID: stored.ID, SHA256: was, At: time.Now().UTC()}); err != nil {
		return "", err
	}
	if was != hash {
		return "", &gigachat.Error{Op: "files", Kind: gigachat.KindRejected, Message: "the file " + f.Path + " was changed during the run"}
	}
	return stored.ID, nil
}

// hashing hashes a file while it is sent.
type hashing struct {
	open func() (*os.File, error)
	sum  hash.Hash
}

func (h *hashing) reader() (io.ReadCloser, error) {
	f, err := h.open()
	if err != nil {
		return nil, err
	}
	h.sum = sha256.New()
	return &struct {
		io.Reader
		io.Closer
	}{io.TeeReader(f, h.sum), f}, nil
}

func (h *hashing) hash() string {
	if h.sum == nil {
		return ""
	}
	return hex.EncodeToString(h.sum.Sum(nil))
}

func (u *Uploads) gone(id string) error {
	return u.Journal.NoteFile(&journal.StoredFile{Sandbox: u.Sandbox, ID: id, Deleted: true, At: time.Now().UTC()})
}

// uploadTimeout allows for 64 kB a second.
func uploadTimeout(size int64) time.Duration {
	return gigachat.DefaultTimeout + time.Duration(size>>16)*time.Second
}

// Stale reports whether a request failed because the service has a file of it no longer, and forgets its files: the next request that
// needs them asks the service for them.
func (u *Uploads) Stale(t task.Task, err error) bool {
	e := gigachat.AsError(err)
	if e == nil || e.Op != "chat" || e.Kind != gigachat.KindNotFound || len(t.Attachments) == 0 || strings.Contains(strings.ToLower(e.Message), "model") {
		return false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range t.Attachments {
		delete(u.known, hex.EncodeToString(t.Attachments[i].Hash[:]))
	}
	return true
}

// clearTime is how long deleting files at the service may take.
const clearTime = 30 * time.Second

// Clear deletes what is stored at the service after a run, also one that was interrupted, and returns how many files are left there:
// all of them after a run that was stopped at once.
func (u *Uploads) Clear(ctx context.Context) (left int) {
	ids := u.Journal.StoredFiles(u.Sandbox)
	if len(ids) == 0 || ctx.Err() != nil || u.Store == nil {
		return len(ids)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clearTime)
	defer cancel()
	for _, id := range ids {
		err := u.Store.DeleteFile(ctx, id)
		if e := gigachat.AsError(err); err != nil && (e == nil || e.Status != http.StatusNotFound) {
			left++
			continue
		}
		if u.gone(id) != nil {
			return max(1, left)
		}
	}
	return left
}
