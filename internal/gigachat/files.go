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

// File is a file stored at the service. What the service did not say is zero, except for ID.
type File struct {
	ID           string
	Name         string
	Purpose      string // general
	AccessPolicy string // private
	Bytes        int64
	Created      time.Time
	Sandbox      bool // a sandbox answered, not the API
}

// Upload is a file to be stored.
type Upload struct {
	Name string // with the extension, without folders
	MIME string // default by the extension, as of [FileTypeOf]
	Size int64  // exact

	// Open opens the file at its beginning. It is called again after a 401, and where the connection was lost before anything was sent.
	// What it returns is closed, if need be a little after the upload has ended.
	Open func() (io.ReadCloser, error)
}

func (u *Upload) mime() string {
	t, known := FileTypeOf(u.Name)
	switch {
	case u.MIME != "" && !strings.ContainsFunc(u.MIME, func(r rune) bool { return r < ' ' || r > '~' }): // fit for a header
		return u.MIME
	case known:
		return t.MIME
	}
	return "application/octet-stream"
}

// UploadFile stores a file, by POST /files. The file is streamed, and costs nothing. After a 401 the token is renewed and the file sent
// again, once. A timeout of 0 is the client's.
//
// The error is an [*Error]; of KindRejected, which is not passing, where the file could not be read or has not Size bytes. The service
// may have stored the file although there is an error that is passing.
func (c *Client) UploadFile(ctx context.Context, u Upload, timeout time.Duration) (*File, error) {
	x := exchange{op: "files", method: http.MethodPost, path: "/files", upload: &u, timeout: timeout, free: true}
	return receive(ctx, c, x, decodeFile)
}

// File describes a stored file, by GET /files/{id}. One that does not exist is an [*Error] of KindNotFound.
func (c *Client) File(ctx context.Context, id string) (*File, error) {
	x, err := aboutFile(http.MethodGet, id, "")
	if err != nil {
		return nil, err
	}
	return receive(ctx, c, x, decodeFile)
}

// Files lists the stored files, by GET /files. What is listed without an id is left out.
func (c *Client) Files(ctx context.Context) ([]File, error) {
	return receive(ctx, c, exchange{op: "files", method: http.MethodGet, path: "/files", free: true}, decodeFiles)
}

// DeleteFile deletes a stored file, by POST /files/{id}/delete. One that does not exist is an [*Error] of KindNotFound.
func (c *Client) DeleteFile(ctx context.Context, id string) error {
	x, err := aboutFile(http.MethodPost, id, "/delete")
	if err != nil {
		return err
	}
	return c.send(ctx, x, func(resp *http.Response, _ *call) error { return withBody(resp, checkDeleted) })
}

// FileContent writes a stored file to w, by GET /files/{id}/content, as it comes. The client's Timeout holds for the whole of it. After
// an error w may have a part of the file; an error of w's own is returned as it is.
func (c *Client) FileContent(ctx context.Context, id string, w io.Writer) error {
	x, err := aboutFile(http.MethodGet, id, "/content")
	if err != nil {
		return err
	}
	x.accept = "*/*"
	return c.send(ctx, x, func(resp *http.Response, _ *call) error {
		if mediaType(resp) == "text/html" {
			return errors.New("a page of HTML came instead of the file")
		}
		_, err := io.Copy(callers{w}, resp.Body)
		if err != nil && !errors.As(err, new(stopped)) { // not an error of w
			return endedEarly{err}
		}
		return err
	})
}

// aboutFile is an exchange about one file.
func aboutFile(method, id, verb string) (exchange, error) {
	if id == "" || id == "." || id == ".." {
		return exchange{}, &Error{Op: "files", Kind: KindRejected, Message: fmt.Sprintf("%q cannot be the id of a file", id)}
	}
	return exchange{op: "files", method: method, path: "/files/" + url.PathEscape(id) + verb, free: true, rare: true}, nil
}

// fileBody is read leniently, as only the id is needed.
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
		return nil, fmt.Errorf("the answer about the file is not as expected: %w", err)
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
		return nil, fmt.Errorf("the list of files is not as expected: %w", err)
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

// wholeNumber is 0 for what is no positive number.
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
		return fmt.Errorf("the answer is not as expected: %w", err)
	}
	if valueText(b.ID) == "" || valueText(b.Deleted) == "false" {
		return errors.New("the answer does not say that the file was deleted")
	}
	return nil
}

// callers is a writer of the caller's.
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
