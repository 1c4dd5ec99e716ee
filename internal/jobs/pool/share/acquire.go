package share

import (
	"context"
	"time"
)

// Acquire waits for a right to have one request in flight, for what is no pool. The caller ends the right, then calls release. The error is that
// of ctx.
func Acquire(ctx context.Context, q Quota) (r Right, release func(), err error) {
	look := make(chan struct{}, 1)
	m := q.Join(1, 1, func() {
		select {
		case look <- struct{}{}:
		default:
		}
	})
	for {
		r, next := m.Take(false)
		if r != nil {
			return r, m.Leave, nil
		}
		var due <-chan time.Time
		if !next.IsZero() {
			due = time.After(time.Until(next))
		}
		select {
		case <-look:
		case <-due:
		case <-ctx.Done():
			m.Rest()
			m.Leave()
			return nil, nil, ctx.Err()
		}
	}
}
