// Package uploads stores the attached files of requests at the service: each content once, recorded in the journal, and deleted after the
// run.
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
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
)

// Store is the file store of the service, as accessed by gigachat.Client. Errors are *gigachat.Error.
type Store interface {
	UploadFile(ctx context.Context, u gigachat.Upload, timeout time.Duration) (*gigachat.File, error)
	File(ctx context.Context, id string) (*gigachat.File, error)
	DeleteFile(ctx context.Context, id string) error
}

// Uploads stores attached files at the service, once per content. It deletes what this run, or an earlier run that was killed, has stored.
// Its fields must be set before its methods are called. It is safe for concurrent use.
type Uploads struct {
	Store   Store // nil without a connection, or if the service takes no files
	Journal *journal.Journal
	Sandbox bool
	Open    func(*task.Attachment) (*os.File, error) // opens a local file
	Deleted func(n, of int)                          // called by Clear after each deletion, from several goroutines; may be nil

	mu    sync.Mutex         // guards known
	known map[string]*upload // by the hash of the content
}

// upload is one content that is stored or being stored.
type upload struct {
	done chan struct{} // closed once id and err are set
	id   string
	err  error
}

// Body returns the request of a task with the ids of its files. It stores files that are not stored yet. Errors of the service are
// *gigachat.Error.
func (u *Uploads) Body(ctx context.Context, t task.Task) ([]byte, error) {
	if len(t.Attachments) == 0 {
		return t.Body, nil
	}
	if u.Store == nil {
		return nil, &gigachat.Error{Op: "files", Kind: gigachat.KindRejected, Message: gigachat.ErrNoFiles.Error(), Err: gigachat.ErrNoFiles}
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

// attachmentsField is the beginning of a message's list of files in the canonical JSON of a request. Within a text its quotes would be
// escaped.
const attachmentsField = `"attachments":[`

// withIDs replaces the placeholders of files in a request by their ids. All other bytes stay unchanged.
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
			return nil, errors.New("the attachments of the request are incomplete")
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

// id returns the id of a file at the service and stores the file if needed. Callers with the same content wait for one upload. If it is
// canceled, one of them starts the next.
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

// claim returns the upload of a content. If first is true, the caller must perform it.
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

// store returns the id of a file that an earlier run stored and the service still has, or stores the file. It hashes the file while sending
// it. A file that changed during the run is rejected, but recorded so that it gets deleted.
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
	var sum hash.Hash // of the last transmission; each has its own hash because the previous one may still be read
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
	timeout := gigachat.DefaultTimeout + time.Duration(f.Size>>16)*time.Second // at least 64 kB per second
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
		return "", &gigachat.Error{Op: "files", Kind: gigachat.KindRejected, Message: "the file " + f.Path + " changed during the run"}
	}
	return stored.ID, nil
}

func (u *Uploads) noteDeleted(id string) error {
	return u.Journal.NoteFile(&journal.StoredFile{Sandbox: u.Sandbox, ID: id, Deleted: true, At: time.Now().UTC()})
}

// Stale reports whether a request failed because the service no longer has one of its files. It then forgets the files of the task, so that
// the next request with them checks which ones are still stored.
func (u *Uploads) Stale(t task.Task, err error) bool {
	e := gigachat.AsError(err)
	if e == nil || e.Op != "chat" || e.Kind != gigachat.KindNotFound || len(t.Attachments) == 0 {
		return false
	}
	if strings.Contains(strings.ToLower(e.Message), "model") { // the model was not found
		return false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range t.Attachments {
		delete(u.known, hex.EncodeToString(t.Attachments[i].Hash[:]))
	}
	return true
}

// Forget makes the next requests with files check whether these are still stored.
func (u *Uploads) Forget() {
	u.mu.Lock()
	defer u.mu.Unlock()
	clear(u.known)
}

const (
	maxClearTime = 30 * time.Second       // of Clear, if the service does not answer
	clearTime    = 200 * time.Millisecond // more for each file
	maxDeletions = 8                      // under way at once
)

// delete deletes a file at the service. It waits while the service refuses because too much is under way.
func (u *Uploads) delete(ctx context.Context, id string) error {
	for {
		err := u.Store.DeleteFile(ctx, id)
		e := gigachat.AsError(err)
		if e == nil || e.Kind != gigachat.KindRateLimited {
			return err
		}
		select {
		case <-time.After(max(time.Second, e.RetryAfter)):
		case <-ctx.Done():
			return err
		}
	}
}

// Clear deletes the stored files at the service, several at once, after a run ended or was interrupted. It returns how many remain: all of
// them if ctx has ended or Store is nil.
func (u *Uploads) Clear(ctx context.Context) (left int) {
	ids := u.Journal.StoredFiles(u.Sandbox)
	if len(ids) == 0 || ctx.Err() != nil || u.Store == nil {
		return len(ids)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxClearTime+time.Duration(len(ids))*clearTime)
	defer cancel()
	var deletions errgroup.Group
	deletions.SetLimit(maxDeletions)
	var gone atomic.Int64
	for _, id := range ids {
		if ctx.Err() != nil {
			break
		}
		deletions.Go(func() error {
			err := u.delete(ctx, id)
			if e := gigachat.AsError(err); err != nil && (e == nil || e.Status != http.StatusNotFound) {
				if e != nil && e.Passing() { // the service is down, and the others would take as long
					cancel()
				}
				return nil
			}
			if u.noteDeleted(id) != nil {
				cancel()
				return nil
			}
			if u.Deleted != nil {
				u.Deleted(int(gone.Add(1)), len(ids))
			}
			return nil
		})
	}
	deletions.Wait()
	return len(u.Journal.StoredFiles(u.Sandbox))
}
