package gigachat

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

// form is the body of POST /files. It streams the file.
type form struct {
	upload      Upload
	contentType string
	head, tail  string // what surrounds the file

	mu     sync.Mutex // guards failed
	failed error      // why the file could not be read
}

func newForm(u Upload) *form {
	boundary := "gigabatch-" + newUUID()
	head := "--" + boundary + "\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\ngeneral\r\n" +
		"--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + escapeName(u.Name) + "\"\r\n" +
		"Content-Type: " + u.mime() + "\r\n\r\n"
	return &form{upload: u, contentType: "multipart/form-data; boundary=" + boundary, head: head, tail: "\r\n--" + boundary + "--\r\n"}
}

func (f *form) length() int64 { return int64(len(f.head)) + f.upload.Size + int64(len(f.tail)) }

// escapeName makes a file name valid in a form header: UTF-8 is kept, as browsers send it (WHATWG HTML, multipart/form-data encoding
// algorithm), and characters that could end the name are percent-encoded. So is a backslash: browsers leave it alone, but some parsers take
// it for an escape.
func escapeName(name string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(name, "\uFFFD") {
		if r < ' ' || r == 0x7f || r == '"' || r == '\\' {
			fmt.Fprintf(&b, "%%%02X", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// open opens the file and returns the whole body.
func (f *form) open() (io.ReadCloser, error) {
	if f.upload.Open == nil || f.upload.Size < 0 {
		return nil, f.fail(errors.New("no file to send"))
	}
	file, err := f.upload.Open()
	if err != nil {
		return nil, f.fail(fmt.Errorf("the file cannot be opened: %w", err))
	}
	content := &content{form: f, file: file, left: f.upload.Size}
	return body{io.MultiReader(strings.NewReader(f.head), content, strings.NewReader(f.tail)), file}, nil
}

// fail keeps the first error.
func (f *form) fail(err error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed == nil {
		f.failed = err
	}
	return err
}

func (f *form) failure() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

type body struct {
	io.Reader
	io.Closer
}

// content reads a file of exactly the announced length. What follows the file in the body is sent only after the length is confirmed, so
// the server never takes a part for the whole.
type content struct {
	form *form
	file io.Reader
	left int64
}

func (c *content) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, c.end()
	}
	n, err := c.file.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	switch {
	case err == nil, err == io.EOF && c.left == 0:
		return n, nil
	case err == io.EOF:
		return n, c.form.fail(fmt.Errorf("the file is shorter than the %d bytes it had", c.form.upload.Size))
	}
	return n, c.unreadable(err)
}

// end checks that the file ends where it should.
func (c *content) end() error {
	var b [1]byte
	switch _, err := io.ReadFull(c.file, b[:]); err {
	case io.EOF:
		return io.EOF
	case nil:
		return c.form.fail(fmt.Errorf("the file is longer than the %d bytes it had", c.form.upload.Size))
	default:
		return c.unreadable(err)
	}
}

func (c *content) unreadable(err error) error {
	return c.form.fail(fmt.Errorf("the file cannot be read: %w", err))
}
