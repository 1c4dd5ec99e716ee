package jobs

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
	"strings"
	"sync"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/task"
)

// uploads sees to it that every file that goes with requests is stored at the service, once for each content, and deletes what the run,
// or one before it that was killed, has stored. It is safe for concurrent use.
type uploads struct {
	store   FileStore
	files   *prompt.Files
	journal *journal.Journal
	sandbox bool

	mu    sync.Mutex // guards all below
	known map[string]*upload
}

// upload is one content, stored or on its way there.
type upload struct {
	done chan struct{} // closed when id and err are set
	id   string
	err  error
}

// body is the request of a job with the ids of its files.
func (u *uploads) body(ctx context.Context, j task.Task) ([]byte, error) {
	if len(j.Attachments) == 0 {
		return j.Body, nil
	}
	ids := map[string]string{}
	for i := range j.Attachments {
		id, err := u.id(ctx, &j.Attachments[i])
		if err != nil {
			return nil, err
		}
		ids[j.Attachments[i].Placeholder()] = id
	}
	return withIDs(j.Body, ids)
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
func (u *uploads) id(ctx context.Context, f *task.Attachment) (string, error) {
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
func (u *uploads) claim(hash string) (up *upload, first bool) {
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

func (u *uploads) forget(hash string, up *upload) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.known[hash] == up {
		delete(u.known, hash)
	}
}

// find takes the id that an earlier run has left, if the service still has the file, or stores it.
func (u *uploads) find(ctx context.Context, hash string, f *task.Attachment) (string, error) {
	for _, id := range u.journal.StoredAs(hash, u.sandbox) {
		_, err := u.store.File(ctx, id)
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
func (u *uploads) put(ctx context.Context, hash string, f *task.Attachment) (string, error) {
	sum := &hashing{files: u.files, file: prompt.FileName{f.Path, f.Own}}
	stored, err := u.store.UploadFile(ctx, gigachat.Upload{Name: f.Name, MIME: f.Kind.MIME, Size: f.Size, Open: sum.open}, uploadTimeout(f.Size))
	if err != nil {
		return "", err
	}
	was := sum.hash()
	if err := u.journal.NoteFile(&journal.StoredFile{Sandbox: u.sandbox, ID: stored.ID, SHA256: was, At: time.Now().UTC()}); err != nil {
		return "", err
	}
	if was != hash {
		return "", &gigachat.Error{Op: "files", Kind: gigachat.KindRejected, Message: "the file " + f.Path + " was changed during the run"}
	}
	return stored.ID, nil
}

// hashing hashes a file while it is sent.
type hashing struct {
	files *prompt.Files
	file  prompt.FileName
	sum   hash.Hash
}

func (h *hashing) open() (io.ReadCloser, error) {
	f, err := h.files.Reader(h.file)
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

func (u *uploads) gone(id string) error {
	return u.journal.NoteFile(&journal.StoredFile{Sandbox: u.sandbox, ID: id, Deleted: true, At: time.Now().UTC()})
}

// uploadTimeout allows for 64 kB a second.
func uploadTimeout(size int64) time.Duration {
	return gigachat.DefaultTimeout + time.Duration(size>>16)*time.Second
}

// stale reports whether a request failed because the service has a file of it no longer, and forgets its files: the next request that
// needs them asks the service for them.
func (u *uploads) stale(j task.Task, err error) bool {
	e := gigachat.AsError(err)
	if e == nil || e.Op != "chat" || e.Kind != gigachat.KindNotFound || len(j.Attachments) == 0 || strings.Contains(strings.ToLower(e.Message), "model") {
		return false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range j.Attachments {
		delete(u.known, hex.EncodeToString(j.Attachments[i].Hash[:]))
	}
	return true
}

// clear deletes every file that is stored at the service. left is how many could not be deleted.
func (u *uploads) clear(ctx context.Context) (left int, err error) {
	for _, id := range u.journal.StoredFiles(u.sandbox) {
		deleteErr := u.store.DeleteFile(ctx, id)
		if e := gigachat.AsError(deleteErr); deleteErr != nil && (e == nil || e.Status != http.StatusNotFound) {
			left++
			continue
		}
		if err := u.gone(id); err != nil {
			return left, err
		}
	}
	return left, nil
}
