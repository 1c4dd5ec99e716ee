package web

import (
	"io"
	"net/http"
	"time"
)

// maxStall is how long nothing may move while a body is read or an answer written.
const maxStall = 30 * time.Second

// steady is an answer, and reads the body of its request, for as long as both get on: uploads, downloads and streams may take hours, and
// who neither sends nor takes is left.
type steady struct {
	http.ResponseWriter
	control *http.ResponseController
	begun   bool // a header or more was written
}

func steadily(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := &steady{ResponseWriter: w, control: http.NewResponseController(w)}
		s.more()
		defer s.more() // for what the server itself writes at the end
		if r.Body != nil && r.Body != http.NoBody {
			body := &steadyBody{ReadCloser: r.Body, control: s.control}
			body.more()
			with := *r
			with.Body = body
			r = &with
		}
		next.ServeHTTP(s, r)
	})
}

// more gives the next piece its time. What has no deadlines, as in tests, goes without.
func (s *steady) more() { _ = s.control.SetWriteDeadline(time.Now().Add(maxStall)) }

func (s *steady) WriteHeader(code int) {
	s.begun = true
	s.ResponseWriter.WriteHeader(code)
}

func (s *steady) Write(b []byte) (int, error) {
	s.begun = true
	s.more()
	return s.ResponseWriter.Write(b)
}

// FlushError sends what was written so far; http.ResponseController finds it.
func (s *steady) FlushError() error {
	s.begun = true
	s.more()
	return s.control.Flush()
}

func (s *steady) Flush() { _ = s.FlushError() }

func (s *steady) Unwrap() http.ResponseWriter { return s.ResponseWriter }

type steadyBody struct {
	io.ReadCloser
	control *http.ResponseController
}

func (b *steadyBody) more() { _ = b.control.SetReadDeadline(time.Now().Add(maxStall)) }

func (b *steadyBody) Read(p []byte) (int, error) {
	b.more()
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		_ = b.control.SetReadDeadline(time.Time{}) // else the connection counts as lost while the answer is made
	}
	return n, err
}
