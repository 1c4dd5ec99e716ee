package gigachat

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxBody        = 32 << 20 // bytes of an answer; the largest completion, 128K tokens, is far below
	maxRefusalBody = 64 << 10 // bytes of an error's body
	maxRedirects   = 3
)

// call is one exchange: what is sent, and what becomes known of it.
type call struct {
	op      string
	method  string
	url     string
	header  http.Header
	body    []byte
	form    *form // a body that is streamed, instead
	rare    bool  // the URL is not one that is sent to again and again
	timeout time.Duration
	id      string   // the exchange's id: ours until the server gives its own
	secrets []string // must not stand in an error's text
	free    bool     // cannot be billed

	sent  atomic.Bool // the request was written whole
	http2 atomic.Bool // on a connection of HTTP/2
}

// do makes the exchange and hands a 2xx answer to take, which must read the body. The error is an [*Error], or what take wrapped in
// stopped.
func (c *call) do(ctx context.Context, rt http.RoundTripper, take func(*http.Response) error) error {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := c.request(limited)
	if err != nil {
		return err
	}
	client := http.Client{Transport: rt, CheckRedirect: checkRedirect}
	resp, err := client.Do(req)
	if err == nil {
		defer resp.Body.Close()
	}
	if e := c.misread(); e != nil && ctx.Err() == nil {
		return e
	}
	if err != nil {
		return c.broken(ctx, limited, req.URL.Hostname(), err)
	}
	if id := oneLine(resp.Header.Get("X-Request-Id")); id != "" {
		c.id = id
	}
	if resp.StatusCode/100 != 2 {
		return c.refused(resp)
	}
	if err := take(resp); err != nil {
		return c.unread(ctx, limited, resp, err)
	}
	return nil
}

// request makes the HTTP request and watches whether it gets out whole. net/http may send its body a second time only where nothing of the
// first was written.
func (c *call) request(ctx context.Context) (*http.Request, error) {
	u, err := c.parseURL()
	if err != nil {
		return nil, &Error{Op: c.op, Kind: KindTLS, Message: err.Error(), Err: errNotHTTPS}
	}
	req := &http.Request{Method: c.method, URL: u, Host: u.Host, Header: c.header}
	if c.body != nil || c.form != nil {
		if req.Body, err = c.open(); err != nil {
			return nil, c.misread()
		}
		req.GetBody, req.ContentLength = c.again, int64(len(c.body))
	}
	if c.form != nil {
		req.ContentLength = c.form.length()
	}
	// A further connection means that net/http starts over, as nothing had reached the server.
	trace := &httptrace.ClientTrace{
		GetConn:      func(string) { c.sent.Store(false) },
		GotConn:      c.got,
		WroteRequest: func(i httptrace.WroteRequestInfo) { c.sent.Store(i.Err == nil) },
	}
	return req.WithContext(httptrace.WithClientTrace(ctx, trace)), nil
}

// open opens the body at its beginning.
func (c *call) open() (io.ReadCloser, error) {
	if c.form != nil {
		return c.form.open()
	}
	return io.NopCloser(bytes.NewReader(c.body)), nil
}

// misread is the error of a body that could not be read here, nil if there is none.
func (c *call) misread() *Error {
	if c.form == nil {
		return nil
	}
	cause := c.form.failure()
	if cause == nil {
		return nil
	}
	e := c.fail(KindRejected, cause)
	e.Message = scrub(oneLine(cause.Error()), c.secrets)
	return e
}

// urls are those that were parsed and checked, by their text: a client has few, and sends to them again and again.
var urls sync.Map

// parseURL returns the URL, which credentials may be sent to. It must not be changed.
func (c *call) parseURL() (*url.URL, error) {
	if u, ok := urls.Load(c.url); ok {
		return u.(*url.URL), nil
	}
	u, err := url.Parse(c.url)
	if err != nil {
		return nil, errors.New("the URL cannot be read")
	}
	if err := checkURL(u); err != nil {
		return nil, err
	}
	if !c.rare {
		urls.Store(c.url, u)
	}
	return u, nil
}

// errAlreadySent keeps net/http from sending a request again that the server may have worked on.
var errAlreadySent = errors.New("the connection ended after the request was sent")

// again gives net/http the body for a second time. Over HTTP/2 it would ask for it after some errors of a stream, too, which do not
// say that the server had not begun (golang.org/issue/42777).
func (c *call) again() (io.ReadCloser, error) {
	if c.http2.Load() && c.sent.Load() {
		return nil, errAlreadySent
	}
	return c.open()
}

func (c *call) got(i httptrace.GotConnInfo) {
	c.sent.Store(false)
	secure, ok := i.Conn.(*tls.Conn)
	c.http2.Store(ok && secure.ConnectionState().NegotiatedProtocol == "h2")
}

func (c *call) maybeBilled() bool { return c.sent.Load() && !c.free }

var errNotHTTPS = errors.New("not https")

// checkURL lets https pass, and http to this machine.
func checkURL(u *url.URL) error {
	switch {
	case u.User != nil:
		return errors.New("the URL holds a user name; credentials do not belong there")
	case u.Hostname() == "":
		return errors.New("the URL names no host")
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("credentials are sent over https only, not over %s to %s", u.Scheme, u.Hostname())
}

func isLoopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// checkRedirect follows a redirect on the same host that keeps scheme and method. Any other answer stays what it is, a 3xx.
func checkRedirect(req *http.Request, via []*http.Request) error {
	last := via[len(via)-1]
	same := req.URL.Scheme == last.URL.Scheme && req.URL.Host == last.URL.Host && req.Method == last.Method
	if !same || len(via) > maxRedirects {
		return http.ErrUseLastResponse
	}
	return nil
}

// fail begins an error of this exchange.
func (c *call) fail(kind Kind, cause error) *Error {
	return &Error{Op: c.op, Kind: kind, RequestID: c.id, Err: cause}
}

// broken is the error of an exchange that brought no answer.
func (c *call) broken(ctx, limited context.Context, host string, err error) *Error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err
	}
	e := c.ended(ctx, limited)
	if e == nil {
		e = c.fail(KindNetwork, err)
		e.Message = scrub(oneLine(err.Error()), c.secrets)
		e.explainTLS(host, err)
	}
	e.Sent = c.maybeBilled()
	return e
}

// ended is the error of an exchange whose time was up, by the caller's will or by its own limit; else nil.
func (c *call) ended(ctx, limited context.Context) *Error {
	switch {
	case ctx.Err() != nil:
		e := c.fail(KindCanceled, ctx.Err())
		e.Message = "stopped: " + ctx.Err().Error()
		return e
	case limited.Err() != nil:
		e := c.fail(KindTimeout, limited.Err())
		e.Message = "no whole answer within " + c.timeout.String()
		return e
	}
	return nil
}

// refused is the error of an answer that is no 2xx.
func (c *call) refused(resp *http.Response) *Error {
	e := c.fail(kindOf(resp.StatusCode), nil)
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusalBody))
	e.Status = resp.StatusCode
	e.Message, e.Code = readRefusal(resp.StatusCode, body)
	if to, err := resp.Location(); err == nil && resp.StatusCode/100 == 3 {
		e.Message = "a redirect to " + to.Scheme + "://" + to.Host + " was not followed"
	}
	e.Message = scrub(e.Message, c.secrets)
	e.RetryAfter = retryAfter(resp.Header, time.Now())
	e.Sent = err != nil && c.maybeBilled()
	return e
}

// unread is the error of a 2xx whose body could not be taken.
func (c *call) unread(ctx, limited context.Context, resp *http.Response, err error) error {
	var s stopped
	if errors.As(err, &s) {
		return s.error
	}
	if e := AsError(err); e != nil {
		return e
	}
	var e *Error
	if errors.As(err, new(endedEarly)) {
		e = c.ended(ctx, limited)
	}
	if e == nil {
		e = c.fail(KindBadBody, err)
		e.Message = scrub(oneLine(err.Error()), c.secrets)
	}
	e.Status = resp.StatusCode
	e.Sent = !c.free
	return e
}

// stopped wraps an error of the caller's own, which is returned as it is.
type stopped struct{ error }

// endedEarly wraps a failure to read a body.
type endedEarly struct{ error }

func (e endedEarly) Error() string { return "the answer ended early: " + e.error.Error() }
func (e endedEarly) Unwrap() error { return e.error }

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// withBody reads the whole body of an answer and hands it to use, which must not keep it.
func withBody(resp *http.Response, use func([]byte) error) error {
	b := bodies.Get().(*bytes.Buffer)
	b.Reset()
	_, err := b.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return endedEarly{err}
	}
	if b.Len() > maxBody {
		return fmt.Errorf("the answer is longer than %d MiB", maxBody>>20)
	}
	err = use(b.Bytes())
	if b.Cap() <= 1<<20 {
		bodies.Put(b)
	}
	return err
}

// newUUID makes a random UUID (RFC 9562, version 4).
func newUUID() string {
	var u [16]byte
	rand.Read(u[:])
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	b := hex.AppendEncode(make([]byte, 0, 36), u[:4])
	for i := 4; i < 10; i += 2 {
		b = hex.AppendEncode(append(b, '-'), u[i:i+2])
	}
	return string(hex.AppendEncode(append(b, '-'), u[10:]))
}
