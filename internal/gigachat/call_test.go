package gigachat

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"testing"
)

// After a request was written whole over HTTP/2, net/http gets no body to resend it with.
func TestNoBodyAgainOverHTTP2(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Write([]byte(r.Proto))
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	c := &call{op: "chat", method: http.MethodPost, url: server.URL, header: http.Header{}, body: []byte("{}"), timeout: DefaultTimeout}
	var proto string
	if err := c.do(t.Context(), server.Client().Transport, func(r *http.Response) error {
		b, err := io.ReadAll(r.Body)
		proto = string(b)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if proto != "HTTP/2.0" {
		t.Fatalf("got %s, want HTTP/2.0", proto)
	}
	if _, err := c.again(); !errors.Is(err, errAlreadySent) {
		t.Errorf("after sending over HTTP/2: got %v, want %v", err, errAlreadySent)
	}
	c.got(httptrace.GotConnInfo{})
	if body, err := c.again(); err != nil || body == nil {
		t.Errorf("on a new connection: got %v, %v, want a body", body, err)
	}
}
