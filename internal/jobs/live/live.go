// Package live counts the rows of a plan while its tasks are asked.
package live

import (
	"math"
	"slices"
	"sync"

	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Counts are the counts of the rows of a plan while its tasks are asked. Each traversal of the rows makes the counts exact. Between traversals, a result
// updates them if it alone decides a cell; it then also decides the cells of columns whose condition it breaks or that need it. A row
// counted as decided never becomes pending again, unless it failed for a temporary cause and is asked again. Cells are numbered row by row
// over the selected rows. It takes 2 bytes per cell, and 4 more if rows repeat. Safe for concurrent use.
type Counts struct {
	columns []liveColumn
	Began   int64 // results at or after this offset in the journal belong to this run; none do during planning

	mu      sync.Mutex // guards all below
	tally   task.Tally
	cells   []liveCell
	sent    map[task.Key]sentTask // tasks handed to the pool that have no result yet
	next    []uint32              // by cell: 1 + the next cell that waits for the same task; 0 ends the list. nil until a row repeats
	buffers [2][]task.Outcome
}

// sentTask is the cell of a task and the way in which the task is asked. live.next links the other cells that share the task.
type sentTask struct {
	cell int
	way  task.Way
}

type liveColumn struct {
	*prompt.Renderer
	split bool // a single result never decides a cell
}

// liveCell is a packed outcome: three bits for the state, four for the cause, and flags.
type liveCell uint16

const _ = uint(16 - len(task.Causes)) // causes fit in four bits

const (
	liveTruncated liveCell = 1 << (7 + iota)
	liveEdited
	liveEarlier
	liveWaits // the cell is linked from another cell by live.next
)

// New returns the counts of a plan without rows.
func New(columns *prompt.Columns, s *spec.Settings) *Counts {
	l := &Counts{Began: math.MaxInt64, sent: map[task.Key]sentTask{}}
	var names []string
	if s.Several() {
		names = s.CompletionColumns()
	}
	l.tally = task.NewTally(names, nil)
	for _, c := range columns.List {
		l.columns = append(l.columns, liveColumn{Renderer: c, split: c.Spec.Split})
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

// Tally returns the tally so far.
func (l *Counts) Tally() task.Tally {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tally.Clone()
}

// Traversed updates the counts with the cells of a row as a traversal resolved them. position maps the number of a row in that traversal to
// its position among all selected rows.
func (l *Counts) Traversed(row int, cells []resolve.Cell, position func(row int) int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.columns)
	start := position(row) * n
	known := start < len(l.cells)
	if !known {
		l.cells = append(l.cells, make([]liveCell, n)...)
	}
	before := l.outcomes(0, start)
	for i := range cells {
		c, at := &cells[i], start+i
		o := c.Outcome(l.Began)
		if c.Open() {
			o = task.Outcome{State: task.Pending, Edited: c.Edited != nil}
		}
		again := before != nil && (before[i].Cause.Passing() || before[i].Cause == task.CauseNeeds)
		if known && o.State == task.Pending && before[i].State != task.Pending && !again { // a duplicate whose result arrived meanwhile
			continue
		}
		waits := l.cells[at] & liveWaits
		l.cells[at] = pack(o) | waits
		if waits == 0 && c.Standing == resolve.Duplicate && !l.columns[i].split {
			l.follow(position(c.First/n)*n+c.First%n, at)
		}
	}
	if now := l.outcomes(1, start); known {
		l.tally.Replace(before, now)
	} else {
		l.tally.Add(now)
	}
}

// outcomes returns the outcomes of the row whose first cell is start, in one of the two buffers.
func (l *Counts) outcomes(buffer, start int) []task.Outcome {
	l.buffers[buffer] = l.buffers[buffer][:0]
	for _, c := range l.cells[start : start+len(l.columns)] {
		l.buffers[buffer] = append(l.buffers[buffer], c.outcome())
	}
	return l.buffers[buffer]
}

// follow makes the cell at wait for the task of the cell first.
func (l *Counts) follow(first, at int) {
	if missing := len(l.cells) - len(l.next); missing > 0 {
		l.next = append(l.next, make([]uint32, missing)...)
	}
	l.next[first], l.next[at] = uint32(at+1), l.next[first]
	l.cells[at] |= liveWaits
}

// Sending notes that a task of a cell was handed to the pool.
func (l *Counts) Sending(t *task.Task, row, column int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.columns[column].split {
		l.sent[t.Key] = sentTask{cell: row*len(l.columns) + column, way: t.Way}
	}
}

// Recorded updates the counts with a result.
func (l *Counts) Recorded(r *task.Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sent, ok := l.sent[r.Key]
	if !ok {
		return
	}
	delete(l.sent, r.Key)
	for at, more := sent.cell, true; more; {
		if cell, o, decided := l.columns[at%len(l.columns)].decide(r, sent.way); decided {
			start := at / len(l.columns) * len(l.columns)
			before := l.outcomes(0, start)
			l.decided(start, at-start, &cell, o)
			l.tally.Replace(before, l.outcomes(1, start))
		}
		l.cells[at] &^= liveWaits
		next := 0
		if at < len(l.next) {
			next = int(l.next[at])
			l.next[at] = 0
		}
		at, more = next-1, next > 0
	}
}

// decided sets the outcome of the ith cell of the row whose first cell is start, and of the other cells of the row that it decides.
func (l *Counts) decided(start, i int, cell *resolve.Cell, o task.Outcome) {
	l.cells[start+i] = pack(o) | l.cells[start+i]&liveWaits
	for j, column := range l.columns {
		if l.cells[start+j].outcome().State != task.Pending {
			continue
		}
		broken, others := false, false
		for _, when := range column.When {
			ref, uses := column.Uses[when.Column]
			if !uses || ref.Column != i {
				others = true
			} else if !cell.Failed() && !when.Holds(cell.Text(ref.Value)) {
				broken = true
			}
		}
		switch {
		case broken:
			l.decided(start, j, &resolve.Cell{Standing: resolve.Blank}, task.Outcome{State: task.Skipped})
		case cell.Failed() && slices.Contains(column.Needs, i) && !others:
			l.decided(start, j, cell, task.Outcome{State: task.Failed, Cause: task.CauseNeeds})
		}
	}
}

// decide returns the cell that has the result r, and its outcome. decided is false if another request for the cell may follow.
func (c liveColumn) decide(r *task.Result, way task.Way) (cell resolve.Cell, o task.Outcome, decided bool) {
	cell = resolve.Cell{Result: r}
	o = task.Outcome{State: r.State, Cause: r.Cause, Truncated: r.State == task.Completed && r.Truncated()}
	switch {
	case r.State == task.Blocked && c.Spec.BlockedFails:
		return cell, task.Outcome{State: task.Failed, Cause: task.CauseRejected}, true
	case c.Form == nil || r.State == task.Blocked:
		return cell, o, true
	case r.State == task.Failed:
		return cell, o, !resolve.Refuses(way, r)
	}
	completion, problem := c.Form.Check(c.CompletionIn(way, r))
	checked := *r
	checked.Completion = completion.Text
	cell.Result, cell.Values = &checked, completion.Values
	return cell, o, problem == ""
}
