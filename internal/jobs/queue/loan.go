package queue

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/messages"
)

// loan is a message about an access token: the answer to one that is empty.
type loan struct {
	Refused string        `json:"refused,omitempty"` // the service did not accept it
	Token   string        `json:"token,omitempty"`
	Fresh   time.Duration `json:"fresh,omitempty"` // no new one is needed for so long
	Error   *answer       `json:"error,omitempty"`
}

// Lent is a gigachat.TokenSource whose tokens come from the coordinator of the run. The zero value is ready for use by one Worker.
type Lent struct {
	turn  sync.Mutex // held while a token is asked for; it is taken before mu
	mu    sync.Mutex // guards the fields below
	link  *link
	run   string // the id of the coordinator; "" if there is none
	token string
	until time.Time
}

func (t *Lent) use(l *link, run string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.link = l; t.run != run {
		t.run, t.token = run, ""
	}
}

// cached returns the token if no new one is needed, and whom to ask for one.
func (t *Lent) cached() (token string, l *link, run string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Now().Before(t.until) {
		token = t.token
	}
	return token, t.link, t.run
}

// Token implements gigachat.TokenSource.
func (t *Lent) Token(ctx context.Context) (gigachat.Token, error) {
	if token, _, _ := t.cached(); token != "" {
		return gigachat.Token{AccessToken: token}, nil
	}
	t.turn.Lock()
	defer t.turn.Unlock()
	token, l, run := t.cached()
	if token != "" {
		return gigachat.Token{AccessToken: token}, nil
	}
	none := &gigachat.Error{Op: "oauth", Kind: gigachat.KindNetwork, NotTaken: true, Message: messages.Sprintf("the run lends no token").String()}
	if l == nil || run == "" {
		return gigachat.Token{}, none
	}
	ctx, done := context.WithTimeout(ctx, 2*time.Minute)
	defer done()
	m, err := l.nc.RequestWithContext(ctx, forTokens+run, encode(&loan{}))
	var reply loan
	if err == nil {
		err = json.Unmarshal(m.Data, &reply)
	}
	switch {
	case err != nil:
		none.Err = err
		return gigachat.Token{}, none
	case reply.Error != nil:
		_, err := reply.Error.outcome()
		return gigachat.Token{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.token, t.until = reply.Token, time.Now().Add(min(reply.Fresh, time.Hour))
	return gigachat.Token{AccessToken: reply.Token}, nil
}

// Invalidate implements gigachat.TokenSource.
func (t *Lent) Invalidate(refused gigachat.Token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != refused.AccessToken || t.token == "" {
		return
	}
	t.token = ""
	if t.link != nil && t.run != "" {
		_ = t.link.nc.Publish(forTokens+t.run, encode(&loan{Refused: refused.AccessToken})) // else the next one is refused, too
	}
}

// lend answers a worker that asks for a token of a source.
func lend(ctx context.Context, from gigachat.TokenSource, m *nats.Msg) {
	var ask loan
	if json.Unmarshal(m.Data, &ask) != nil {
		return
	}
	if ask.Refused != "" {
		from.Invalidate(gigachat.Token{AccessToken: ask.Refused})
		return
	}
	ctx, done := context.WithTimeout(ctx, 2*time.Minute)
	defer done()
	reply := loan{}
	switch t, err := from.Token(ctx); {
	case err != nil:
		reply.Error = newAnswer(&order{}, "", nil, err)
	default:
		reply.Token, reply.Fresh = t.AccessToken, time.Minute
		if s, ok := from.(interface{ Fresh() time.Duration }); ok {
			reply.Fresh = s.Fresh()
		}
	}
	_ = m.Respond(encode(&reply))
}
