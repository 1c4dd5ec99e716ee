package workbench

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
	"gigabatch/internal/web/board"
)

// Taken says what a table was taken for, and what its columns are.
type Taken struct {
	Columns []TakenColumn `json:"columns"`
	Answers []AskedColumn `json:"answers"`
	Format  string        `json:"format"`
	Dialect messages.Text `json:"dialect"`
	Sheets  []string      `json:"sheets"`
	Sheet   string        `json:"sheet"`
	As
	LeftOut  []Stretch      `json:"left_out"`
	Suspects []Stretch      `json:"suspects"`
	Prompt   string         `json:"prompt_column"`
	Rows     int            `json:"rows"` // known so far
	Complete bool           `json:"complete"`
	Problem  *board.Problem `json:"problem"` // why the answers are not shown; nil if they are
}

// As are the options by which a table is read, as they were given or detected. The zero value of a field is that there is no such thing.
type As struct {
	AllSheets bool   `json:"all_sheets"`
	HeaderRow int    `json:"header_row"`
	NoHeader  bool   `json:"no_header"`
	Encoding  string `json:"encoding"`
	Delimiter string `json:"delimiter"`
}

// TakenColumn is a column of a table.
type TakenColumn struct {
	Name    string `json:"name"`
	Numeric bool   `json:"numeric"` // its first cells are numbers
	Dates   bool   `json:"dates"`   // its first cells are dates
	Empty   bool   `json:"empty"`   // its first cells are
	Ours    bool   `json:"ours"`    // a run has written it into the table
}

// AskedColumn is a completion column of a version.
type AskedColumn struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"` // text, choices, fields or vector
	Choices []string `json:"choices"`
	Fields  []string `json:"fields"`
	Needs   []string `json:"needs"` // the completion columns whose answers it uses
	When    []string `json:"when"`
}

// Stretch are successive rows that are no data, or look like none.
type Stretch struct {
	Text  messages.Text `json:"text"`
	Lines string        `json:"lines"` // as options keep them
}

// maxNames bounds the characters of the names of all columns in an answer.
const maxNames = 300_000

// isDate reports whether a text is a date, as filters and sorting read it.
func isDate(text string) bool {
	scale, _ := spec.Measure(text, false)
	return scale == spec.Dates
}

var numeric = regexp.MustCompile(`^[-+−]?[0-9][0-9 \x{A0}\x{202F},.]*%?$`)

// Take returns what a table was taken for.
func (b *Workbench) Take(ctx context.Context, id string, r *Reading) (*Taken, error) {
	return with(b, id, r, func(s *shown) (*Taken, error) { return s.take(ctx) })
}

func (s *shown) take(ctx context.Context) (*Taken, error) {
	look, err := s.lookAt(ctx)
	if err != nil {
		return nil, err
	}
	o := s.set.Options
	t := &Taken{
		Columns: []TakenColumn{}, Answers: []AskedColumn{}, Format: string(look.Format), Dialect: look.Dialect, Sheets: board.Listed(look.Sheets),
		Sheet: look.Sheet, Prompt: look.Prompt, LeftOut: []Stretch{}, Suspects: []Stretch{},
		As: As{AllSheets: o.AllSheets, HeaderRow: o.HeaderRow, NoHeader: o.NoHeader, Encoding: o.Encoding, Delimiter: o.Delimiter},
	}
	if len(look.Found) > 0 {
		f := look.Found[0]
		t.HeaderRow, t.NoHeader, t.Encoding, t.Delimiter = f.Header, f.Header == 0, f.Encoding, f.Delim
	}
	most := max(20, min(maxCell, maxNames/max(len(look.Columns), 1)))
	t.Rows, t.Complete, _ = s.Known()
	t.Complete = t.Complete && len(s.Columns()) == len(look.Columns) // else the file has changed, and is read again soon
	owned := s.Owned()                                               // after that: the rows may be read anew at any time
	for i, name := range look.Columns {
		c := TakenColumn{Name: Cut(name, most), Empty: look.IsEmpty(i), Dates: look.Matches(i, isDate), Ours: owned[spec.ColumnName(name)]}
		c.Numeric = !c.Dates && look.Matches(i, numeric.MatchString)
		t.Columns = append(t.Columns, c)
	}
	t.Answers = asked(s.Answers())
	leftOut, suspects := s.Asides()
	t.LeftOut, t.Suspects = stretches(leftOut), stretches(suspects)
	if s.problem != nil {
		t.Problem = s.place.bench.ProblemOf(s.problem)
	}
	return t, nil
}

// asked describes completion columns.
func asked(columns []rows.AnswerColumn) []AskedColumn {
	all := []AskedColumn{}
	var set spec.Settings
	for _, c := range columns {
		set.Columns = append(set.Columns, *c.Column)
	}
	for i, c := range columns {
		a := AskedColumn{Name: c.Name, Kind: c.Kind, Choices: board.Listed(c.Choices), Fields: board.Listed(c.Fields), When: board.Listed(c.When), Needs: []string{}}
		need := func(name string) {
			if ref, ok := set.Reference(name); ok && ref.Column != i && !slices.Contains(a.Needs, columns[ref.Column].Name) {
				a.Needs = append(a.Needs, columns[ref.Column].Name)
			}
		}
		if t, err := spec.ParseTemplate(c.Prompt); err == nil {
			for _, name := range t.Columns() {
				need(name)
			}
		}
		for _, text := range c.When {
			w, _ := spec.CutCondition(text, func(name string) bool { _, ok := set.Reference(name); return ok })
			need(w.Column)
		}
		for _, name := range c.SkipEmpty {
			need(spec.ColumnName(name))
		}
		all = append(all, a)
	}
	return all
}

// maxStretches is the number of stretches in an answer.
const maxStretches = 100

func stretches(a table.Aside) []Stretch {
	all := []Stretch{}
	for i := range a[:min(len(a), maxStretches)] {
		one := a[i : i+1]
		all = append(all, Stretch{Text: one.Message(), Lines: one.Lines()})
	}
	return all
}

// maxCell is the number of characters of a cell in a window.
const maxCell = 300

// Cut returns a text, or its beginning with an ellipsis if it has more than n characters.
func Cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	chars := 0
	for i := range text {
		if chars == n {
			return text[:i] + "…"
		}
		chars++
	}
	return text
}

// Shown is a window of the rows of a table.
type Shown struct {
	*rows.Window
	Known  int // rows read so far
	Asking map[task.Key]bool
}

// Show returns a window of the rows of a table.
func (b *Workbench) Show(id string, r *Reading, from, n int) (*Shown, error) {
	return with(b, id, r, func(s *shown) (*Shown, error) {
		ended := true
		if s.was != nil {
			var err error
			if _, ended, err = s.was.Known(); err != nil { // Compare says so
				s.views.release(s.was)
				s.was, ended = nil, true
			}
		}
		w, err := s.Rows(from, n, s.query(r))
		if err != nil {
			return nil, err
		}
		w.Complete = w.Complete && ended
		shown := &Shown{Window: w, Asking: b.Asking(id)}
		shown.Known, _, err = s.Known()
		return shown, err
	})
}

// maxValues is the number of values of a column in an answer.
const maxValues = 200

// Values returns the most frequent values of a column.
func (b *Workbench) Values(ctx context.Context, id string, r *Reading, column string) (*rows.Distinct, error) {
	return with(b, id, r, func(s *shown) (*rows.Distinct, error) { return s.Distinct(ctx, column, s.query(r), maxValues) })
}

// Counts counts the rows of a table, all of them, and returns the completion columns.
func (b *Workbench) Counts(id string, r *Reading) (c rows.Counts, answers []rows.AnswerColumn, err error) {
	c, err = with(b, id, r, func(s *shown) (rows.Counts, error) {
		answers = s.Answers()
		return s.Counts()
	})
	return c, answers, err
}

// Chosen are rows as the command line says them.
type Chosen struct {
	Count int      `json:"count"`
	Where []string `json:"where"`
	Rows  string   `json:"rows"`
}

// The most rows that can be chosen one by one, and how many are read at once.
const (
	maxChosen  = 10_000
	choosePage = 500
)

// maxSaid is the most characters of a list of lines. A request has room for it, and so has a job file.
const maxSaid = 500_000

// Choose says the rows that pass the query of a request, or those at positions among them (the first and the last of each stretch) if there are
// any: by conditions if these say the same, else by their lines.
func (b *Workbench) Choose(ctx context.Context, id string, r *Reading, positions [][2]int) (*Chosen, error) {
	return with(b, id, r, func(s *shown) (c *Chosen, err error) {
		c = &Chosen{Where: []string{}}
		if positions != nil {
			indexes, err := indexesAt(ctx, s.View, positions, s.query(r))
			if err == nil {
				c.Rows, c.Count, err = s.LinesOf(ctx, indexes)
			}
			return c, err
		}
		q := s.query(r)
		if c.Count, err = s.Count(ctx, q); err != nil {
			return c, err
		}
		if where, ok := conditions(&q, s.Columns()); ok { // the columns are known once the rows are counted
			asSaid := c.Count // that is how many rows the conditions choose: they do not look for the text in prompts and answers
			if q.Text != "" {
				q.Inputs = true
				asSaid, err = s.Count(ctx, q)
				q.Inputs = false
			}
			if err != nil || asSaid == c.Count {
				c.Where = where
				return c, err
			}
		}
		if c.Rows, c.Count, err = s.Lines(ctx, q); len(c.Rows) > maxSaid {
			return nil, &spec.UsageError{
				Msg:  messages.Sprintf("the numbers of these %d {row|rows} are too long a list (%d {character|characters})", c.Count, len(c.Rows)),
				Hint: messages.Sprintf("filter by a column of the table, which needs no list, or ask the rows in parts"),
			}
		}
		return c, err
	})
}

// indexesAt returns the indexes of the rows at positions among those that pass a query. It waits until these are known in their order.
func indexesAt(ctx context.Context, v *rows.View, positions [][2]int, q rows.Query) (indexes []int, err error) {
	indexes = []int{}
	if !q.IsZero() {
		if _, err := countOf(ctx, v, q); err != nil {
			return nil, err
		}
	}
	for _, p := range positions {
		for from := max(p[0], 0); from <= p[1]; {
			found := []int{from} // without a query, a position is an index
			if !q.IsZero() {
				w, err := v.Rows(from, min(choosePage-1, p[1]-from)+1, q)
				if err != nil {
					return nil, err
				}
				found = found[:0]
				for i := range w.Rows {
					found = append(found, w.Rows[i].Index)
				}
			}
			if len(found) == 0 {
				break
			}
			indexes = append(indexes, found...)
			if from += len(found); len(indexes) > maxChosen {
				return nil, &spec.UsageError{
					Msg:  messages.Sprintf("more than %d {row is|rows are} selected", maxChosen),
					Hint: messages.Sprintf("select fewer rows, or filter the table and ask what is shown"),
				}
			}
		}
	}
	return indexes, nil
}

// countOf counts the rows that pass a query.
func countOf(ctx context.Context, v *rows.View, q rows.Query) (int, error) {
	for {
		w, err := v.Rows(0, 0, q)
		if err != nil {
			return 0, err
		}
		if w.Complete {
			return w.Total, nil
		}
		select {
		case <-time.After(tick):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// conditions says a query by conditions on columns of the input. ok is false if they cannot say it.
func conditions(q *rows.Query, columns []string) (where []string, ok bool) {
	where = []string{}
	anywhere := func(name string) bool { return name == spec.AnyColumn }
	if c, cut := spec.CutCondition(spec.AnyColumn+"~"+q.Text, anywhere); q.Text != "" {
		if _, n := spec.FindIn(columns, nil, spec.AnyColumn); !cut || c.Value != q.Text || n > 0 {
			return nil, false
		}
		where = append(where, spec.AnyColumn+"~"+q.Text)
	}
	for _, f := range q.Filters {
		op := map[string]string{
			rows.Contains: "~", rows.Equals: "=", rows.NotEquals: "!=", rows.Greater: ">", rows.Less: "<", rows.Empty: "=", rows.Filled: "!=",
		}[f.Op]
		if f.Op == rows.OneOf && len(f.Values) > 0 {
			op = spec.OneOf
		}
		i, err := strconv.Atoi(strings.TrimPrefix(f.Column, "i"))
		if op == "" || err != nil || !strings.HasPrefix(f.Column, "i") || i < 0 || i >= len(columns) || len(f.Values) > 1 && op != spec.OneOf {
			return nil, false
		}
		value := ""
		if len(f.Values) > 0 {
			value = strings.TrimSpace(f.Values[0])
		}
		name := spec.ColumnName(columns[i])
		at, n := spec.FindIn(columns, nil, name)
		text := name + op + value
		var values []string
		if op == spec.OneOf {
			if values = f.Values; len(values) == 1 {
				op, text, values = "=", name+"="+value, nil
			} else {
				text, value = spec.SayOneOf(name, values), ""
			}
		}
		known := func(name string) bool { _, n := spec.FindIn(columns, nil, name); return n > 0 }
		c, cut := spec.CutCondition(text, known)
		if name == "" || n != 1 || at != i || !cut || c.Column != name || c.Op != op || c.Value != value || !slices.Equal(c.Values, values) {
			return nil, false
		}
		where = append(where, text)
	}
	return where, true
}

// RowOf returns a row of a table, nil if it does not exist, and the row that it is compared with, nil if there is none.
func (b *Workbench) RowOf(ctx context.Context, id string, r *Reading, index int) (row, was *board.Row, err error) {
	row, err = with(b, id, r, func(s *shown) (*board.Row, error) {
		row, err := board.RowOf(ctx, s.View, index)
		if err != nil || row == nil || s.was == nil {
			return row, err
		}
		if was, err = board.RowOf(ctx, s.was.View, index); was != nil && (was.Line != row.Line || was.Sheet != row.Sheet) {
			was = nil
		}
		return row, err
	})
	return row, was, err
}

// EditIn changes a completion by hand, or undoes the change. column is its name or "a0", "a1" …; key is the key of the cell as it was shown.
func (b *Workbench) EditIn(ctx context.Context, id string, r *Reading, index int, key string, change rows.Change) (column int, err error) {
	s, err := show(b, id, r)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	answers := s.Answers()
	column = slices.IndexFunc(answers, func(a rows.AnswerColumn) bool { return a.Name == change.Column })
	for i := range answers {
		if column < 0 && (change.Column == fmt.Sprintf("a%d", i) || change.Column == "") {
			column = i
		}
	}
	if column < 0 {
		return 0, &spec.UsageError{Msg: messages.Sprintf("%q is not a completion column", change.Column)}
	}
	change.Column = answers[column].Name
	if ids := strings.Split(s.version, joint); column < len(ids) {
		change.Asked = ids[column]
	}
	if change.Key, err = task.ParseKey(key); err != nil {
		return column, rows.ErrMoved
	}
	err = b.Plain(s.Edit(ctx, index, change))
	b.Edited(id)
	return column, err
}

// compareWait is how long a comparison waits for answers that arrive.
const compareWait = 5 * time.Second

// Compare compares the answers of a column in two versions.
func (b *Workbench) Compare(ctx context.Context, id, version, was, column string) (*rows.Comparison, error) {
	s, err := show(b, id, &Reading{Version: version, Was: was})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if s.was == nil || s.problem != nil {
		return nil, cmp.Or[error](s.problem, ErrNoVersion)
	}
	wait, cancel := context.WithTimeout(ctx, compareWait)
	defer cancel()
	for _, v := range []*rows.View{s.View, s.was.View} { // during a run, they may never be up to date
		if _, err := countOf(wait, v, rows.Query{}); err != nil && wait.Err() == nil {
			return nil, b.Plain(err)
		}
	}
	c, err := s.View.Compare(ctx, s.was.View, column, maxValues)
	if err != nil {
		return nil, b.Plain(err)
	}
	return c, ctx.Err()
}
