package diff

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"

	"gigabatch/internal/io/scratch"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Change is how an answer of A became that of B.
type Change string

// The changes. For a row they are ranked: it has that of its answers which comes last.
const (
	Same       Change = "same"               // also if neither has an answer
	Answered   Change = "newly_answered"     // only B has one
	Changed    Change = "changed"            // both have one, and they differ
	Unanswered Change = "no_longer_answered" // A has an answer; in B it is pending or was not asked
	Failed     Change = "newly_failed"       // in B it failed or was blocked, but not in A
	OnlyA      Change = "only_in_a"          // the row
	OnlyB      Change = "only_in_b"          // the row
)

// changes are those of an answer, ranked.
var changes = []Change{Same, Answered, Changed, Unanswered, Failed}

// Counts are the numbers of rows or answers with each change.
type Counts map[Change]int

// Diff is what Compare has found.
type Diff struct {
	A       *Side    `json:"a"`
	B       *Side    `json:"b"`
	Matched []string `json:"matched_by"` // the columns that identify a row
	Rows    Counts   `json:"rows"`
	Columns []Column `json:"columns"`
	Pairs   []*Pair  `json:"changes"`                // the first rows that are not the same
	Left    int      `json:"changes_left,omitempty"` // the number of the others
	OnlyA   []string `json:"columns_only_in_a,omitempty"`
	OnlyB   []string `json:"columns_only_in_b,omitempty"`
}

// Column is a column with answers.
type Column struct {
	Name        string       `json:"name"`
	Counts      Counts       `json:"answers"`
	Transitions []Transition `json:"transitions,omitempty"` // the most frequent first; nil unless the column has few values
	few         bool
	seen        map[[2]Cell]int
	values      map[string]bool
}

// Transition is a number of rows with these answers.
type Transition struct {
	A    Cell `json:"a"`
	B    Cell `json:"b"`
	Rows int  `json:"rows"`
}

// Pair is a row of A and the row of B with the same input. One of them may be nil.
type Pair struct {
	Change  Change   `json:"change"`
	A       *Row     `json:"a,omitempty"`
	B       *Row     `json:"b,omitempty"`
	Changes []Change `json:"answers,omitempty"` // of each answer, in the order of the columns
}

// changeOf compares two answers.
func changeOf(a, b Cell) Change {
	without := func(c Cell) bool { return c.State == task.Failed || c.State == task.Blocked }
	switch {
	case a.State == task.Completed && b.State == task.Completed && a.Text != b.Text:
		return Changed
	case a.State == b.State:
		return Same
	case b.State == task.Completed:
		return Answered
	case without(b) && !without(a):
		return Failed
	case a.State == task.Completed:
		return Unanswered
	}
	return Same
}

// agree returns the columns with answers that both sides have, and those by which rows are matched. columns are the names that the user has
// given, nil for those of the runs.
func agree(a, b *Side, columns []string) (d *Diff, err error) {
	d = &Diff{A: a, B: b, Rows: Counts{}}
	known := slices.Concat(a.answers, b.answers)
	has := func(s *Side, name string) bool {
		if slices.ContainsFunc(s.answers, func(x answer) bool { return x.name == name }) {
			return true
		}
		return s.table && slices.Contains(s.columns, name)
	}
	names := columns
	if names == nil {
		for _, x := range known {
			if !slices.Contains(names, x.name) {
				names = append(names, x.name)
			}
		}
	}
	if names == nil {
		return nil, &spec.UsageError{
			Msg:  messages.Sprintf("it is unknown which columns of %s and %s have the answers", a.Name, b.Name),
			Hint: messages.Sprintf("name them: --columns mood,reply"),
		}
	}
	for _, name := range names {
		inA, inB := has(a, name), has(b, name)
		switch {
		case inA && inB:
			few := slices.ContainsFunc(known, func(x answer) bool { return x.name == name && x.few })
			d.Columns = append(d.Columns, Column{Name: name, Counts: Counts{}, few: few, seen: map[[2]Cell]int{}, values: map[string]bool{}})
		case columns != nil && !inA:
			return nil, &spec.UsageError{Msg: messages.Sprintf("%s has no answers in a column %q", a.Name, name)}
		case columns != nil:
			return nil, &spec.UsageError{Msg: messages.Sprintf("%s has no answers in a column %q", b.Name, name)}
		case inA:
			d.OnlyA = append(d.OnlyA, name)
		case inB:
			d.OnlyB = append(d.OnlyB, name)
		}
	}
	if d.Columns == nil {
		return nil, &spec.UsageError{
			Msg:  messages.Sprintf("%s and %s have no column with answers in common", a.Name, b.Name),
			Hint: messages.Sprintf("the columns are %s, and %s", messages.Quoted(d.OnlyA), messages.Quoted(d.OnlyB)),
		}
	}
	ours := slices.Concat(a.ours, b.ours, names)
	if a.answers == nil || b.answers == nil {
		ours = append(ours, spec.KnownOutputColumns...)
	}
	for _, name := range a.columns {
		if name != "" && !slices.Contains(ours, name) && slices.Contains(b.columns, name) && !slices.Contains(d.Matched, name) {
			d.Matched = append(d.Matched, name)
		}
	}
	if a.documents || b.documents {
		d.Matched = slices.DeleteFunc(d.Matched, func(name string) bool { return name != documentPath })
	}
	if d.Matched == nil {
		return nil, &spec.UsageError{
			Msg:  messages.Sprintf("%s and %s have no input column in common, so their rows cannot be matched", a.Name, b.Name),
			Hint: messages.Sprintf("compare two runs of the same table"),
		}
	}
	return d, nil
}

// Compare compares two sides. columns are the columns with answers, nil for those of the runs. At most list pairs are in the result; visit,
// if not nil, gets every pair: the rows of B in their order, and then the rows that only A has. begin, if not nil, is called before.
func Compare(ctx context.Context, a, b *Side, columns []string, list int, begin func(*Diff) error, visit func(*Pair) error) (*Diff, error) {
	d, err := agree(a, b, columns)
	if err != nil {
		return nil, err
	}
	if begin != nil {
		if err := begin(d); err != nil {
			return nil, err
		}
	}
	of := &reading{identity: d.Matched}
	for _, c := range d.Columns {
		of.answers = append(of.answers, c.Name)
	}
	first, err := keep(ctx, a, of)
	if err != nil {
		return nil, err
	}
	defer first.close()
	add := func(p *Pair) error {
		d.add(p)
		if p.Change != Same {
			if len(d.Pairs) < list {
				d.Pairs = append(d.Pairs, p)
			} else {
				d.Left++
			}
		}
		if visit == nil {
			return nil
		}
		return visit(p)
	}
	for row, err := range b.read(ctx, of) {
		if err != nil {
			return nil, err
		}
		b.Rows++
		p := &Pair{Change: OnlyB, B: row}
		if p.A, err = first.take(row.identity()); err != nil {
			return nil, err
		}
		if err := add(p); err != nil {
			return nil, err
		}
	}
	for i, r := range first.rows {
		if r.taken {
			continue
		}
		p := &Pair{Change: OnlyA}
		if p.A, err = first.row(i); err != nil {
			return nil, err
		}
		if err := add(p); err != nil {
			return nil, err
		}
	}
	for i := range d.Columns {
		d.Columns[i].finish()
	}
	return d, nil
}

// add counts a pair.
func (d *Diff) add(p *Pair) {
	if p.A != nil && p.B != nil {
		p.Change = Same
		for i := range d.Columns {
			change := changeOf(p.A.Cells[i], p.B.Cells[i])
			p.Changes = append(p.Changes, change)
			if slices.Index(changes, change) > slices.Index(changes, p.Change) {
				p.Change = change
			}
			d.Columns[i].add(change, p.A.Cells[i], p.B.Cells[i])
		}
	}
	d.Rows[p.Change]++
}

const (
	maxValues = 20 // of a column with few values
	maxLength = 80 // of such a value, in bytes
)

// add counts an answer of a row.
func (c *Column) add(change Change, a, b Cell) {
	c.Counts[change]++
	if c.seen == nil {
		return
	}
	c.seen[[2]Cell{a, b}]++
	for _, cell := range []Cell{a, b} {
		if cell.State == task.Completed {
			c.values[cell.Text] = true
		}
		if len(cell.Text) > maxLength || len(c.values) > maxValues {
			c.seen, c.values = nil, nil
			return
		}
	}
}

// finish sets the transitions. A column that no run calls one of few values has them if most of its values occur several times.
func (c *Column) finish() {
	rows := 0
	for pair, n := range c.seen {
		rows += n
		c.Transitions = append(c.Transitions, Transition{pair[0], pair[1], n})
	}
	if !c.few && rows < 3*len(c.values) {
		c.Transitions = nil
	}
	slices.SortFunc(c.Transitions, func(a, b Transition) int {
		if a.Rows != b.Rows {
			return b.Rows - a.Rows
		}
		return strings.Compare(a.A.Text+"\x00"+a.B.Text, b.A.Text+"\x00"+b.B.Text)
	})
}

// kept are the rows of a side in a temporary file, so that memory does not grow with their texts.
type kept struct {
	file *os.File
	rows []keptRow
	next map[[16]byte][]int32 // by identity: the rows that were not taken, in order
}

type keptRow struct {
	off   int64
	len   int32
	taken bool
}

// keep reads all rows of a side.
func keep(ctx context.Context, s *Side, of *reading) (*kept, error) {
	f, err := scratch.File()
	if err != nil {
		return nil, err
	}
	k := &kept{file: f, next: map[[16]byte][]int32{}}
	out := bufio.NewWriterSize(f, 1<<16)
	off := int64(0)
	for row, err := range s.read(ctx, of) {
		var text []byte
		if err == nil {
			text, err = json.Marshal(row)
		}
		if err == nil {
			_, err = out.Write(text)
		}
		if err != nil {
			k.close()
			return nil, err
		}
		id := row.identity()
		k.next[id] = append(k.next[id], int32(len(k.rows)))
		k.rows = append(k.rows, keptRow{off: off, len: int32(len(text))})
		off += int64(len(text))
		s.Rows++
	}
	if err := out.Flush(); err != nil {
		k.close()
		return nil, err
	}
	return k, nil
}

func (k *kept) close() { scratch.Close(k.file) }

// row reads a row.
func (k *kept) row(i int) (*Row, error) {
	buf := make([]byte, k.rows[i].len)
	if _, err := k.file.ReadAt(buf, k.rows[i].off); err != nil {
		return nil, err
	}
	row := &Row{}
	return row, json.Unmarshal(buf, row)
}

// take returns the first row with an identity that was not taken yet, nil if there is none.
func (k *kept) take(id [16]byte) (*Row, error) {
	same := k.next[id]
	if len(same) == 0 {
		return nil, nil
	}
	i := int(same[0])
	k.next[id] = same[1:]
	k.rows[i].taken = true
	return k.row(i)
}
