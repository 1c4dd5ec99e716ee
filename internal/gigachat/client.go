package gigachat

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"gigabatch/internal/gigachat/secure"
)

// The documented addresses and defaults of the API.
const (
	DefaultBaseURL = "https://api.giga.chat/v1"
	DefaultAuthURL = "https://ngw.devices.sberbank.ru:9443/api/v2/oauth"
	DefaultModel   = "GigaChat-2"

	// DefaultTimeout limits one exchange. Long answers take more than the 30 s that the official clients wait.
	DefaultTimeout = 120 * time.Second

	defaultUserAgent = "gigabatch"
)

// Client calls the API. The zero value calls the real API without credentials. It is safe for concurrent use; its fields must not be
// changed after its first use.
type Client struct {
	BaseURL   string            // with the version, without a trailing slash; default DefaultBaseURL. https, or http to a loopback host
	Tokens    TokenSource       // nil: no bearer token, where a client certificate identifies the user
	APIKey    string            // of a service that speaks the dialect of OpenAI, such as CloudBaseURL; used instead of Tokens
	Transport http.RoundTripper // default: a shared secure.NewTransport(secure.Options{})
	UserAgent string            // default "gigabatch"
	SessionID string            // X-Session-ID, sent if set: prompts that begin alike hit the server's cache under one id
	Timeout   time.Duration     // of one exchange, without the time to get a token; default DefaultTimeout
}

// Chat sends a request and returns the answer. After a 401 the token is renewed and the request is replayed exactly once; nothing else is
// repeated. A timeout of 0 means the client's Timeout. The request's Stream is treated as false.
//
// The error is an [*Error]. An answer with an empty list of choices is not an error: its Completion is empty. An answer that names an error
// is that error, whatever its status.
func (c *Client) Chat(ctx context.Context, r *ChatRequest, timeout time.Duration) (*ChatResponse, error) {
	plain := *r
	plain.Stream = false
	return c.ChatJSON(ctx, plain.AppendJSON(nil), timeout)
}

// ChatJSON is [Client.Chat] for a body that is already JSON, as [ChatRequest.AppendJSON] makes it. The body is sent unchanged. It must not
// ask for a stream, and must not be changed before ChatJSON returns.
func (c *Client) ChatJSON(ctx context.Context, body []byte, timeout time.Duration) (*ChatResponse, error) {
	x := exchange{op: "chat", method: http.MethodPost, path: "/chat/completions", body: body, timeout: timeout}
	return receive(ctx, c, x, func(b []byte, resp *http.Response, used *call) (*ChatResponse, error) {
		answer, err := decodeChat(b, resp.Header, used)
		if err == nil {
			answer.about(resp, used)
		}
		return answer, err
	})
}

// ChatStream sends a request as [Client.Chat] does and passes each piece of the completion to onDelta as it arrives; the pieces make up the
// answer's Completion. The client's Timeout applies to the whole stream. Over HTTP/1.1 the real gateway buffers everything until the end.
// The request's Stream is treated as true.
//
// An error of onDelta ends the stream and is returned unchanged; the completion may still be billed. A stream that ends without a finish
// reason or [DONE] is an [*Error] of KindBadBody.
func (c *Client) ChatStream(ctx context.Context, r *ChatRequest, onDelta func(string) error) (*ChatResponse, error) {
	streamed := *r
	streamed.Stream = true
	x := exchange{op: "chat", method: http.MethodPost, path: "/chat/completions", accept: "text/event-stream", body: streamed.AppendJSON(nil)}
	var answer *ChatResponse
	err := c.send(ctx, x, func(resp *http.Response, used *call) (err error) {
		if answer, err = takeStream(ctx, resp, used, onDelta); err == nil {
			answer.about(resp, used)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// EmbedJSON asks for the vectors of texts (POST /embeddings). The body is {"model":…,"input":["text",…]}, sent unchanged; it must not be
// changed before EmbedJSON returns. A timeout of 0 means the client's Timeout.
//
// The error is an [*Error]. The answer may have fewer vectors than the request has texts, but never two for one text.
func (c *Client) EmbedJSON(ctx context.Context, body []byte, timeout time.Duration) (*EmbeddingResponse, error) {
	x := exchange{op: "embeddings", method: http.MethodPost, path: "/embeddings", body: body, timeout: timeout}
	return receive(ctx, c, x, func(b []byte, resp *http.Response, used *call) (*EmbeddingResponse, error) {
		answer, err := decodeEmbeddings(b, resp.Header, used)
		if err == nil {
			answer.Sandbox = isSandbox(resp)
		}
		return answer, err
	})
}

// Models lists the models that the key may use.
func (c *Client) Models(ctx context.Context) (*ModelList, error) {
	return receive(ctx, c, exchange{op: "models", method: http.MethodGet, path: "/models", free: true}, decodeModels)
}

// CountTokens counts the tokens of each text for a model (POST /tokens/count). It returns one count per text, in order.
func (c *Client) CountTokens(ctx context.Context, model string, texts []string) ([]TokenCount, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	o := openObject(nil, nil, nil, nil)
	o.key("input")
	o.b = append(o.b, '[')
	for i, text := range texts {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = appendString(o.b, text)
	}
	o.b = append(o.b, ']')
	o.key("model")
	o.b = appendString(o.b, model)
	x := exchange{op: "tokens", method: http.MethodPost, path: "/tokens/count", body: o.close()}
	return receive(ctx, c, x, func(body []byte, _ *http.Response, _ *call) (counts []TokenCount, err error) {
		if err := json.Unmarshal(body, &counts); err != nil {
			return nil, fmt.Errorf("unexpected token counts: %w", err)
		}
		if len(counts) != len(texts) {
			return nil, fmt.Errorf("got %d token counts for %d texts", len(counts), len(texts))
		}
		return counts, nil
	})
}

// Balance lists the prepaid packages of the account (GET /balance). An account that pays as it goes has none and gets an [*Error] of
// KindForbidden.
func (c *Client) Balance(ctx context.Context) ([]Package, error) {
	return receive(ctx, c, exchange{op: "balance", method: http.MethodGet, path: "/balance", free: true},
		func(body []byte, _ *http.Response, _ *call) ([]Package, error) {
			var b struct {
				Balance []Package `json:"balance"`
			}
			if err := json.Unmarshal(body, &b); err != nil {
				return nil, fmt.Errorf("unexpected balance: %w", err)
			}
			if b.Balance == nil {
				return nil, errors.New("the answer has no balance")
			}
			return b.Balance, nil
		})
}

// exchange is what a client method sends, before it has a token and an id.
type exchange struct {
	op, method, path string
	accept           string // default application/json
	contentType      string // of body; default application/json
	body             []byte
	upload           *Upload // a file to send instead of body
	timeout          time.Duration
	free             bool
	rare             bool // the path is not requested often, so its URL is not cached
}

// receive makes an exchange and decodes its answer. decode must not keep the body.
func receive[T any](ctx context.Context, c *Client, x exchange, decode func([]byte, *http.Response, *call) (T, error)) (T, error) {
	var got, none T
	err := c.send(ctx, x, func(resp *http.Response, used *call) error {
		return used.withBody(ctx, resp, func(b []byte) (err error) {
			got, err = decode(b, resp, used)
			return err
		})
	})
	if err != nil {
		return none, err
	}
	return got, nil
}

// send makes the exchange, and repeats it once with a new token if the first token is refused. take must read the answer's body.
func (c *Client) send(ctx context.Context, x exchange, take func(*http.Response, *call) error) error {
	token, err := c.token(ctx)
	if err != nil {
		return err
	}
	refused := c.sendWith(ctx, token, x, take)
	e := AsError(refused)
	switch {
	case e == nil || e.Status != http.StatusUnauthorized:
		return refused
	case c.APIKey != "":
		e.Err = errAPIKey
		return refused
	case c.Tokens == nil:
		return refused
	}
	c.Tokens.Invalidate(token)
	if token, err = c.token(ctx); err != nil {
		return expired(err, e)
	}
	return c.sendWith(ctx, token, x, take)
}

// expired returns the error of a token that cannot be renewed, with the details of the exchange that refused the token.
func expired(err error, refused *Error) error {
	e := AsError(err)
	if e == nil || e.Kind != KindTokenExpired {
		return err
	}
	both := *refused
	both.Kind, both.Message, both.Err = e.Kind, e.Message+": "+refused.Message, e
	return &both
}

func (c *Client) token(ctx context.Context) (Token, error) {
	if c.APIKey != "" || c.Tokens == nil {
		return Token{AccessToken: c.APIKey}, nil
	}
	ctx, done := endedBy(ctx, nil)
	defer done()
	t, err := c.Tokens.Token(ctx)
	switch {
	case err == nil || AsError(err) != nil:
		return t, err
	case ctx.Err() != nil:
		return Token{}, canceled("oauth", ctx)
	}
	return Token{}, &Error{Op: "oauth", Kind: KindUnauthorized, Message: "no access token: " + oneLine(err.Error(), nil), Err: err}
}

// sendWith makes the exchange once, with a token, a new id and the client's headers.
func (c *Client) sendWith(ctx context.Context, t Token, x exchange, take func(*http.Response, *call) error) error {
	rt, err := transportOr(c.Transport, x.op)
	if err != nil {
		return err
	}
	if c.APIKey != "" {
		if x, err = toOpenAI(x); err != nil {
			return err
		}
	}
	once := &call{op: x.op, method: x.method, body: x.body, free: x.free, rare: x.rare, id: newUUID(), secrets: []string{t.AccessToken}}
	once.url = strings.TrimRight(cmp.Or(c.BaseURL, DefaultBaseURL), "/") + x.path
	once.timeout = cmp.Or(x.timeout, c.Timeout, DefaultTimeout)
	once.header = http.Header{
		"Accept":       {cmp.Or(x.accept, "application/json")},
		"User-Agent":   {cmp.Or(c.UserAgent, defaultUserAgent)},
		"X-Request-Id": {once.id},
	}
	if x.body != nil || x.contentType != "" {
		once.header["Content-Type"] = []string{cmp.Or(x.contentType, "application/json")}
	}
	if x.upload != nil {
		once.form = newForm(*x.upload)
		once.header["Content-Type"] = []string{once.form.contentType}
	}
	if c.SessionID != "" && c.APIKey == "" {
		once.header["X-Session-Id"] = []string{c.SessionID}
	}
	if t.AccessToken != "" {
		once.header["Authorization"] = []string{"Bearer " + t.AccessToken}
	}
	if c.APIKey != "" {
		rt = openAITransport{rt, once}
	}
	return once.do(ctx, rt, func(resp *http.Response) error { return take(resp, once) })
}

var sharedTransport = sync.OnceValues(func() (*http.Transport, error) { return secure.NewTransport(secure.Options{}) })

func transportOr(rt http.RoundTripper, op string) (http.RoundTripper, error) {
	if rt != nil {
		return rt, nil
	}
	shared, err := sharedTransport()
	if err != nil {
		return nil, &Error{Op: op, Kind: KindTLS, Message: err.Error(), Err: err}
	}
	return shared, nil
}
