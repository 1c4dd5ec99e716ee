package limit

import "time"

// Learned is what a Quota has found out, as another process can go on with it.
type Learned struct {
	Meters    []Meter         `json:"meters"`
	Latency   time.Duration   `json:"latency"`
	RTT       time.Duration   `json:"rtt"`
	Jitter    time.Duration   `json:"jitter"`
	Every     time.Duration   `json:"every,omitempty"` // between two starts
	Rest      time.Duration   `json:"rest,omitempty"`  // of a slot that was given back
	Chance    float64         `json:"chance,omitempty"`
	Wait      time.Duration   `json:"wait,omitempty"`   // the service asked for it
	Lies      bool            `json:"lies,omitempty"`   // what the service asks for is not so
	Starts    []time.Duration `json:"starts,omitempty"` // how long ago the starts were that a known limit counts, the oldest first
	Sent      int             `json:"sent"`
	Unproved  int             `json:"unproved,omitempty"` // refusals by chance
	Inquiring bool            `json:"inquiring,omitempty"`
}

// Meter is what is known about one measure: requests in flight, or starts within some time.
type Meter struct {
	High     int `json:"high"`
	Top      int `json:"top"`
	Low      int `json:"low,omitempty"`
	Limit    int `json:"limit,omitempty"`
	Interval int `json:"interval,omitempty"`
	Since    int `json:"since,omitempty"`
	Wall     int `json:"wall,omitempty"`
}

// LearnedBy returns what q has found out.
func LearnedBy(q *Quota, now time.Duration) Learned {
	l := Learned{
		Latency: q.Latency, RTT: q.rtt, Jitter: q.jitter, Every: q.every, Rest: q.rest, Chance: q.chance, Lies: q.hint.lies,
		Wait: max(0, q.hint.until-now), Sent: q.sent, Unproved: q.unexplained, Inquiring: q.inquiry != nil,
	}
	if q.trial != nil { // it is not decided
		l.Every, l.Rest = q.trial.before.every, q.trial.before.rest
	}
	counted := time.Duration(0)
	for d := range q.meters {
		m := &q.meters[d]
		l.Meters = append(l.Meters, Meter{High: m.high, Top: m.top, Low: m.low, Limit: m.limit, Interval: m.interval, Since: m.since, Wall: m.wall})
		if m.limit > 0 {
			counted = windows[d]
		}
	}
	for _, s := range q.log[q.log.after(now-counted):] {
		if counted > 0 {
			l.Starts = append(l.Starts, now-s.at)
		}
	}
	return l
}

// Teach makes q, which has found out no limit yet, go on with what another one has found out, whose requests are unknown to q. If the other one
// was about to find out why requests are refused, q begins below what was refused last.
func (l *Learned) Teach(q *Quota, now time.Duration) {
	for d := range q.meters {
		if q.meters[d].limit > 0 || q.inquiry != nil || q.trial != nil {
			return
		}
	}
	q.Latency, q.rtt, q.jitter, q.every, q.rest = l.Latency, l.RTT, l.Jitter, l.Every, l.Rest
	q.chance, q.hint.lies, q.unexplained = l.Chance, l.Lies, l.Unproved
	if l.Wait > 0 {
		q.hint.at, q.hint.until, q.spaced = now, now+l.Wait, now+l.Wait
	}
	for d := range min(len(l.Meters), meters) {
		m := l.Meters[d]
		q.meters[d] = meter{high: m.High, top: m.Top, limit: m.Limit, interval: m.Interval, since: m.Since, wall: m.Wall}
		if d == streams && l.Inquiring && m.Low > 1 && (m.Limit == 0 || m.Low <= m.Limit) {
			q.meters[d].set(m.Low - 1)
			q.meters[d].high = min(m.High, m.Low-1)
		}
	}
	for _, ago := range l.Starts {
		if q.wire > 0 || q.sent >= l.Sent { // its own ones are as good
			break
		}
		q.sent++
		q.log = append(q.log, &request{at: now - ago, number: q.sent, accepted: true, ended: true})
	}
	q.sent = max(q.sent, l.Sent)
}

// Patience returns how long a refused task waits alone, before jitter: what the service asked for, unless that is not believed, or a time that
// grows with the number of refusals in a row.
func Patience(hint time.Duration, believed bool, times int) time.Duration {
	if believed && hint > 0 && hint <= maxHint {
		return hint
	}
	return min(firstWait<<min(times-1, 8), maxWait)
}
