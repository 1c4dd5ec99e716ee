package queue

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"gigabatch/internal/messages"
)

// BusyError reports that the workers of a server work for another run.
type BusyError struct {
	URL string
	By  Who
	Of  string // the input of that run
}

func (e *BusyError) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *BusyError) Message() messages.Text {
	return messages.Sprintf("the workers at %s work for another run: %s (%s, process %d)", Shown(e.URL), e.Of, e.By.Host, e.By.PID)
}

// Hint says what to do.
func (e *BusyError) Hint() messages.Text {
	return messages.Sprintf("wait until it has ended, or use another server or another account of it")
}

// claim is the lease of a coordinator: one run at a time works with the workers of a server.
type claim struct {
	link     *link
	server   *Server
	revision uint64
	kv       jetstream.KeyValue // nil until it is looked up, and after an error
	former   run                // that was killed; the zero value if there was none
}

// take makes a run the one that the workers work for. It fails if another one lives.
func (c *claim) take(ctx context.Context, self *run) error {
	ctx, done := context.WithTimeout(ctx, 2*patient)
	defer done()
	kv, err := c.link.bucketOf(ctx)
	if err != nil {
		return err
	}
	for began, first := time.Now(), uint64(0); ; {
		entry, err := kv.Get(ctx, runKey)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			c.revision, err = kv.Create(ctx, runKey, encode(self))
			return err
		}
		if err != nil {
			return err
		}
		switch {
		case first == 0:
			first = entry.Revision()
		case entry.Revision() != first:
			return c.busy(entry)
		case time.Since(began) > over:
			c.former = runOf(entry)
			c.revision, err = kv.Update(ctx, runKey, encode(self), first)
			return err
		}
		select {
		case <-time.After(beat / 4):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// renew renews the lease. Its error is that the server has another run.
func (c *claim) renew(ctx context.Context, self *run) error {
	ctx, done := context.WithTimeout(ctx, patient)
	defer done()
	kv := c.kv
	if kv == nil {
		var err error
		if kv, err = c.link.bucketOf(ctx); err != nil {
			return nil
		}
	}
	next, err := kv.Update(ctx, runKey, encode(self), c.revision)
	if err == nil {
		c.kv, c.revision = kv, next
		return nil
	}
	c.kv = nil
	switch now, err := kv.Get(ctx, runKey); {
	case errors.Is(err, jetstream.ErrKeyNotFound): // the store was lost, or nothing was heard for long
		if next, err := kv.Create(ctx, runKey, encode(self)); err == nil {
			c.revision = next
		}
	case err == nil:
		if other := runOf(now); other.ID != self.ID {
			return c.busy(now)
		}
		c.revision = now.Revision() // its answer was lost
	}
	return nil
}

// busy is the error of an entry that is that of another run.
func (c *claim) busy(e jetstream.KeyValueEntry) error {
	other := runOf(e)
	return &BusyError{URL: c.server.URL, By: other.Who, Of: other.Input}
}

func runOf(e jetstream.KeyValueEntry) (r run) {
	_ = json.Unmarshal(e.Value(), &r) // the zero value belongs to nobody
	return r
}
