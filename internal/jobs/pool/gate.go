package pool

import (
	"slices"
	"sync"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool/limit"
	"gigabatch/internal/jobs/pool/share"
	"gigabatch/internal/jobs/task"
)

// gate decides when a request may start. It combines the quota of the service, the user's pace, and the pause of an outage. It is safe for
// concurrent use.
type gate struct {
	maxOutage time.Duration
	stop      func(cause error) // ends the run
	initial   int               // the concurrency that the run began with
	quota     share.Member

	mu      *sync.Mutex // guards the fields below and the pace
	max     int         // slots
	maxLive int
	paused  bool
	pace    *limit.Pace
	health  limit.Health
	underWay
	waiting []*ticket
	timer   *time.Timer // calls admit at the time when room appears
	overdue *time.Timer // ends the run when no request has succeeded for too long
	over    bool
}

// underWay counts what has begun and has not ended.
type underWay struct {
	held   int                     // slots in use
	onWire int                     // requests in flight, with those whose files are being stored
	since  map[*attempts]time.Time // when a request went on the wire
	unsafe int                     // requests sent whose results are not recorded yet
	live   int                     // tasks, including those that wait for a retry
	last   bool                    // no task will begin any more
}

// ticket is a place in the queue for a slot.
type ticket struct {
	pull  bool          // for a task that has not begun
	ready chan struct{} // closed once there is slot
	idle  chan struct{} // closed once no task is in progress; nil unless pull
	slot  slot
}

// slot is the right to have one request in flight.
type slot struct {
	share.Right
	reserved float64 // tokens
	started  bool    // the request is about to be sent, or was
}

// queue takes the last place in the queue. If pull is true, the slot is for a new task.
func (g *gate) queue(pull bool) *ticket {
	t := &ticket{pull: pull, ready: make(chan struct{})}
	if pull {
		t.idle = make(chan struct{})
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, t)
	g.admit()
	g.tellIdle()
	return t
}

// await waits until t has a slot, or until no task is in progress if orIdle is true. The error is that of brake.pressed; t is withdrawn
// then.
func (g *gate) await(b *brake, t *ticket, orIdle bool) error {
	var idle chan struct{}
	if orIdle {
		idle = t.idle
	}
	err := b.pressed()
	if err == nil {
		select {
		case <-t.ready:
			return nil
		case <-idle:
			return nil
		case <-b.ctx.Done():
		case <-b.drain:
		case <-b.halt:
		}
		err = b.pressed()
	}
	g.forget(t)
	return err
}

// forget withdraws a ticket, with the slot that it may have received in the meantime.
func (g *gate) forget(t *ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = slices.DeleteFunc(g.waiting, func(w *ticket) bool { return w == t })
	if task.Closed(t.ready) {
		if t.pull {
			g.live--
		}
		g.giveBack(t.slot)
	}
	g.admit()
}

// tellIdle notifies those who wait with a new task if no task is in progress. The caller holds g.mu.
func (g *gate) tellIdle() {
	for _, t := range g.waiting {
		if t.pull && g.live == 0 && !task.Closed(t.idle) {
			close(t.idle)
		}
	}
}

// admit gives slots to the first tickets in the queue while slots are available, and schedules its next call if room appears with time. A
// new task does not begin while too many tasks wait for a retry, but it goes first if it can show whether only some tasks fail. The caller
// holds g.mu.
func (g *gate) admit() {
	for {
		i := slices.IndexFunc(g.waiting, func(t *ticket) bool { return t.pull && g.live < g.maxLive && g.health.Fresh() })
		if i < 0 {
			i = slices.IndexFunc(g.waiting, func(t *ticket) bool { return !t.pull || g.live < g.maxLive })
		}
		if i < 0 {
			g.quota.Rest()
			return
		}
		now := time.Now()
		s, ok, wait := g.take(now)
		if !ok {
			g.wakeAt(now, wait)
			return
		}
		t := g.waiting[i]
		g.waiting = slices.Delete(g.waiting, i, i+1)
		g.held++
		if t.pull {
			g.live++
		}
		t.slot = s
		close(t.ready)
	}
}

// take reports whether a request may start now. If not, wait is when to look again; zero means not before something else happens.
func (g *gate) take(now time.Time) (s slot, ok bool, wait time.Time) {
	if g.paused || g.held >= g.max {
		g.quota.Rest()
		return s, false, time.Time{}
	}
	down := g.health.Down()
	wait = g.pace.Ready(now)
	if down && g.health.ProbeAt.After(wait) {
		wait = g.health.ProbeAt
	}
	if now.Before(wait) {
		g.quota.Rest()
		return s, false, wait
	}
	if s.Right, wait = g.quota.Take(down); s.Right == nil {
		return s, false, wait
	}
	if down {
		g.health.Probe(now, g.held)
	}
	s.reserved = g.pace.Take(now)
	return s, true, time.Time{}
}

// wake gives slots to tickets after the quota has room again.
func (g *gate) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.over {
		g.admit()
	}
}

// wakeAt schedules a call of admit at t.
func (g *gate) wakeAt(now, t time.Time) {
	switch {
	case t.IsZero():
	case g.timer == nil:
		g.timer = time.AfterFunc(t.Sub(now), g.wake)
	default:
		g.timer.Reset(t.Sub(now))
	}
}

// close stops the timers. It returns the total time of the outages, and what is known of the service for the next round.
func (g *gate) close() (time.Duration, limit.Health) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	for _, t := range []*time.Timer{g.timer, g.overdue} {
		if t != nil {
			t.Stop()
		}
	}
	g.over = true
	g.quota.Leave()
	return g.health.Outages(now), g.health.Next(now)
}

// load adds the present work to l.
func (g *gate) load(l *task.Snapshot) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.quota.Load(l)
	l.Concurrency, l.InFlight, l.Down = min(l.Concurrency, g.max), g.onWire, g.health.Down()
	var err error
	if l.Silent, err = g.health.Silence(time.Now()); err != nil {
		if e := gigachat.AsError(err); e != nil { // the id is of no use to those who watch
			brief := *e
			brief.RequestID = ""
			err = &brief
		}
		l.Trouble = err.Error()
	}
}
