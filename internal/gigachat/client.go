package gigachat

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"
)

// The documented places and defaults of the API.
const (
	DefaultBaseURL = "https://api.giga.chat/v1"
	DefaultAuthURL = "https://ngw.devices.sberbank.ru:9443/api/v2/oauth"
	DefaultModel   = "GigaChat-2"

	// DefaultTimeout is that of one exchange. Long answers take more than the 30 s that the official clients wait.
	DefaultTimeout = 120 * time.Second

	defaultUserAgent = "gigabatch"
)

// Client calls the API. Its zero value calls the real one, without credentials. It is safe for concurrent use; its fields must not be
// changed once it is used.
type Client struct {
	BaseURL   string            // with the version, without a slash at the end; default DefaultBaseURL. https, or http to a loopback host
	Tokens    TokenSource       // nil: no bearer at all, where a client certificate identifies the user
	Transport http.RoundTripper // default: one NewTransport(TransportOptions{}) for all that have no other
	UserAgent string            // default "gigabatch"
	SessionID string            // X-Session-ID, sent when set: one for all prompts that begin alike makes the server's cache hit
	Timeout   time.Duration     // of one exchange, the time for a token not included; default DefaultTimeout
}

// Chat sends a request and returns the answer. After a 401 the token is renewed and the request replayed, exactly once; nothing else is
// ever repeated. A timeout of 0 is the client's. The request's Stream is taken as false.
//
// The error is an [*Error]. An answer that lists no choices is no error: its Completion is empty.
func (c *Client) Chat(ctx context.Context, r *ChatRequest, timeout time.Duration) (*ChatResponse, error) {
	plain := *r
	plain.Stream = false
	return c.ChatJSON(ctx, plain.AppendJSON(nil), timeout)
}

// ChatJSON is [Client.Chat] for a body that is JSON already, as [ChatRequest.AppendJSON] makes it. The body is sent as it is, must not ask
// for a stream, and must not be changed before ChatJSON returns.
func (c *Client) ChatJSON(ctx context.Context, body []byte, timeout time.Duration) (*ChatResponse, error) {
	x := exchange{op: "chat", method: http.MethodPost, path: "/chat/completions", body: body, timeout: timeout}
	return receive(ctx, c, x, func(b []byte, resp *http.Response, used *call) (*ChatResponse, error) {
		answer, err := decodeChat(b)
		if err == nil {
			answer.about(resp, used)
		}
		return answer, err
	})
}

// ChatStream sends a request, as [Client.Chat] does, and hands each piece of the completion to onDelta as it comes; the pieces together
// are the answer's Completion. The client's Timeout holds for the whole stream. Over HTTP/1.1 the real gateway holds everything back until the
// end. The request's Stream is taken as true.
//
// An error of onDelta ends the stream and is returned as it is; the completion may be billed all the same. A stream that ends before
// it says how the completion finished is an [*Error] of KindBadBody.
func (c *Client) ChatStream(ctx context.Context, r *ChatRequest, onDelta func(string) error) (*ChatResponse, error) {
	streamed := *r
	streamed.Stream = true
	x := exchange{op: "chat", method: http.MethodPost, path: "/chat/completions", accept: "text/event-stream", body: streamed.AppendJSON(nil)}
	var answer *ChatResponse
	err := c.send(ctx, x, func(resp *http.Response, used *call) (err error) {
		if answer, err = takeStream(resp, used, onDelta); err == nil {
			answer.about(resp, used)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// exchange is what a method of the client sends, before a token and an id are there.
type exchange struct {
	op, method, path string
	accept           string // default application/json
	body             []byte
	upload           *Upload // a file to be sent, instead
	timeout          time.Duration
	free             bool
	rare             bool // the path is not one that is sent to again and again
}

// receive makes an exchange whose answer decode reads. decode must not keep the body.
func receive[T any](ctx context.Context, c *Client, x exchange, decode func([]byte, *http.Response, *call) (T, error)) (T, error) {
	var got, none T
	err := c.send(ctx, x, func(resp *http.Response, used *call) error {
		return withBody(resp, func(b []byte) (err error) {
			got, err = decode(b, resp, used)
			return err
		})
	})
	if err != nil {
		return none, err
	}
	return got, nil
}

// send makes the exchange, and once more with a new token if the first is refused. take must read the body of the answer.
func (c *Client) send(ctx context.Context, x exchange, take func(*http.Response, *call) error) error {
	token, err := c.token(ctx)
	if err != nil {
		return err
	}
	refused := c.sendWith(ctx, token, x, take)
	if e := AsError(refused); e == nil || e.Status != http.StatusUnauthorized || c.Tokens == nil {
		return refused
	}
	c.Tokens.Invalidate(token)
	if token, err = c.token(ctx); err != nil {
		return expired(err, AsError(refused))
	}
	return c.sendWith(ctx, token, x, take)
}

// expired is the error of a token that cannot be renewed, with the exchange that refused it.
func expired(err error, refused *Error) error {
	e := AsError(err)
	if e == nil || e.Kind != KindTokenExpired {
		return err
	}
	told := *refused
	told.Kind, told.Message, told.Err = e.Kind, e.Message+": "+refused.Message, e
	return &told
}

func (c *Client) token(ctx context.Context) (Token, error) {
	if c.Tokens == nil {
		return Token{}, nil
	}
	t, err := c.Tokens.Token(ctx)
	switch {
	case err == nil || AsError(err) != nil:
		return t, err
	case ctx.Err() != nil:
		return Token{}, canceled("oauth", ctx)
	}
	return Token{}, &Error{Op: "oauth", Kind: KindUnauthorized, Message: "there is no token: " + oneLine(err.Error()), Err: err}
}

// sendWith makes the exchange once, with a token, an id and the client's headers.
func (c *Client) sendWith(ctx context.Context, t Token, x exchange, take func(*http.Response, *call) error) error {
	rt, err := transportOr(c.Transport, x.op)
	if err != nil {
		return err
	}
	once := &call{op: x.op, method: x.method, body: x.body, free: x.free, rare: x.rare, id: newUUID(), secrets: []string{t.AccessToken}}
	once.url = strings.TrimRight(cmp.Or(c.BaseURL, DefaultBaseURL), "/") + x.path
	once.timeout = cmp.Or(x.timeout, c.Timeout, DefaultTimeout)
	once.header = http.Header{
		"Accept":       {cmp.Or(x.accept, "application/json")},
		"User-Agent":   {cmp.Or(c.UserAgent, defaultUserAgent)},
		"X-Request-Id": {once.id},
	}
	if x.body != nil {
		once.header["Content-Type"] = []string{"application/json"}
	}
	if x.upload != nil {
		once.form = newForm(*x.upload)
		once.header["Content-Type"] = []string{once.form.contentType}
	}
	if c.SessionID != "" {
		once.header["X-Session-Id"] = []string{c.SessionID}
	}
	if t.AccessToken != "" {
		once.header["Authorization"] = []string{"Bearer " + t.AccessToken}
	}
	return once.do(ctx, rt, func(resp *http.Response) error { return take(resp, once) })
}
