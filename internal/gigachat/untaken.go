package gigachat

import (
	"net/http"
	"strings"
	"sync/atomic"
)

// maxUntaken is how often a request is sent again at once after the server did not take it.
const maxUntaken = 3

// untaken is a transport that sends a request again if the server certainly did not take it. It decides this itself, because net/http also
// repeats requests after some errors that do not prove it (golang.org/issue/42777).
type untaken struct {
	http.RoundTripper
	sent *atomic.Bool // cleared if the request was not taken
}

// notTaken wraps the error of a request that the server did not take.
type notTaken struct{ error }

func (e notTaken) Unwrap() error { return e.error }

func (u untaken) RoundTrip(req *http.Request) (*http.Response, error) {
	for again := 1; ; again++ {
		once := *req
		once.GetBody = nil // net/http then reports the error instead of repeating the request
		resp, err := u.RoundTripper.RoundTrip(&once)
		if err == nil || !wasNotTaken(err) {
			return resp, err
		}
		u.sent.Store(false)
		unsent := unsentOf(req.Context())
		if again == maxUntaken || unsent != nil && unsent.Err() != nil || req.Body != nil && req.GetBody == nil {
			return nil, notTaken{err}
		}
		if req.GetBody != nil {
			fresh := *req
			if fresh.Body, err = req.GetBody(); err != nil {
				return nil, err
			}
			req = &fresh
		}
	}
}

// wasNotTaken reports whether an error of net/http says that the server has not begun with a request: nothing was written, or over HTTP/2
// the stream was refused or began after the last one of a GOAWAY (RFC 9113, section 8.7). net/http exports none of these errors. It returns
// those that it repeats itself, too, after some repetitions.
func wasNotTaken(err error) bool {
	text := err.Error()
	return text == "net/http: cannot rewind body after connection loss" || text == "http2: client conn not usable" ||
		text == "http2: Transport received Server's graceful shutdown GOAWAY" ||
		strings.HasPrefix(text, "stream error: stream ID ") && strings.Contains(text, "; REFUSED_STREAM;") ||
		strings.HasPrefix(text, "http2: Transport received GOAWAY from server ErrCode:") ||
		strings.HasPrefix(text, "http2: Transport: cannot retry err [") &&
			(strings.Contains(text, "GOAWAY]") || strings.Contains(text, "; REFUSED_STREAM"))
}
