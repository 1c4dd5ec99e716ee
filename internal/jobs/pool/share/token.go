package share

import (
	"context"
	"sync"
	"time"

	"gigabatch/internal/gigachat"
)

// fresher is a source that tells for how long Token returns the current token without asking for a new one.
type fresher interface{ Fresh() time.Duration }

// purse holds the token.
type purse struct {
	mu    sync.Mutex // guards the fields below
	token Token
	until time.Time             // no new token is needed
	asks  map[int]chan *Message // under way, for a hub in another process
	asked int
}

// Token implements gigachat.TokenSource: the hub gets the token for all.
func (n *Node) Token(ctx context.Context) (gigachat.Token, error) {
	c := n.start()
	for {
		if t, ok := n.cached(); ok {
			return t, nil
		}
		c.mu.Lock()
		hub, tell, changed := c.hub, c.tell, c.changed
		c.mu.Unlock()
		switch {
		case hub != nil:
			return n.fetch(ctx)
		case tell != nil:
			switch reply, err := n.ask(ctx, tell); {
			case err != nil || reply != nil && reply.Token == nil: // the error of this process says why
				return n.Tokens.Token(ctx)
			case reply != nil:
				n.keep(*reply.Token)
				return gigachat.Token{AccessToken: reply.Token.AccessToken, Expires: reply.Token.Expires}, nil
			}
		}
		select { // there is no hub, or it has just ended
		case <-changed:
		case <-n.ctx.Done():
			return n.Tokens.Token(ctx)
		case <-ctx.Done():
			return n.Tokens.Token(ctx)
		}
	}
}

// cached returns the token that is known, if no new one is needed.
func (n *Node) cached() (gigachat.Token, bool) {
	n.purse.mu.Lock()
	defer n.purse.mu.Unlock()
	return gigachat.Token{AccessToken: n.purse.token.AccessToken, Expires: n.purse.token.Expires}, n.purse.token.AccessToken != "" && time.Now().Before(n.purse.until)
}

func (n *Node) keep(t Token) {
	n.purse.mu.Lock()
	defer n.purse.mu.Unlock()
	n.purse.token, n.purse.until = t, time.Now().Add(t.Fresh)
}

// fetch returns the token of the source of this process.
func (n *Node) fetch(ctx context.Context) (gigachat.Token, error) {
	t, err := n.Tokens.Token(ctx)
	if err != nil {
		return t, err
	}
	if f, ok := n.Tokens.(fresher); ok {
		n.keep(Token{AccessToken: t.AccessToken, Expires: t.Expires, Fresh: f.Fresh()})
	}
	return t, nil
}

// ask asks the hub for a token. The reply is nil if the hub ends before it answers.
func (n *Node) ask(ctx context.Context, tell func(*Message) error) (*Message, error) {
	answer := make(chan *Message, 1)
	n.purse.mu.Lock()
	n.purse.asked++
	id := n.purse.asked
	n.purse.asks[id] = answer
	n.purse.mu.Unlock()
	defer func() {
		n.purse.mu.Lock()
		delete(n.purse.asks, id)
		n.purse.mu.Unlock()
	}()
	if tell(&Message{Kind: NewToken, ID: id}) != nil {
		return nil, nil
	}
	select {
	case reply := <-answer:
		return reply, nil
	case <-n.ctx.Done():
		return nil, n.ctx.Err()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// lend answers a guest that asks for a token.
func (n *Node) lend(conn *link, id int) {
	t, known := n.cached()
	var err error
	if !known {
		t, err = n.fetch(n.ctx)
	}
	reply := &Message{Kind: NewToken, ID: id}
	switch {
	case n.ctx.Err() != nil: // another process takes the place of this one
		return
	case err != nil:
		reply.Error = err.Error()
	default:
		n.purse.mu.Lock()
		reply.Token = &Token{AccessToken: t.AccessToken, Expires: t.Expires, Fresh: max(0, time.Until(n.purse.until))}
		n.purse.mu.Unlock()
	}
	_ = conn.write(reply)
}

// offer tells a hub, which may be new, the token that an earlier one got.
func (n *Node) offer(conn *link) {
	if t, ok := n.cached(); ok {
		n.purse.mu.Lock()
		fresh := time.Until(n.purse.until)
		n.purse.mu.Unlock()
		_ = conn.write(&Message{Kind: HasToken, Token: &Token{AccessToken: t.AccessToken, Expires: t.Expires, Fresh: fresh}})
	}
}

// Invalidate implements gigachat.TokenSource.
func (n *Node) Invalidate(t gigachat.Token) {
	c := n.start()
	n.forget(t)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.say(&Message{Kind: BadToken, Token: &Token{AccessToken: t.AccessToken}})
}

// forget drops a token that the service refused.
func (n *Node) forget(t gigachat.Token) {
	n.purse.mu.Lock()
	if n.purse.token.AccessToken == t.AccessToken {
		n.purse.token, n.purse.until = Token{}, time.Time{}
	}
	n.purse.mu.Unlock()
	n.Tokens.Invalidate(t)
}

// Expired tells how long ago the newest token of this process had ended when it came, 0 if it had not.
func (n *Node) Expired() time.Duration {
	if e, ok := n.Tokens.(interface{ Expired() time.Duration }); ok {
		return e.Expired()
	}
	return 0
}
