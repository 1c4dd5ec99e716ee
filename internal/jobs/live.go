package jobs

import (
	"sync"

	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// live counts the rows of a plan while its tasks are asked: exactly by each traversal of the rows, and between traversals by the results, as far
// as a result alone decides a cell. A row that is counted as decided never falls back. It takes 2 bytes a cell, and 6 once something is asked.
// Safe for concurrent use.
type live struct {
	columns []liveColumn

	mu      sync.Mutex // guards all below
	tally   task.Tally
	cells   []liveCell    // row by row
	next    []uint32      // the cell before this one that waits for the same task, plus one; nil while nothing waits
	last    journal.Index // by task: Off is the last cell that waits for it, plus one; Len the way in which it is asked
	buffers [2][]task.Outcome
}

type liveColumn struct {
	form  *form.Form
	split bool // no single result decides a cell
}

// liveCell packs an outcome: three bits of the state, four of the cause, and flags.
type liveCell uint16

const _ = uint(16 - len(task.Causes)) // they fit in four bits

const (
	liveTruncated liveCell = 1 << (7 + iota)
	liveEdited
	liveEarlier
	liveWaits // it is in the list of a task
)

func newLive(columns *prompt.Columns, s *spec.Settings) *live {
	l := &live{}
	var names []string
	if s.Several() {
		names = s.CompletionColumns()
	}
	l.tally = task.NewTally(names, nil)
	for _, c := range columns.List {
		l.columns = append(l.columns, liveColumn{form: c.Form, split: c.Spec.Split})
	}
	return l
}

func pack(o task.Outcome) liveCell {
	c := liveCell(o.State) | liveCell(o.Cause.Number())<<3
	if o.Truncated {
		c |= liveTruncated
	}
	if o.Edited {
		c |= liveEdited
	}
	if o.Earlier {
		c |= liveEarlier
	}
	return c
}

func (c liveCell) outcome() task.Outcome {
	return task.Outcome{
		State: task.State(c & 7), Cause: task.Causes[c>>3&15],
		Truncated: c&liveTruncated != 0, Edited: c&liveEdited != 0, Earlier: c&liveEarlier != 0,
	}
}

// counts returns the count so far.
func (l *live) counts() task.Tally {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tally.Clone()
}

// traversed takes in how the cells of a row stand by a traversal.
func (l *live) traversed(row int, cells []resolve.Cell) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first, n := row*len(l.columns), len(l.columns)
	known := first < len(l.cells)
	if !known {
		l.cells = append(l.cells, make([]liveCell, n)...)
	}
	before := l.outcomes(0, first, known)
	for i := range cells {
		c, at := &cells[i], first+i
		o := c.Outcome(journalEnd)
		if c.Open() {
			o = task.Outcome{State: task.Pending, Edited: c.Edited != nil}
		}
		waits := l.cells[at] & liveWaits
		if o.State == task.Pending && l.cells[at].outcome().State != task.Pending { // a row that repeats, whose result came meanwhile
			continue
		}
		l.cells[at] = pack(o) | waits
		if waits == 0 && !l.columns[i].split && (len(c.Tasks) == 1 || c.Standing == resolve.Duplicate) {
			l.wait(at, c)
		}
	}
	if now := l.outcomes(1, first, true); known {
		l.tally.Replace(before, now)
	} else {
		l.tally.Add(now)
	}
}

// journalEnd is an offset behind all results, so every result counts as earlier; only the summary tells them apart.
const journalEnd = 1<<63 - 1

// outcomes are those of the row that begins with a cell.
func (l *live) outcomes(buf, first int, known bool) []task.Outcome {
	l.buffers[buf] = l.buffers[buf][:0]
	for _, c := range l.cells[first : first+len(l.columns)] {
		if known {
			l.buffers[buf] = append(l.buffers[buf], c.outcome())
		}
	}
	return l.buffers[buf]
}

// wait makes a cell wait for the task that decides it.
func (l *live) wait(at int, c *resolve.Cell) {
	if missing := len(l.cells) - len(l.next); missing > 0 {
		l.next = append(l.next, make([]uint32, missing)...)
	}
	p, _ := l.last.Get(c.Key)
	if len(c.Tasks) == 1 {
		p.Len = uint32(c.Tasks[0].Way)
	}
	l.next[at] = uint32(p.Off)
	l.last.Put(c.Key, journal.Place{Off: int64(at + 1), Len: p.Len})
	l.cells[at] |= liveWaits
}

// recorded takes in a result.
func (l *live) recorded(r *task.Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, _ := l.last.Get(r.Key)
	if p.Off == 0 {
		return
	}
	l.last.Put(r.Key, journal.Place{})
	for at := p.Off; at != 0; at = int64(l.next[at-1]) {
		i := int(at - 1)
		l.cells[i] &^= liveWaits
		o, decided := l.columns[i%len(l.columns)].decide(r, task.Way(p.Len))
		if !decided {
			continue
		}
		first := i / len(l.columns) * len(l.columns)
		before := l.outcomes(0, first, true)
		l.cells[i] = pack(o)
		l.tally.Replace(before, l.outcomes(1, first, true))
	}
}

// decide returns the outcome of a cell that waited for a result, if nothing more can be asked for it.
func (c liveColumn) decide(r *task.Result, way task.Way) (o task.Outcome, decided bool) {
	o = task.Outcome{State: r.State, Cause: r.Cause, Truncated: r.State == task.Completed && r.Truncated()}
	switch {
	case c.form == nil || r.State == task.Blocked:
		return o, true
	case r.State == task.Failed:
		return o, !resolve.Refuses(way, r)
	}
	_, problem := c.form.Check(prompt.CompletionIn(way, r))
	return o, problem == ""
}
