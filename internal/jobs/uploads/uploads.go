// Package uploads stores the files that go with requests at the service: each content once, noted in the journal, and deleted when the run
// is over.
package uploads

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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
	"gigabatch/internal/messages"
)

// Store is the file store of the service, as gigachat.Client gives access to it. Errors are *gigachat.Error.
type Store interface {
	UploadFile(ctx context.Context, u gigachat.Upload, timeout time.Duration) (*gigachat.File, error)
	File(ctx context.Context, id string) (*gigachat.File, error)
	DeleteFile(ctx context.Context, id string) error
}

// Uploads stores every file that goes with requests at the service, once for each content, and deletes what the run, or one before it that
// was killed, has stored. Its fields are set before its methods are called. It is safe for concurrent use.
type Uploads struct {
	Store   Store // nil if there is no connection; only Clear may be called then
	Journal *journal.Journal
	Sandbox bool
	Open    func(*task.Attachment) (*os.File, error) // opens a file of this computer

	mu    sync.Mutex         // guards known
	known map[string]*upload // by the hash of the content
}

// upload is one content, stored or on its way there.
type upload struct {
	done chan struct{} // closed when id and err are set
	id   string
	err  error
}

// Body returns the request of a task with the ids of its files, which it stores if need be. The errors of the service are *gigachat.Error.
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

// attachmentsField begins the list of files of a message in the canonical JSON of a request. Within a text its quotes would be escaped.
const attachmentsField = `"attachments":[`

// withIDs replaces the placeholders of files in the messages of a request by their ids. All other bytes stay as they are.
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
			return nil, messages.Errorf("the attachments of a request do not end")
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

// id returns the id of a file at the service, which is stored there if need be. Callers that want the same content wait for one upload; if
// it is cancelled, one of them makes the next.
func (u *Uploads) id(ctx context.Context, f *task.Attachment) (string, error) {
	hash := hex.EncodeToString(f.Hash[:])
	for {
		up, first := u.claim(hash)
		if first {
			up.id, up.err = u.store(ctx, hash, f)
			if up.err != nil {
				u.mu.Lock()
				if u.known[hash] == up {
					delete(u.known, hash)
				}
				u.mu.Unlock()
			}
			close(up.done)
			return up.id, up.err
		}
		select {
		case <-up.done:
		case <-ctx.Done():
			return "", &gigachat.Error{Op: "files", Kind: gigachat.KindCanceled, Message: "stopped: " + ctx.Err().Error(), Err: ctx.Err()}
		}
		if up.err == nil {
			return up.id, nil
		}
		if e := gigachat.AsError(up.err); ctx.Err() != nil || e == nil || e.Kind != gigachat.KindCanceled {
			return "", up.err
		}
	}
}

// claim returns the upload of a content. With first, the caller must make it.
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

// store returns the id of a file that an earlier run has stored and the service still has, or else stores the file. The file is hashed as
// it is sent: one that was changed during the run is rejected, but noted, so that it is deleted.
func (u *Uploads) store(ctx context.Context, want string, f *task.Attachment) (string, error) {
	for _, id := range u.Journal.StoredAs(want, u.Sandbox) {
		_, err := u.Store.File(ctx, id)
		if e := gigachat.AsError(err); e == nil || e.Status != http.StatusNotFound {
			return id, err
		}
		if err := u.noteDeleted(id); err != nil {
			return "", err
		}
	}
	var sum hash.Hash // of what was sent last; each sending has a hash of its own, as the one before it may still be read
	open := func() (io.ReadCloser, error) {
		file, err := u.Open(f)
		if err != nil {
			return nil, err
		}
		sum = sha256.New()
		return &struct {
			io.Reader
			io.Closer
		}{io.TeeReader(file, sum), file}, nil
	}
	timeout := gigachat.DefaultTimeout + time.Duration(f.Size>>16)*time.Second // 64 kB a second at least
	stored, err := u.Store.UploadFile(ctx, gigachat.Upload{Name: f.Name, MIME: f.Kind.MIME, Size: f.Size, Open: open}, timeout)
	if err != nil {
		return "", err
	}
	var sent string
	if sum != nil {
		sent = hex.EncodeToString(sum.Sum(nil))
	}
	if err := u.Journal.NoteFile(&journal.StoredFile{Sandbox: u.Sandbox, ID: stored.ID, SHA256: sent, At: time.Now().UTC()}); err != nil {
		return "", err
	}
	if sent != want {
		return "", &gigachat.Error{Op: "files", Kind: gigachat.KindRejected, Message: "the file " + f.Path + " was changed during the run"}
	}
	return stored.ID, nil
}

func (u *Uploads) noteDeleted(id string) error {
	return u.Journal.NoteFile(&journal.StoredFile{Sandbox: u.Sandbox, ID: id, Deleted: true, At: time.Now().UTC()})
}

// Stale reports whether a request failed because the service no longer has one of its files. If so it forgets the files of the task, so
// that the next request with them finds out which are still stored.
func (u *Uploads) Stale(t task.Task, err error) bool {
	e := gigachat.AsError(err)
	if e == nil || e.Op != "chat" || e.Kind != gigachat.KindNotFound || len(t.Attachments) == 0 {
		return false
	}
	if strings.Contains(strings.ToLower(e.Message), "model") { // it is the model that was not found
		return false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range t.Attachments {
		delete(u.known, hex.EncodeToString(t.Attachments[i].Hash[:]))
	}
	return true
}

// maxClearTime is how long Clear may take.
const maxClearTime = 30 * time.Second

// Clear deletes the files that are stored at the service, after a run that ended or was interrupted, and returns how many are left there:
// all of them if ctx has ended or Store is nil.
func (u *Uploads) Clear(ctx context.Context) (left int) {
	ids := u.Journal.StoredFiles(u.Sandbox)
	if len(ids) == 0 || ctx.Err() != nil || u.Store == nil {
		return len(ids)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxClearTime)
	defer cancel()
	for _, id := range ids {
		err := u.Store.DeleteFile(ctx, id)
		if e := gigachat.AsError(err); err != nil && (e == nil || e.Status != http.StatusNotFound) {
			left++
			continue
		}
		if u.noteDeleted(id) != nil {
			return max(1, left)
		}
	}
	return left
}
