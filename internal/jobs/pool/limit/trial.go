package limit

import "time"

const (
	bearable    = 0.03 // the share of chance refusals that is worth a trial
	minChance   = 8    // chance refusals before a trial
	trialOf     = 10   // chance refusals that a trial would meet if it changed nothing …
	trialMax    = 3    // … and with how many it succeeds
	maxTrial    = 200  // starts
	fasterTrial = 100  // completions between two trials of a faster pace
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
	free     []time.Duration // when the resting slots were given back
	*trial                   // under way, or nil
	ofRest   bool            // the newest trial was of a rest
	tried    float64         // a share of chance refusals that a trial did not change
	bout     stretch         // chance refusals since the last trial
	breaches stretch         // cases against limits that were kept to
	due      int             // completions until a faster pace is tried
	step     time.Duration   // by which part of it the pace is then faster
}

// stretch counts refusals or cases since the first of them.
type stretch struct {
	since       time.Duration
	n, accepted int // accepted starts meanwhile
}

// trial is a number of starts that are spread otherwise.
type trial struct {
	before            spread
	faster            bool
	began             time.Duration
	starts, left      int // planned; not made yet
	refused, accepted int
	bearable          int // refused starts with which it succeeds
}

// add counts n more.
func (b *stretch) add(n int, now time.Duration) {
	if b.n == 0 {
		b.since, b.accepted = now, 0
	}
	b.n += n
}

// every returns the time between two starts if they came evenly.
func (b *stretch) every(now time.Duration) time.Duration {
	return (now - b.since) / time.Duration(b.accepted)
}

// accepted counts an accepted start.
func (q *Quota) accepted(s *start, now time.Duration) {
	q.bout.accepted++
	q.breaches.accepted++
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
	if b.add(n, now); q.chance < bearable/2 {
		b.n, q.tried = 0, 0
	}
	if q.trial != nil || b.n < minChance || b.accepted < minChance || q.chance < max(bearable, min(1.5*q.tried, .3)) {
		return
	}
	before := q.spread
	if q.ofRest = full && !q.ofRest; q.ofRest {
		q.rest = min(max(3*q.rest, 2*q.rtt, q.Latency/50), q.Latency/8)
	} else {
		q.slow(max(b.every(now), q.every+q.every/20))
	}
	q.try(now, &trial{before: before, starts: min(int(trialOf/q.chance), maxTrial), bearable: trialMax})
}

// breached takes in a case against a limit that was kept to. Several within a short time mean that no meter fits, so starts then come as
// evenly as those that were accepted meanwhile.
func (q *Quota) breached(now time.Duration) {
	b := &q.breaches
	if now-b.since > 2*time.Minute {
		b.n = 0
	}
	if b.add(1, now); b.n > 2 && b.accepted >= minChance && q.every == 0 {
		q.slow(b.every(now) * 33 / 32)
		b.n = 0
	}
}

// slow sets a pace.
func (q *Quota) slow(every time.Duration) { q.every, q.due, q.step = every, fasterTrial, 100 }

// hasten takes in a completion, and tries a faster pace when it is time.
func (q *Quota) hasten(now time.Duration) {
	if q.due--; q.every == 0 || q.trial != nil || q.inquiry != nil || q.due > 0 {
		return
	}
	before := q.spread
	q.every -= q.every / q.step
	starts := min(max(firstProbe, int(time.Second/q.every)), 5*maxTrial)
	q.try(now, &trial{before: before, faster: true, starts: starts, bearable: 2 + int(2*q.chance*float64(starts))})
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
	case !failed && t.refused+t.accepted < t.starts:
		return
	case failed && !t.faster && !q.ofRest: // an earlier pace explains nothing either
		t.before.every = 0
		q.tried, q.bout.n = q.chance, -5*minChance
	case failed:
		q.bout.n = 0
	case t.faster && now-t.began > 2*time.Duration(t.starts)*q.every: // something else keeps starts from following each other
		q.every = 0
	case t.faster:
		q.due, q.step = firstProbe, max(2, q.step/2)
	default:
		q.chance = float64(t.refused) / float64(t.starts)
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
