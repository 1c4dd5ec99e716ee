package share

import (
	"context"
	"time"

	"gigabatch/internal/gigachat"
)

// fresher is a source that tells for how long Token returns the current token without asking for a new one.
type fresher interface{ Fresh() time.Duration }

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
	n.mu.Lock()
	defer n.mu.Unlock()
	return gigachat.Token{AccessToken: n.token.AccessToken, Expires: n.token.Expires}, n.token.AccessToken != "" && time.Now().Before(n.until)
}

func (n *Node) keep(t Token) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.token, n.until = t, time.Now().Add(t.Fresh)
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
	n.mu.Lock()
	n.asked++
	id := n.asked
	n.asks[id] = answer
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		delete(n.asks, id)
		n.mu.Unlock()
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
		n.mu.Lock()
		reply.Token = &Token{AccessToken: t.AccessToken, Expires: t.Expires, Fresh: max(0, time.Until(n.until))}
		n.mu.Unlock()
	}
	_ = conn.write(reply)
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
	n.mu.Lock()
	if n.token.AccessToken == t.AccessToken {
		n.token, n.until = Token{}, time.Time{}
	}
	n.mu.Unlock()
	n.Tokens.Invalidate(t)
}

// Expired tells how long ago the newest token of this process had ended when it came, 0 if it had not.
func (n *Node) Expired() time.Duration {
	if e, ok := n.Tokens.(interface{ Expired() time.Duration }); ok {
		return e.Expired()
	}
	return 0
}
