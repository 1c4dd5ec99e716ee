package limit

import (
	"math"
	"time"
)

const (
	memory     = 128  // starts over which the share of chance refusals is averaged
	unlikely   = 1e-5 // the chance of strikes that open a case
	minStrikes = 3
	maxStrikes = 8
	often      = 0.1                  // a share of chance refusals with which a refused probe proves nothing
	minGap     = 3 * time.Millisecond // between a refusal and the next witness
	firstGap   = 100 * time.Millisecond
	maxGap     = 4 * time.Second
)

// evidence is what refusals say about the meters.
type evidence struct {
	chance      float64   // share of recent starts that were refused by chance
	unexplained int       // refusals by chance so far
	strikes     []reading // of refusals in a row at readings that were accepted before
	struck      int       // requests sent before the first strike
	changed     int       // the first requests, up to this one, say nothing about the present limits
	hint        struct {  // what the service asked for
		at, until time.Duration
		lies      bool // a request was accepted earlier
	}
	*inquiry // nil if no case is open
}

// inquiry is an open case: the question which meter explains the refusals. One request at a time is its witness. If no suspect is left, it
// comes after the gap, like a witness of starts.
type inquiry struct {
	newest    int           // number of the newest request at the last refusal
	refusals  int           // so far
	fall      int           // how far below the lowest refused reading the next witness of requests in flight is
	gap       time.Duration // to the next witness of starts
	witnessAt time.Duration // when that one starts
	witness   *request      // in flight, or nil
}

// refused learns from a refusal at the reading most.
func (q *Quota) refused(s *request, most reading, now time.Duration) {
	if s.trial != nil && s.trial == q.trial {
		q.trial.refused++
		q.judge(now)
	}
	m := &q.meters[streams]
	switch {
	case q.inquiry != nil:
		q.clue(s, most, now)
		return
	case s.trial != nil && s.trial.faster:
		return
	}
	for d := range q.meters { // the refusal of a probe; of several meters above their limit, the first is blamed
		if m := &q.meters[d]; m.limit > 0 && most[d] > m.limit {
			m.failed(q.chance >= often)
			return
		}
	}
	q.gust(q.sent, now)
	if len(q.strikes) == 0 {
		q.struck = q.sent
	}
	q.strikes = append(q.strikes, most)
	expected := math.Log(unlikely) / math.Log(max(q.chance, unlikely)) // so many in a row are as unlikely as that
	unheard := most[streams] > m.top && most[streams] > m.limit        // so many in flight were never accepted
	if unheard || len(q.strikes) >= min(max(minStrikes, int(math.Ceil(expected))), maxStrikes) {
		q.openCase(now)
	}
}

// passed learns from an acceptance at a reading between least and most.
func (q *Quota) passed(s *request, most, least reading, now time.Duration) {
	q.chance -= q.chance / memory
	q.accepted(s, now)
	if q.inquiry == nil && (q.trial == nil || !q.trial.faster) && q.abates(s.number, now) {
		q.doubt(now)
	}
	if q.inquiry != nil {
		if s.number > q.newest {
			q.verdict(s, least, now)
		}
		return
	}
	if len(q.strikes) == 0 || s.number < q.struck {
		return
	}
	first := q.strikes[0]
	for d := range q.meters { // a later start at no lower reading was accepted, so the strikes were chance
		if most[d] >= first[d] && (d == streams || q.meters[d].limit > 0) {
			m := &q.meters[streams]
			n := len(q.strikes)
			q.strikes = nil
			q.byChance(n, m.limit > 0 && first[streams] >= m.limit, now)
			return
		}
	}
}

// openCase asks which meter explains the strikes.
func (q *Quota) openCase(now time.Duration) {
	q.giveUp()
	q.inquiry = &inquiry{newest: q.sent, refusals: len(q.strikes), fall: 1, gap: 2*q.rtt + minGap}
	for d := range q.meters {
		m := &q.meters[d]
		m.low, m.reach, m.suspect = q.strikes[0][d], 0, true
		for _, x := range q.strikes {
			m.low = min(m.low, x[d])
		}
	}
	if d := q.tight(); d > streams { // the limit may have fallen
		q.meters[d].high /= 2
	}
	if m := &q.meters[streams]; m.low <= m.top { // it may have fallen to anything
		m.high, q.changed, q.fall = 0, q.sent, max(1, m.low/8)
	}
	q.weigh(now)
}

// clue takes in one more refusal in the open case.
func (q *Quota) clue(s *request, most reading, now time.Duration) {
	q.refusals++
	if s.number > q.newest {
		q.fall *= 2
		if q.suspect() != streams {
			q.gap = min(max(2*q.gap, firstGap), maxGap)
		}
	}
	q.witness, q.newest = nil, q.sent
	for d := range q.meters {
		q.meters[d].low = min(q.meters[d].low, most[d])
	}
	q.weigh(now)
}

// weigh drops the suspects that do not explain the case: so much was accepted before. A service that counts anew each second accepts twice
// its limit around the turn of the second. It schedules the next witness of a meter that counts starts: after the gap, or when a suspect
// says that there is room again if that is sooner, but not before the service asked for.
func (q *Quota) weigh(now time.Duration) {
	q.witnessAt = now + q.gap
	best := now + q.gap/20
	for d := range q.meters {
		m := &q.meters[d]
		if m.suspect = m.suspect && 2*m.low > m.high && m.low > 1; !m.suspect || d == streams {
			continue
		}
		if at := q.room(d, m.low-1); at > best && at <= now+q.gap {
			best, q.witnessAt = at, at
		}
	}
	if !q.hint.lies {
		q.witnessAt = max(q.witnessAt, q.hint.until)
	}
}

// suspect returns the meter that the open case is held against, or -1: the one whose limit was tight, else the first.
func (q *Quota) suspect() int {
	if d := q.tight(); d >= 0 && q.meters[d].suspect {
		return d
	}
	for d := range q.meters {
		if q.meters[d].suspect {
			return d
		}
	}
	return -1
}

// tight returns the meter whose limit the strikes came closest to, or -1.
func (q *Quota) tight() int {
	best, tight := 0.5, -1
	for d := range q.meters {
		if m := &q.meters[d]; m.limit > 0 && len(q.strikes) > 0 {
			if share := float64(q.strikes[0][d]) / float64(m.limit); share > best {
				best, tight = share, d
			}
		}
	}
	return tight
}

// verdict closes the case: s was accepted after its last refusal, so only a meter that read less than low explains both.
func (q *Quota) verdict(s *request, least reading, now time.Duration) {
	strict := -1
	for d := meters - 1; d >= 0; d-- {
		m := &q.meters[d]
		if m.suspect = m.suspect && least[d] < m.low; m.suspect && m.high < m.low {
			strict = d
		}
	}
	d := q.suspect()
	if d != q.tight() && strict >= 0 {
		d = strict
	}
	if d > streams && !q.hint.lies && q.hint.until > 0 && q.hint.until <= s.at { // the longest that fits what the service asked for
		for i := d + 1; i < meters; i++ {
			if m := &q.meters[i]; m.suspect && q.room(i, m.low)-2*blur(i) <= q.hint.until {
				d = i
			}
		}
	}
	c := q.inquiry
	q.inquiry, q.strikes = nil, nil
	m := &q.meters[max(d, 0)]
	kept := m.limit > 0 && m.low <= m.limit
	switch {
	case d == streams:
		m.set(max(1, min(max(m.high, m.low-c.fall), m.low-1)))
	case d > streams:
		m.set(max(1, m.low-max(1, m.low/50)))
	}
	if d < 0 || kept { // a limit that was kept to does not explain everything
		q.byChance(c.refusals, d == streams, now)
	}
}
