package gigachat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// File is a file stored by the service. A field that the service did not report is zero; ID is always set.
type File struct {
	ID           string
	Name         string
	Purpose      string // general
	AccessPolicy string // private
	Bytes        int64
	Created      time.Time
	Sandbox      bool // a sandbox answered, not the API
}

// Upload is a file to store.
type Upload struct {
	Name string // with the extension, without folders
	MIME string // default by the extension, see [FileTypeOf]
	Size int64  // exact

	// Open opens the file at its beginning. It is called again after a 401, and if the connection was lost before anything was sent. The
	// reader is closed, possibly shortly after the upload has returned.
	Open func() (io.ReadCloser, error)
}

func (u *Upload) mime() string {
	t, known := FileTypeOf(u.Name)
	switch {
	case u.MIME != "" && !strings.ContainsFunc(u.MIME, func(r rune) bool { return r < ' ' || r > '~' }): // valid in a header
		return u.MIME
	case known:
		return t.MIME
	}
	return "application/octet-stream"
}

// UploadFile stores a file (POST /files). The file is streamed; the upload is free. After a 401 the token is renewed and the file is sent
// again, once. A timeout of 0 means the client's Timeout.
//
// The error is an [*Error]. It is of KindRejected, which is not passing, if the file could not be read or does not have Size bytes. After a
// passing error the service may have stored the file anyway.
func (c *Client) UploadFile(ctx context.Context, u Upload, timeout time.Duration) (*File, error) {
	x := exchange{op: "files", method: http.MethodPost, path: "/files", upload: &u, timeout: timeout, free: true}
	return receive(ctx, c, x, decodeFile)
}

// File describes a stored file (GET /files/{id}). An unknown id is an [*Error] of KindNotFound.
func (c *Client) File(ctx context.Context, id string) (*File, error) {
	x, err := aboutFile(http.MethodGet, id, "")
	if err != nil {
		return nil, err
	}
	return receive(ctx, c, x, decodeFile)
}

// Files lists the stored files (GET /files). Entries without an id are left out.
func (c *Client) Files(ctx context.Context) ([]File, error) {
	return receive(ctx, c, exchange{op: "files", method: http.MethodGet, path: "/files", free: true}, decodeFiles)
}

// DeleteFile deletes a stored file (POST /files/{id}/delete). An unknown id is an [*Error] of KindNotFound.
func (c *Client) DeleteFile(ctx context.Context, id string) error {
	x, err := aboutFile(http.MethodPost, id, "/delete")
	if err != nil {
		return err
	}
	return c.send(ctx, x, func(resp *http.Response, used *call) error { return used.withBody(ctx, resp, checkDeleted) })
}

// FileContent writes a stored file to w as it arrives (GET /files/{id}/content). The client's Timeout applies to the whole transfer. After
// an error w may hold a part of the file; an error of w is returned unchanged.
func (c *Client) FileContent(ctx context.Context, id string, w io.Writer) error {
	x, err := aboutFile(http.MethodGet, id, "/content")
	if err != nil {
		return err
	}
	x.accept = "*/*"
	return c.send(ctx, x, func(resp *http.Response, _ *call) error {
		if mediaType(resp) == "text/html" {
			return errors.New("got an HTML page instead of the file")
		}
		_, err := io.Copy(callers{w}, resp.Body)
		if err != nil && !errors.As(err, new(stopped)) { // not an error of w
			return endedEarly{err}
		}
		return err
	})
}

// aboutFile returns an exchange about one file.
func aboutFile(method, id, verb string) (exchange, error) {
	if id == "" || id == "." || id == ".." {
		return exchange{}, &Error{Op: "files", Kind: KindRejected, Message: fmt.Sprintf("%q is not a valid file id", id)}
	}
	return exchange{op: "files", method: method, path: "/files/" + url.PathEscape(id) + verb, free: true, rare: true}, nil
}

// fileBody is read leniently, because only the id is required.
type fileBody struct {
	ID           json.RawMessage `json:"id"`
	Filename     json.RawMessage `json:"filename"`
	Purpose      json.RawMessage `json:"purpose"`
	AccessPolicy json.RawMessage `json:"access_policy"`
	Bytes        json.RawMessage `json:"bytes"`
	CreatedAt    json.RawMessage `json:"created_at"`
	Deleted      json.RawMessage `json:"deleted"`
}

func decodeFile(body []byte, resp *http.Response, _ *call) (*File, error) {
	var b fileBody
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, fmt.Errorf("unexpected answer about the file: %w", err)
	}
	f := &File{
		ID: valueText(b.ID), Name: valueText(b.Filename), Purpose: valueText(b.Purpose), AccessPolicy: valueText(b.AccessPolicy),
		Bytes: wholeNumber(valueText(b.Bytes)), Created: unixTime(valueText(b.CreatedAt)), Sandbox: isSandbox(resp),
	}
	if f.ID == "" {
		return nil, errors.New("the answer about the file has no id")
	}
	return f, nil
}

func decodeFiles(body []byte, resp *http.Response, used *call) ([]File, error) {
	var b struct {
		Data []json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, fmt.Errorf("unexpected list of files: %w", err)
	}
	if b.Data == nil {
		return nil, errors.New("the answer has no list of files")
	}
	files := make([]File, 0, len(b.Data))
	for _, raw := range b.Data {
		if f, err := decodeFile(raw, resp, used); err == nil {
			files = append(files, *f)
		}
	}
	return files, nil
}

// wholeNumber returns 0 for anything that is not a positive number.
func wholeNumber(s string) int64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0) || f > math.MaxInt64/2 {
		return 0
	}
	return int64(f)
}

func checkDeleted(body []byte) error {
	var b fileBody
	if err := json.Unmarshal(body, &b); err != nil {
		return fmt.Errorf("unexpected answer to the deletion: %w", err)
	}
	if valueText(b.ID) == "" || valueText(b.Deleted) == "false" {
		return errors.New("the answer does not confirm that the file was deleted")
	}
	return nil
}

// callers is the caller's writer. Its errors are wrapped in stopped.
type callers struct{ w io.Writer }

func (c callers) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		err = stopped{err}
	}
	return n, err
}
