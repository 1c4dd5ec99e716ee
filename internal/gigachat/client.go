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

// Client asks the API. Its zero value asks the real one, without credentials. It is safe for concurrent use; its fields are not to be
// changed once it is used.
type Client struct {
	BaseURL   string            // with the version, without a slash at the end; default DefaultBaseURL. https, or http to a loopback host
	Tokens    TokenSource       // nil: no bearer at all, where a client certificate stands for the user
	Transport http.RoundTripper // default: one NewTransport(TransportOptions{}) for all that have no other
	UserAgent string            // default "gigabatch"
	SessionID string            // X-Session-ID, sent when set: one for all prompts that begin alike makes the server's cache hit
	Timeout   time.Duration     // of one exchange, the time for a token not included; default DefaultTimeout
}

// Chat asks once and returns the answer. After a 401 the token is renewed and the request replayed, exactly once; nothing else is ever
// asked again. A timeout of 0 is the client's. The request's Stream is taken as false.
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
	var answer *ChatResponse
	q := question{op: "chat", method: http.MethodPost, path: "/chat/completions", body: body, timeout: timeout}
	err := c.ask(ctx, q, func(resp *http.Response, used *call) error {
		return withBody(resp, func(b []byte) (err error) {
			if answer, err = decodeChat(b); err == nil {
				answer.about(resp, used)
			}
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// question is what a method of the client asks, before a token and an id are there.
type question struct {
	op, method, path string
	accept           string // default application/json
	body             []byte
	upload           *Upload // a file to be sent, instead
	timeout          time.Duration
	free             bool
	rare             bool // the path is not one that is asked again and again
}

// ask makes the exchange, and once more with a new token if the first is refused.
func (c *Client) ask(ctx context.Context, q question, take func(*http.Response, *call) error) error {
	token, err := c.token(ctx)
	if err != nil {
		return err
	}
	refused := c.askWith(ctx, token, q, take)
	if e := AsError(refused); e == nil || e.Status != http.StatusUnauthorized || c.Tokens == nil {
		return refused
	}
	c.Tokens.Invalidate(token)
	if token, err = c.token(ctx); err != nil {
		return expired(err, AsError(refused))
	}
	return c.askWith(ctx, token, q, take)
}

// expired says of a token that cannot be renewed which exchange refused it.
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

func (c *Client) askWith(ctx context.Context, t Token, q question, take func(*http.Response, *call) error) error {
	rt, err := transportOr(c.Transport, q.op)
	if err != nil {
		return err
	}
	x := c.call(t, q)
	return x.do(ctx, rt, func(resp *http.Response) error { return take(resp, x) })
}

func (c *Client) call(t Token, q question) *call {
	x := &call{op: q.op, method: q.method, url: strings.TrimRight(cmp.Or(c.BaseURL, DefaultBaseURL), "/") + q.path, body: q.body, free: q.free, rare: q.rare}
	x.id = newUUID()
	x.timeout = cmp.Or(q.timeout, c.Timeout, DefaultTimeout)
	x.secrets = []string{t.AccessToken}
	x.header = http.Header{
		"Accept":       {cmp.Or(q.accept, "application/json")},
		"User-Agent":   {cmp.Or(c.UserAgent, defaultUserAgent)},
		"X-Request-Id": {x.id},
	}
	x.headIf(q.body != nil, "Content-Type", "application/json")
	if q.upload != nil {
		x.form = newForm(*q.upload)
		x.headIf(true, "Content-Type", x.form.kind())
	}
	x.headIf(c.SessionID != "", "X-Session-Id", c.SessionID)
	x.headIf(t.AccessToken != "", "Authorization", "Bearer "+t.AccessToken)
	return x
}

func (c *call) headIf(set bool, name, value string) {
	if set {
		c.header[name] = []string{value}
	}
}
