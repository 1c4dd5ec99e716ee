package board

import (
	"time"

	"gigabatch/internal/jobs/control"
)

// remote is what the run of another process says about itself. The zero remote is that of a run that does not answer.
type remote struct {
	status *control.Status // nil if it does not answer
	pace   pace
	next   time.Time // it is not asked before
}

const (
	prompt = 500 * time.Millisecond // how long a run may take to answer when nobody waits for it
	mute   = time.Second            // a run that did not answer is not asked again for this time
)

// answered notes the status of the run, nil if it did not answer.
func (r *remote) answered(st *control.Status) {
	if st == nil {
		*r = remote{next: time.Now().Add(mute)}
		return
	}
	r.status = st
}

// tell fills in what the run says.
func (r *remote) tell(i *Info) {
	s := r.status.Snapshot
	i.State, i.Live = string(r.status.State), live(s, r.pace.rate(s))
	i.Live.Steered = true
	if s.Tally != nil {
		i.count(s.Tally)
	}
	i.batches(s.Batches)
}

// listen asks a run of another process for its state, and reports whether anything may have changed.
func listen(e *entry) (changed bool) {
	e.mu.Lock()
	elsewhere, due := e.live() && (e.own == nil || e.own.over()), !time.Now().Before(e.remote.next)
	was := e.remote.status != nil
	if !elsewhere {
		e.remote = remote{}
	}
	e.mu.Unlock()
	if !elsewhere || !due || len(e.board.Control) == 0 {
		return was && !elsewhere
	}
	st, err := control.Ask(e.journal(), e.board.Control, control.Request{Do: control.Show}, prompt)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.remote.answered(st); err != nil {
		return was
	}
	return true
}
