package web

import (
	"io"
	"net/http"
	"time"
)

// maxStall is the longest time without progress while a body is read or an answer is written.
const maxStall = 30 * time.Second

// steady moves the deadlines of a connection while data moves: uploads, downloads and streams may take hours, but a client that neither
// sends nor receives is dropped.
type steady struct {
	http.ResponseWriter
	control *http.ResponseController
	begun   bool // at least the header was written
}

func steadily(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := &steady{ResponseWriter: w, control: http.NewResponseController(w)}
		s.more()
		defer s.more() // for what net/http writes at the end
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

// more sets the deadline of the next piece. Writers without deadlines, as in tests, are left as they are.
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

// FlushError sends what was written so far. It is called by http.ResponseController.
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
		_ = b.control.SetReadDeadline(time.Time{}) // or the connection counts as lost while the answer is prepared
	}
	return n, err
}
