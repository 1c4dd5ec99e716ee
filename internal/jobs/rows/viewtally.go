package rows

import (
	"time"

	"gigabatch/internal/jobs/task"
)

// ViewCounts tells how many rows of a view stand how.
type ViewCounts struct {
	task.Tally
	Complete bool
}

// tally is a count that is kept for a while.
type tally struct {
	counts  ViewCounts
	scan    *scan
	version int64
	ended   time.Time
	took    time.Duration
	busy    bool
}

// Counts counts the rows. Of many rows it may be a few seconds old while a run is under way.
func (v *View) Counts() (ViewCounts, error) {
	s, err := v.use()
	if err != nil {
		return ViewCounts{}, err
	}
	defer s.release()
	version := v.Version()
	v.mu.Lock()
	defer v.mu.Unlock()
	t := &v.tally
	if t.busy || !t.outdated(s, version) {
		return t.counts, nil
	}
	t.busy = true
	v.mu.Unlock()
	began := time.Now()
	counts, err := v.count(s)
	counts.Complete = closed(s.done) && !s.stale(version)
	v.mu.Lock()
	*t = tally{counts: counts, scan: s, version: version, ended: time.Now(), took: time.Since(began)}
	if !counts.Complete {
		t.version = -1
	}
	return counts, err
}

func (t *tally) outdated(s *scan, version int64) bool {
	if t.scan == s && t.version == version {
		return false
	}
	return t.scan != s || time.Since(t.ended) > restAfter*t.took
}

// count goes through the rows.
func (v *View) count(s *scan) (ViewCounts, error) {
	if s.deep.Load() {
		return s.deepCounts(), nil
	}
	c := ViewCounts{Tally: newTally(&s.run.Settings)}
	look := v.looker(s, "")
	outcomes := make([]task.Outcome, s.file.asks)
	err := s.file.each(0, func(i int, e *viewEntry) bool {
		if e.selected {
			for k := range e.cells {
				if outcomes[k] = look.outcome(i, k, &e.cells[k]); outcomes[k].State == task.Failed {
					outcomes[k].Cause = look.cause(&e.cells[k])
				}
			}
			c.Add(outcomes)
		}
		return look.err == nil
	})
	if err == nil {
		err = look.err
	}
	return c, err
}

func (s *scan) deepCounts() ViewCounts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ViewCounts{Tally: s.tally.Clone()}
}

// cause is why a cell failed.
func (l *looker) cause(k *viewKey) task.Cause {
	if k.deep {
		return causes[k.cause]
	}
	at, ok := l.at(k)
	if !ok {
		return ""
	}
	r, buf, err := l.journal.ReadResult(at, l.buf)
	l.buf = buf
	if err != nil {
		l.err = err
		return ""
	}
	return r.Cause
}
