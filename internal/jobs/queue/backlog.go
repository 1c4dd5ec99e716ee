package queue

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// The names of the backlog at the server: a stream with as many messages as tasks have no result yet, and its consumer, which nobody reads.
// Scalers such as that of KEDA take the number of messages that a consumer has not read for the work that waits.
const (
	Backlog         = "gigabatch_backlog"
	BacklogConsumer = "workers"
	waiting         = "gigabatch.backlog" // subject
)

// stale is how long a backlog is believed that nobody renews.
const stale = time.Minute

// tasksLeft counts the tasks without a result, once a run has some.
type tasksLeft struct{ count atomic.Pointer[func() int] }

// tell keeps the backlog at the number of tasks until ctx ends, when there are none. No more than can be in flight are told. A server that does
// not take it does not disturb the run.
func (t *tasksLeft) tell(ctx context.Context, l *link) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for told := false; ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			if told {
				_ = l.setBacklog(context.Background(), 0) // else it ends by itself
			}
			return
		}
		if left := t.count.Load(); left != nil && l.setBacklog(ctx, min((*left)(), MaxConcurrency)) == nil {
			told = true
		}
	}
}

// setBacklog makes the backlog n messages. They are renewed before they are stale. The stream stays when it is empty: without it, a scaler
// goes on with the last number that it has read.
func (l *link) setBacklog(ctx context.Context, n int) error {
	ctx, done := context.WithTimeout(ctx, patient)
	defer done()
	s, err := l.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: Backlog, Description: "a message for each request that gigabatch has to send", Subjects: []string{waiting},
		Storage: jetstream.MemoryStorage, MaxAge: stale, MaxMsgs: 2 * MaxConcurrency,
	})
	if err != nil {
		return err
	}
	if _, err := s.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{Durable: BacklogConsumer, AckPolicy: jetstream.AckExplicitPolicy}); err != nil {
		return err
	}
	state := s.CachedInfo().State
	more := n - int(state.Msgs)
	if n > 0 && state.Msgs > 0 && s.CachedInfo().TimeStamp.Sub(state.FirstTime) > stale/2 { // by the clock of the server
		more = n
	}
	for range more {
		if err := l.nc.Publish(waiting, nil); err != nil {
			return err
		}
	}
	if more > 0 {
		if err := l.nc.FlushWithContext(ctx); err != nil {
			return err
		}
	}
	switch {
	case n == 0 && state.Msgs > 0:
		return s.Purge(ctx)
	case n > 0 && int(state.Msgs)+max(more, 0) > n:
		return s.Purge(ctx, jetstream.WithPurgeKeep(uint64(n)))
	}
	return nil
}
