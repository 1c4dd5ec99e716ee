package limit

import "time"

const (
	bearable    = 0.03 // the share of chance refusals that is worth a trial
	minChance   = 8    // chance refusals before a trial
	trialOf     = 10   // chance refusals that a trial would meet if it changed nothing …
	trialMax    = 3    // … and with how many it succeeds
	maxTrial    = 200  // starts
	minTrial    = 8    // starts, if they take longer than …
	longTrial   = 3 * time.Second
	plainTrial  = 50  // starts of a trial without a pace once refusals have ended
	fasterTrial = 100 // completions between two trials of a faster pace
)

// spread is how starts follow each other beside what the meters allow. A service may save up only a few starts, so that they must come
// evenly; and it may release a stream some time after its answer.
type spread struct {
	every time.Duration // between two starts; 0 is no pace
	rest  time.Duration // a slot that was given back counts as taken for so long
}

// trials find out whether starts that are spread otherwise prevent refusals that look like chance.
type trials struct {
	spread
	free   []time.Duration // when the resting slots were given back
	*trial                 // under way, or nil
	ofRest bool            // the newest trial, which was of a rest, failed or is under way
	tried  float64         // a share of chance refusals that a trial did not change
	bout   struct {        // chance refusals since the last trial
		since       time.Duration // the first of them
		n, accepted int           // accepted starts meanwhile
	}
	due  int           // completions until a faster pace is tried
	step time.Duration // by which part of it the pace is then faster
}

// trial is a number of starts that are spread otherwise.
type trial struct {
	before            spread
	faster            bool
	control           bool // of no pace, after one that succeeded
	began             time.Duration
	starts, left      int // planned; not made yet
	refused, accepted int
	bearable          int // refused starts with which it succeeds
}

// accepted counts an accepted start.
func (q *Quota) accepted(s *request, now time.Duration) {
	q.bout.accepted++
	if s.trial != nil && s.trial == q.trial {
		s.trial.accepted++
		q.judge(now)
	}
}

// byChance takes in n refusals that no meter explains; full tells that all slots were taken. If there are many, starts are spread like
// those that were accepted meanwhile, or given-back slots rest, for as long as a trial takes.
func (q *Quota) byChance(n int, full bool, now time.Duration) {
	q.unexplained += n
	for range n {
		q.chance += (1 - q.chance) / memory
	}
	b := &q.bout
	if b.n == 0 {
		b.since, b.accepted = now, 0
	}
	if b.n += n; q.chance < bearable/2 {
		b.n, q.tried = 0, 0
	}
	if q.trial != nil || b.n < minChance || b.accepted < minChance || q.chance < max(bearable, min(1.5*q.tried, .3)) {
		return
	}
	before := q.spread
	if q.ofRest = full && !q.ofRest; q.ofRest {
		q.rest = min(max(3*q.rest, 2*q.rtt, q.Latency/50), q.Latency/8)
	} else {
		even := (now - b.since) / time.Duration(b.accepted)
		q.every, q.due, q.step = max(even, q.every+q.every/20), fasterTrial, 100
	}
	q.try(now, &trial{before: before, starts: min(int(trialOf/q.chance), maxTrial), bearable: trialMax})
}

// hasten takes in a completion, and tries a faster pace when it is time.
func (q *Quota) hasten(now time.Duration) {
	if q.every > 0 && q.trial == nil && q.inquiry == nil && q.storm.isOver(now) {
		before := q.spread
		q.every = 0
		q.try(now, &trial{before: before, control: true, starts: plainTrial, bearable: 1})
		return
	}
	if q.due--; q.every == 0 || q.trial != nil || q.inquiry != nil || q.due > 0 {
		return
	}
	before := q.spread
	q.every -= q.every / q.step
	starts := min(max(firstProbe, int(time.Second/q.every)), 5*maxTrial)
	q.try(now, &trial{before: before, faster: true, starts: starts, bearable: 2 + int(2*q.chance*float64(starts))})
}

// doubt tries every limit at once, and whether starts still need to be spread.
func (q *Quota) doubt(now time.Duration) {
	for d := range q.meters {
		if m := &q.meters[d]; m.limit > 0 {
			m.reach, m.since, m.interval = m.limit, 0, firstProbe
		}
	}
}

func (q *Quota) try(now time.Duration, t *trial) {
	t.left, t.began = t.starts, now
	q.trial, q.bout.n = t, 0
}

// judge ends the trial if it is decided.
func (q *Quota) judge(now time.Duration) {
	t := q.trial
	failed := t.refused > t.bearable
	switch {
	case !failed && t.refused+t.accepted < t.starts && (t.refused+t.accepted < minTrial || t.faster || now-t.began < longTrial):
		return
	case failed && t.control:
		q.bout.n = 0
	case failed && !t.faster && !q.ofRest: // an earlier pace explains nothing either
		t.before.every = 0
		q.tried, q.bout.n = q.chance, -5*minChance
	case failed && t.faster: // the pace before was too fast, too: saved-up starts had hidden it
		t.before.every += t.before.every / 32
	case failed:
		q.bout.n = 0
	case t.faster && now-t.began > 2*time.Duration(t.starts)*q.every: // something else keeps starts from following each other
		q.every = 0
	case t.faster:
		q.due, q.step = firstProbe, max(2, q.step/2)
	case t.control:
		q.due = fasterTrial
	default: // unless the refusals have ended by themselves
		q.chance, q.ofRest = float64(t.refused)/float64(t.refused+t.accepted), false
		if q.every > 0 {
			before := q.spread
			q.every = 0
			q.try(now, &trial{before: before, control: true, starts: t.starts, bearable: trialMax})
			return
		}
	}
	if failed {
		q.giveUp()
	}
	q.trial = nil
}

// giveUp ends the trial under way, if any, as failed.
func (q *Quota) giveUp() {
	if q.trial != nil {
		q.spread, q.trial, q.due, q.step = q.trial.before, nil, fasterTrial, 100
	}
}

// freed records that a slot was given back.
func (q *Quota) freed(now time.Duration) {
	if q.rest > 0 {
		q.free = append(q.free, now)
	}
}

// rested returns when the next start may follow the last one and the slots that were given back.
func (q *Quota) rested(now time.Duration) (at time.Duration) {
	for len(q.free) > 0 && q.free[0]+q.rest <= now {
		q.free = q.free[1:]
	}
	if n := len(q.free); n > 0 && q.taken+n >= q.width() {
		at = q.free[0] + q.rest
	}
	if q.every > 0 {
		at = max(at, q.last+q.every)
	}
	return at
}
