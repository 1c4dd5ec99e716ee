package queue

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"sync"
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

// claim is the lease of a coordinator: one run at a time works with the workers of a server. Another one begins when it has not been renewed for
// over, which is longer than life: by then, this one sends nothing any more.
type claim struct {
	link     *link
	server   *Server
	revision uint64
	until    time.Time          // when it ends; guarded by the mu of the fleet
	kv       jetstream.KeyValue // nil until it is looked up, and after an error
	former   run                // that was killed; the zero value if there was none
	seen     time.Time          // when that renewed its lease last, by the clock of the server; zero if it is so long ago that workers may be forgotten
}

// holds reports whether no other run can have the workers.
func (c *claim) holds() bool { return c == nil || time.Now().Before(c.until) }

// take makes a run the one that the workers work for. It fails if another one lives.
func (c *claim) take(ctx context.Context, self *run) (err error) {
	ctx, done := context.WithTimeout(ctx, 3*patient)
	defer done()
	kv, err := c.link.bucketOf(ctx)
	if err != nil {
		return err
	}
	var since time.Time // a lease is seen that has not been renewed
	for first := uint64(0); ; {
		began := time.Now()
		entry, err := kv.Get(ctx, runKey)
		none := errors.Is(err, jetstream.ErrKeyNotFound)
		if err != nil && !none {
			return err
		}
		wait := false
		switch {
		case none:
			if wait, err = c.young(ctx); err != nil {
				return err
			}
		case first == 0:
			first, since, wait = entry.Revision(), time.Now(), true
		case entry.Revision() != first:
			return c.busy(entry)
		default:
			wait = time.Since(since) <= over
		}
		if !wait {
			if none {
				c.revision, err = kv.Create(ctx, runKey, encode(self))
			} else {
				c.former = runOf(entry)
				if s, err := c.link.js.Stream(ctx, "KV_"+bucket); err == nil && s.CachedInfo().TimeStamp.Sub(entry.Created()) < kept/2 {
					c.seen = entry.Created()
				}
				c.revision, err = kv.Update(ctx, runKey, encode(self), first)
			}
			c.until = began.Add(life)
			return err
		}
		asked := time.Now()
		_, failed := kv.Put(ctx, claimKey, nil)
		if failed != nil || time.Since(asked) > beat/2 { // nor could the other run renew its lease meanwhile
			since = time.Now()
		}
		select {
		case <-time.After(beat / 4):
		case <-ctx.Done():
			return cmp.Or(failed, ctx.Err())
		}
	}
}

// young reports whether the server may have lost the lease of a run that lives and did not have the time to say so: its store is new, and nobody
// has ended a run there.
func (c *claim) young(ctx context.Context) (bool, error) {
	if c.server.InProcess != nil { // it began with this process
		return false, nil
	}
	s, err := c.link.js.Stream(ctx, "KV_"+bucket)
	if err != nil {
		return false, err
	}
	if i := s.CachedInfo(); i.TimeStamp.Sub(i.Created) > over { // by the clock of the server
		return false, nil
	}
	_, err = s.GetLastMsgForSubject(ctx, "$KV."+bucket+"."+runKey)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return true, nil
	}
	return false, err
}

// renew renews the lease. Its error is that the server has another run.
func (c *claim) renew(ctx context.Context, mu sync.Locker, self *run) error {
	began := time.Now()
	ctx, done := context.WithTimeout(ctx, 2*beat)
	defer done()
	kv := c.kv
	if kv == nil {
		var err error
		if kv, err = c.link.bucketOf(ctx); err != nil {
			return nil
		}
	}
	renewed := func(next uint64) {
		c.kv, c.revision = kv, next
		mu.Lock()
		defer mu.Unlock()
		c.until = began.Add(life)
	}
	next, err := kv.Update(ctx, runKey, encode(self), c.revision)
	if err == nil {
		renewed(next)
		return nil
	}
	c.kv = nil
	switch now, err := kv.Get(ctx, runKey); {
	case errors.Is(err, jetstream.ErrKeyNotFound): // the store was lost, or nothing was heard for long
		if next, err := kv.Create(ctx, runKey, encode(self)); err == nil {
			renewed(next)
		}
	case err == nil:
		if other := runOf(now); other.ID != self.ID {
			return c.busy(now)
		}
		c.revision = now.Revision() // its answer was lost
	}
	return nil
}

// end ends the lease, unless another run has it.
func (c *claim) end(ctx context.Context) {
	if kv, err := c.link.js.KeyValue(ctx, bucket); err == nil {
		_ = kv.Delete(ctx, runKey, jetstream.LastRevision(c.revision)) // else it ends by itself
	}
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
