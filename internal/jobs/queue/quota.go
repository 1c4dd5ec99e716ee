package queue

import (
	"maps"
	"time"

	"gigabatch/internal/jobs/pool/share"
	"gigabatch/internal/jobs/task"
)

// members is the part of the fleet in the quota.
type members struct {
	accounts []*account
	began    time.Time // pings count from it
	member   *member
	claim    *claim                    // only its until
	listed   bool                      // the bucket was read
	settled  bool                      // the workers that were there in the beginning have said what they have
	learned  map[string]*share.Learned // by a coordinator that was killed, by account
	heritage
}

// account is a key with a quota of its own. Its fields are guarded by the mu of the fleet.
type account struct {
	name        string      // "" or that of the run for the key of the run
	start, most int         // requests in flight; those of the pool for the key of the run
	quota       share.Quota // that processes of this machine divide; nil for that of the hub
	hub         share.Hub
	seat        share.Member // of the present member
	held        int          // rights
	doubted     bool         // it is not known what its workers have in flight
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

// accountOf returns the account of a worker. The caller holds the mu of the fleet.
func (m *members) accountOf(l *lease) *account {
	for i, a := range m.accounts {
		if l.Account == a.name || l.Account == "" && i == 0 {
			return a
		}
	}
	a := &account{name: l.Account, start: max(1, l.Start), most: max(1, l.Most)}
	m.accounts = append(m.accounts, a)
	if m.member != nil {
		a.join(m.member)
	}
	return a
}

// shared returns the quota.
func (a *account) shared() share.Quota {
	if a.quota != nil {
		return a.quota
	}
	return &a.hub
}

// join takes the seat of a member. The caller holds the mu of the fleet.
func (a *account) join(m *member) {
	quota := a.shared()
	if memory, ok := quota.(share.Memory); ok && m.fleet.learned[a.name] != nil {
		memory.Learn(m.fleet.learned[a.name])
		delete(m.fleet.learned, a.name)
	}
	a.doubted, a.seat = false, quota.Join(min(a.start, m.most), min(a.most, m.most), func() { m.timer.Reset(0) })
	for _, at := range m.fleet.attempts {
		if at.order == nil && at.worker.account == a {
			at.hold()
		}
	}
}

// memories returns what has been found out about the quotas, without the starts, which may be thousands. The caller holds the mu of the fleet.
func (m *members) memories() map[string]*share.Learned {
	all := maps.Clone(m.learned)
	if all == nil {
		all = map[string]*share.Learned{}
	}
	for _, a := range m.accounts {
		if memory, ok := a.shared().(share.Memory); ok && a.seat != nil {
			if l := memory.Learned(); l != nil {
				one := *l
				one.Starts = nil
				all[a.name] = &one
			}
		}
	}
	return all
}

// room returns how many more requests the workers of an account may have in flight. The caller holds the mu of the fleet.
func (a *account) room(f *Fleet) int {
	n := -a.held
	for _, w := range f.workers {
		switch {
		case w.account != a:
		case w.doubtful():
			n += len(w.mine) - w.ended
		default:
			n += max(w.Max-w.ended, 0)
		}
	}
	return n
}

// wake lets the pool look for rights. The caller holds the mu of the fleet.
func (m *members) wake() {
	if m.member != nil {
		m.member.timer.Reset(0)
	}
}

// Take implements share.Member. There are no rights while no worker has room, the server is away, or the run does not hold its lease: another one
// may have the workers.
func (m *member) Take(force bool) (share.Right, time.Time) {
	f := m.fleet
	f.mu.Lock()
	defer f.mu.Unlock()
	var soonest time.Time
	if connected, _ := f.link.state(); f.failed == nil && (!f.settled || !f.caught || connected.IsZero() || !f.claim.holds()) {
		return nil, soonest
	}
	for range f.accounts {
		m.turn = (m.turn + 1) % len(f.accounts)
		a := f.accounts[m.turn]
		if f.failed == nil && a.room(f) <= 0 {
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
	m.each(func(a *account) {
		m.most = most
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
	var here []task.Sharer // processes of this machine
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
		total, here = total+one.Concurrency, append(here, one.Sharers...)
	})
	f := m.fleet
	f.mu.Lock()
	defer f.mu.Unlock()
	l.Concurrency, l.Sharers = total, append(f.sharers(), here...)
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
	r.fleet.mu.Lock()
	defer r.fleet.mu.Unlock()
	r.free()
}

// free is end. The caller holds the mu of the fleet.
func (r *right) free() {
	if !r.ended {
		r.ended = true
		r.account.held--
		r.fleet.wake()
	}
}

// Sent implements share.Right. The fleet tells when a worker sends the request: what an earlier coordinator has asked is not sent.
func (r *right) Sent() {}

// Answered implements share.Right.
func (r *right) Answered() { r.end(); r.Right.Answered() }

// Lost implements share.Right.
func (r *right) Lost() { r.end(); r.Right.Lost() }

// Refused implements share.Right.
func (r *right) Refused(hint time.Duration, times int) time.Duration {
	r.end()
	return r.Right.Refused(hint, times)
}
