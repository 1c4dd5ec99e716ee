package gigachat

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
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

	"gigabatch/internal/gigachat/secure"
)

const (
	maxBody        = 4 << 20  // bytes of an answer, unless the request asks for more tokens
	maxLongBody    = 32 << 20 // bytes of any answer
	tokenBytes     = 32       // at most, of a token in JSON: a few characters, each of them escaped
	maxRefusalBody = 64 << 10 // bytes of an error body
	maxRedirects   = 3
)

// call is one exchange: the request, and what is known about its outcome.
type call struct {
	op      string
	method  string
	url     string
	header  http.Header
	body    []byte
	form    *form // a streamed body, used instead of body
	rare    bool  // the URL is not requested often, so it is not cached
	timeout time.Duration
	id      string   // the exchange's id: ours until the server sends its own
	secrets []string // must not appear in an error's text
	free    bool     // cannot be billed

	sent  atomic.Bool // the whole request was written
	clock             // of timeout
}

// clock ends an exchange. The zero value is stopped.
type clock struct {
	timer *time.Timer
	end   time.Time
}

// start calls end after d.
func (c *clock) start(d time.Duration, end func()) {
	c.end, c.timer = time.Now().Add(d), time.AfterFunc(d, end)
}

// without calls wait. The time that it takes does not count.
func (c *clock) without(wait func() error) error {
	left := time.Until(c.end)
	c.timer.Stop()
	defer func() {
		c.end = time.Now().Add(left)
		c.timer.Reset(left)
	}()
	return wait()
}

// do makes the exchange and passes a 2xx answer to take, which must read the body. The error is an [*Error], or the error that take wrapped
// in stopped.
func (c *call) do(ctx context.Context, rt http.RoundTripper, take func(*http.Response) error) error {
	ctx, done := endedBy(ctx, func() bool { return !c.sent.Load() })
	defer done()
	limited, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c.clock.start(c.timeout, func() { cancel(context.DeadlineExceeded) })
	defer c.clock.timer.Stop()
	req, err := c.request(limited)
	if err != nil {
		return err
	}
	client := http.Client{Transport: untaken{rt, &c.sent}, CheckRedirect: checkRedirect}
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
	if id := oneLine(resp.Header.Get("X-Request-Id"), c.secrets); id != "" {
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

// request builds the HTTP request and tracks whether all of it is written.
func (c *call) request(ctx context.Context) (*http.Request, error) {
	u, err := c.parseURL()
	if err != nil {
		return nil, &Error{Op: c.op, Kind: KindTLS, Message: err.Error(), Err: secure.ErrNotHTTPS}
	}
	req := &http.Request{Method: c.method, URL: u, Host: u.Host, Header: c.header}
	if c.body != nil || c.form != nil {
		if req.Body, err = c.open(); err != nil {
			return nil, c.misread()
		}
		req.GetBody, req.ContentLength = c.open, int64(len(c.body))
	}
	if c.form != nil {
		req.ContentLength = c.form.length()
	}
	// Another connection means that net/http starts over because nothing has reached the server.
	trace := &httptrace.ClientTrace{
		GetConn:      func(string) { c.sent.Store(false) },
		GotConn:      func(httptrace.GotConnInfo) { c.sent.Store(false) },
		WroteRequest: func(i httptrace.WroteRequestInfo) { c.sent.Store(i.Err == nil) },
	}
	return req.WithContext(httptrace.WithClientTrace(ctx, trace)), nil
}

// open returns the body from its beginning.
func (c *call) open() (io.ReadCloser, error) {
	if c.form != nil {
		return c.form.open()
	}
	return io.NopCloser(bytes.NewReader(c.body)), nil
}

// misread returns the error of a body that could not be read locally, or nil.
func (c *call) misread() *Error {
	if c.form == nil {
		return nil
	}
	cause := c.form.failure()
	if cause == nil {
		return nil
	}
	e := c.fail(KindRejected, cause)
	e.Message = oneLine(cause.Error(), c.secrets)
	return e
}

// urls caches parsed and checked URLs by their text: a client has few, and uses them repeatedly.
var urls sync.Map

// parseURL returns the URL if credentials may be sent to it. The caller must not change it.
func (c *call) parseURL() (*url.URL, error) {
	if u, ok := urls.Load(c.url); ok {
		return u.(*url.URL), nil
	}
	u, err := url.Parse(c.url)
	if err != nil {
		return nil, errors.New("the URL is malformed")
	}
	if err := checkURL(u); err != nil {
		return nil, err
	}
	if !c.rare {
		urls.Store(c.url, u)
	}
	return u, nil
}

func (c *call) maybeBilled() bool { return c.sent.Load() && !c.free }

// checkURL accepts https URLs, and http URLs of this machine.
func checkURL(u *url.URL) error {
	switch {
	case u.User != nil:
		return errors.New("the URL contains a user name; credentials do not belong in it")
	case u.Hostname() == "":
		return errors.New("the URL has no host")
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

// checkRedirect follows a redirect to the same host with the same scheme and method. Any other redirect is not followed: the 3xx is the
// answer.
func checkRedirect(req *http.Request, via []*http.Request) error {
	last := via[len(via)-1]
	same := req.URL.Scheme == last.URL.Scheme && req.URL.Host == last.URL.Host && req.Method == last.Method
	if !same || len(via) > maxRedirects {
		return http.ErrUseLastResponse
	}
	return nil
}

// fail returns an error of this exchange.
func (c *call) fail(kind Kind, cause error) *Error {
	u, err := c.parseURL()
	return &Error{Op: c.op, Kind: kind, RequestID: c.id, Local: err == nil && isLoopback(u.Hostname()), Err: cause}
}

// broken returns the error of an exchange that got no answer.
func (c *call) broken(ctx, limited context.Context, host string, err error) *Error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err
	}
	e := c.ended(ctx, limited)
	if e == nil {
		e = c.fail(KindNetwork, err)
		e.Message = oneLine(err.Error(), c.secrets)
		e.NotTaken = errors.As(err, new(notTaken))
		if problem, why := secure.Explain(host, err); problem != secure.None {
			e.Kind, e.Message = KindTLS, oneLine(why, c.secrets)
		}
	}
	if err.Error() == http.StatusText(http.StatusProxyAuthRequired) { // so net/http reports the answer to CONNECT
		e.Kind, e.Status = KindIntercepted, http.StatusProxyAuthRequired
	}
	e.Sent = c.maybeBilled()
	return e
}

// ended returns the error of an exchange that the caller or its own timeout stopped, or nil.
func (c *call) ended(ctx, limited context.Context) *Error {
	switch {
	case ctx.Err() != nil:
		e := c.fail(KindCanceled, ctx.Err())
		e.Message = "stopped: " + ctx.Err().Error()
		return e
	case limited.Err() != nil:
		e := c.fail(KindTimeout, context.Cause(limited))
		e.Message = "no complete answer within " + c.timeout.String()
		return e
	}
	return nil
}

// refused returns the error of an answer that is not a 2xx.
func (c *call) refused(resp *http.Response) *Error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusalBody))
	e := c.refusedAs(resp.StatusCode, body)
	if to, err := resp.Location(); err == nil && resp.StatusCode/100 == 3 {
		e.Kind = KindIntercepted // to a login page, most likely
		e.Message = scrub("a redirect to "+to.Scheme+"://"+to.Host+" was not followed", c.secrets)
	}
	if !e.Passing() && isLogin(string(body)) {
		e.Kind, e.Message = KindIntercepted, "a login page: "+e.Message
	}
	e.RetryAfter = retryAfter(resp.Header, time.Now())
	e.Sent = err != nil && c.maybeBilled()
	return e
}

// unread returns the error of a 2xx answer whose body could not be read or decoded.
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
		e.Message = oneLine(err.Error(), c.secrets)
	}
	e.Status = resp.StatusCode
	e.Sent = !c.free
	part, _ := errors.AsType[unusable](err)
	if c.op == "chat" {
		e.Body, e.TooLong = part.body, part.tooLong
	}
	if isLogin(part.body) {
		e.Kind, e.Sent, e.Message = KindIntercepted, false, oneLine("a login page: "+plainText(part.body), c.secrets)
	}
	return e
}

// stopped wraps an error of the caller's function, which is returned unchanged.
type stopped struct{ error }

// endedEarly wraps a failure to read a body to its end.
type endedEarly struct{ error }

func (e endedEarly) Error() string { return "the answer ended early: " + e.error.Error() }
func (e endedEarly) Unwrap() error { return e.error }

// unusable wraps the error of a body that could not be used, with what was read of it.
type unusable struct {
	error
	body    string
	tooLong bool
}

func (u unusable) Unwrap() error { return u.error }

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// withBody reads the whole body of an answer and passes it to use, which must not keep it. A body that is longer than the request allows is
// read to that length only.
func (c *call) withBody(ctx context.Context, resp *http.Response, use func([]byte) error) error {
	b := bodies.Get().(*bytes.Buffer)
	b.Reset()
	bound, err := c.read(ctx, b, resp.Body, resp.ContentLength)
	switch {
	case err != nil:
		err = endedEarly{err}
	case b.Len() > bound:
		b.Truncate(bound)
		err = fmt.Errorf("the answer is longer than %d MiB", bound>>20)
		return unusable{err, b.String(), true}
	default:
		if err = use(b.Bytes()); err == nil || AsError(err) != nil {
			if b.Cap() <= longBody {
				bodies.Put(b)
			}
			return err
		}
	}
	return unusable{err, b.String(), false}
}

// read reads a body into b, to one byte more than bound at most. A long body first waits for a place in the room of ctx.
func (c *call) read(ctx context.Context, b *bytes.Buffer, body io.Reader, length int64) (bound int, err error) {
	more := func(to int, huge bool) {
		if err = c.clock.without(func() error { return takeRoom(ctx, huge) }); err == nil {
			b.Grow(max(0, min(int(length), to)-b.Len()) + bytes.MinRead)
			_, err = b.ReadFrom(io.LimitReader(body, int64(to-b.Len())))
		}
	}
	bound = maxBody
	if _, err = b.ReadFrom(io.LimitReader(body, longBody)); err == nil && b.Len() == longBody {
		more(maxBody+1, false)
	}
	if err == nil && b.Len() > maxBody {
		if bound = c.maxAnswer(); bound > maxBody {
			more(bound+1, true)
		}
	}
	return bound, err
}

// maxAnswer returns how many bytes an answer may have: maxBody, or more if the request asks for so many tokens, for vectors,
// or for batches, of which there may be many.
func (c *call) maxAnswer() int {
	if c.op == "embeddings" || c.op == "batches" {
		return maxLongBody
	}
	var asked struct {
		MaxTokens int `json:"max_tokens"`
	}
	_ = json.Unmarshal(c.body, &asked)
	return min(max(maxBody, asked.MaxTokens*tokenBytes), maxLongBody)
}

// newUUID returns a random UUID (RFC 9562, version 4).
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
