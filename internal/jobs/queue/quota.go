package queue

import (
	"cmp"
	"fmt"
	"time"

	"gigabatch/internal/jobs/pool/share"
	"gigabatch/internal/jobs/task"
)

// account is a key with a quota of its own. Its fields are guarded by the mu of the fleet.
type account struct {
	name        string      // "" or that of the run for the key of the run
	start, most int         // requests in flight; those of the pool for the key of the run
	quota       share.Quota // that processes of this machine divide; nil for that of the hub
	hub         share.Hub
	seat        share.Member // of the present member
	held        int          // rights
	peak        int          // the most rights so far while all workers were heard
}

// member is the pool of the run at the quotas of all accounts.
type member struct {
	fleet *Fleet
	most  int
	timer *time.Timer // calls the pool
	turn  int         // the account that is asked first
}

// right is one at the quota of an account.
type right struct {
	share.Right
	fleet   *Fleet
	account *account
	ended   bool // guarded by the mu of the fleet
}

// accountOf returns the account of a worker. The caller holds f.mu.
func (f *Fleet) accountOf(l *lease) *account {
	for i, a := range f.accounts {
		if l.Account == a.name || l.Account == "" && i == 0 {
			return a
		}
	}
	a := &account{name: l.Account, start: max(1, l.Start), most: max(1, l.Most)}
	f.accounts = append(f.accounts, a)
	if f.member != nil {
		a.join(f.member)
	}
	return a
}

// join takes the seat of a member. The caller holds the mu of the fleet.
func (a *account) join(m *member) {
	var quota share.Quota = &a.hub
	if a.quota != nil {
		quota = a.quota
	}
	a.seat = quota.Join(min(a.start, m.most), min(a.most, m.most), func() { m.timer.Reset(0) })
	for _, at := range m.fleet.attempts {
		if at.order == nil && at.worker.account == a {
			at.hold()
		}
	}
}

// room returns how many more requests the workers of an account may have in flight. The caller holds the mu of the fleet.
func (a *account) room(f *Fleet) int {
	n := -a.held
	for _, w := range f.workers {
		switch {
		case w.account != a:
		case w.silent():
			n += len(w.mine)
		default:
			n += w.Max
		}
	}
	return n
}

// known returns how many requests may be in flight without trying for more. While a worker says nothing, what it has in flight may be
// answered or lost, and the quota would seem to have room that it does not have. The caller holds the mu of the fleet.
func (a *account) known(f *Fleet) int {
	flying, silent := 0, false
	for _, w := range f.workers {
		if w.account == a {
			flying += len(w.mine)
			silent = silent || len(w.mine) > 0 && w.silent()
		}
	}
	if !silent {
		a.peak = max(a.peak, a.held, flying)
		return MaxConcurrency
	}
	var l task.Snapshot
	a.seat.Load(&l)
	return cmp.Or(l.Quota.Streams, a.peak) - max(0, flying-a.held)
}

// Join implements share.Quota, for one pool at a time.
func (f *Fleet) Join(_, most int, wake func()) share.Member {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := &member{fleet: f, most: most, timer: time.AfterFunc(time.Hour, wake)}
	m.timer.Stop()
	f.member = m
	for _, a := range f.accounts {
		a.join(m)
	}
	return m
}

// wake lets the pool look for rights. The caller holds f.mu.
func (f *Fleet) wake() {
	if f.member != nil {
		f.member.timer.Reset(0)
	}
}

// Take implements share.Member. There are no rights while no worker has room, or the server is away.
func (m *member) Take(force bool) (share.Right, time.Time) {
	f := m.fleet
	f.mu.Lock()
	defer f.mu.Unlock()
	var soonest time.Time
	if connected, _ := f.link.state(); f.failed == nil && (!f.settled || !f.caught || connected.IsZero()) {
		return nil, soonest
	}
	for range f.accounts {
		m.turn = (m.turn + 1) % len(f.accounts)
		a := f.accounts[m.turn]
		if f.failed == nil && (a.room(f) <= 0 || a.held >= a.known(f) && !force) {
			a.seat.Rest()
			continue
		}
		r, next := a.seat.Take(force)
		if r != nil {
			a.held++
			return &right{Right: r, fleet: f, account: a}, time.Time{}
		}
		if !next.IsZero() && (soonest.IsZero() || next.Before(soonest)) {
			soonest = next
		}
	}
	return nil, soonest
}

// Rest implements share.Member.
func (m *member) Rest() {
	m.each(func(a *account) { a.seat.Rest() })
}

// Adjust implements share.Member.
func (m *member) Adjust(most int) {
	m.most = most
	m.each(func(a *account) {
		bound := min(most, a.most)
		if a == m.fleet.accounts[0] && most < MaxConcurrency { // the user's wish
			bound = most
		}
		a.seat.Adjust(bound)
	})
}

// Width implements share.Member.
func (m *member) Width() (n int) {
	m.each(func(a *account) { n += a.seat.Width() })
	return n
}

// Load implements share.Member.
func (m *member) Load(l *task.Snapshot) {
	accounts, total := 0, 0
	m.each(func(a *account) {
		if a != m.fleet.accounts[0] && a.room(m.fleet)+a.held <= 0 {
			return
		}
		one := *l
		a.seat.Load(&one)
		if accounts++; accounts == 1 {
			l.Quota, l.Held = one.Quota, one.Held
		} else {
			l.Quota = task.Belief{} // each has its own
		}
		total += one.Concurrency
	})
	f := m.fleet
	f.mu.Lock()
	defer f.mu.Unlock()
	l.Concurrency, l.Sharers = total, f.sharers()
}

// Leave implements share.Member.
func (m *member) Leave() {
	m.timer.Stop()
	m.each(func(a *account) { a.seat.Leave() })
	m.fleet.mu.Lock()
	defer m.fleet.mu.Unlock()
	if m.fleet.member == m {
		m.fleet.member = nil
	}
}

func (m *member) each(do func(*account)) {
	m.fleet.mu.Lock()
	defer m.fleet.mu.Unlock()
	for _, a := range m.fleet.accounts {
		do(a)
	}
}

// end makes room for another request.
func (r *right) end() {
	f := r.fleet
	f.mu.Lock()
	defer f.mu.Unlock()
	if !r.ended {
		r.ended = true
		r.account.held--
		f.wake()
	}
}

// Answered implements share.Right.
func (r *right) Answered() { r.end(); r.Right.Answered() }

// Lost implements share.Right.
func (r *right) Lost() { r.end(); r.Right.Lost() }

// Refused implements share.Right.
func (r *right) Refused(hint time.Duration, times int) time.Duration {
	r.end()
	return r.Right.Refused(hint, times)
}

// sharers returns the workers. The caller holds f.mu.
func (f *Fleet) sharers() (all []task.Sharer) {
	for _, w := range f.workers {
		s := w.sharer()
		s.InFlight, s.Silent = len(w.mine), w.silent()
		all = append(all, s)
	}
	return all
}

// silent reports whether a worker may be gone. It gets no tasks then.
func (w *worker) silent() bool { return time.Since(w.heard) > 3*beat/2 }

func (w *worker) sharer() task.Sharer {
	return task.Sharer{Host: w.Host, PID: w.PID, What: fmt.Sprintf("worker %s", w.Version)}
}
