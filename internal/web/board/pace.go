package board

import (
	"time"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
)

// pace measures the recent speed of a run.
type pace struct{ seen []moment }

// moment is the progress of a run at a time.
type moment struct {
	elapsed time.Duration
	done    int
}

const (
	paceEvery = time.Second
	paceOver  = 15 // moments
)

// rate returns results per second over the last seconds, or since the first request.
func (p *pace) rate(s task.Snapshot) float64 {
	if n := len(p.seen); n == 0 || s.Elapsed-p.seen[n-1].elapsed >= paceEvery {
		p.seen = append(p.seen, moment{s.Elapsed, s.Done})
		p.seen = p.seen[max(0, len(p.seen)-paceOver):]
	}
	since := p.seen[0]
	if len(p.seen) < paceOver {
		since = moment{}
	}
	return rateOf(since, moment{s.Elapsed, s.Done})
}

func rateOf(from, to moment) float64 {
	if d := (to.elapsed - from.elapsed).Seconds(); d > 0 {
		return float64(to.done-from.done) / d
	}
	return 0
}

// markRate returns the rate of a run of another process, over its last marks.
func markRate(marks []journal.Mark) float64 {
	if len(marks) == 0 {
		return 0
	}
	last, first := marks[len(marks)-1], moment{}
	if n := len(marks); n > 4 {
		first = moment{marks[n-5].Elapsed, marks[n-5].Done}
	}
	return rateOf(first, moment{last.Elapsed, last.Done})
}
