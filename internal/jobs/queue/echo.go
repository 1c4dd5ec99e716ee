package queue

import (
	"cmp"
	"time"

	"gigabatch/internal/jobs/pool/share"
)

// echo is how far behind a worker is: what it has in flight is known as of the newest ping that it has said back.
type echo struct {
	asOf  time.Time        // when that ping was sent; zero before the first
	least [2]time.Duration // that a ping and its echo took: in this period and in the one before; 0 if there was none
	since time.Time        // of the period
	asked time.Time        // when the newest ping was sent
}

// period is how long the way to a worker may be slower than before until that counts as usual.
const period = 10 * time.Second

// echoed takes in that the worker has said back the ping of a time.
func (e *echo) echoed(at time.Time) {
	if !at.After(e.asOf) {
		return
	}
	e.asOf = at
	if time.Since(e.since) > period {
		e.least, e.since = [2]time.Duration{0, e.least[0]}, time.Now()
	}
	if took := time.Since(at); e.least[0] == 0 || took < e.least[0] {
		e.least[0] = took
	}
}

// ping adds a ping to an order, unless one was sent just before.
func (e *echo) ping(o *order, began time.Time) *order {
	if time.Since(e.asked) > often {
		e.asked, o.Ping = time.Now(), max(1, time.Since(began))
	}
	return o
}

// doubtful reports whether a worker may be cut off, or what it says and hears comes late. It gets no tasks then: they might come to it when
// the service has no room for them any more.
func (e *echo) doubtful() bool {
	usual := min(cmp.Or(e.least[0], e.least[1]), cmp.Or(e.least[1], e.least[0]))
	return time.Since(e.asOf) > prompt+2*usual
}

// doubt tells the quotas what is known of what their workers have in flight. The caller holds the mu of the fleet.
func (m *members) doubt(workers map[string]*worker) {
	for _, a := range m.accounts {
		var since, until time.Time
		for _, w := range workers {
			if w.account != a || len(w.mine) == w.ended {
				continue
			}
			at := w.asOf
			if at.IsZero() {
				at = m.began
			}
			if until.IsZero() || at.Before(until) {
				until = at
			}
			if w.doubtful() && (since.IsZero() || at.Before(since)) {
				since = at
			}
		}
		d, ok := a.seat.(share.Doubter)
		if !ok {
			continue
		}
		if a.doubted || !since.IsZero() {
			a.doubted = !since.IsZero()
			d.Distrust(since)
		}
		d.Heard(until)
	}
}
