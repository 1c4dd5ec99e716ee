package diff

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"iter"
	"slices"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journals"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Side is one of the two that are compared. The caller must close it.
type Side struct {
	Name      string   `json:"name"`
	Rows      int      `json:"rows"`
	columns   []string // of the input or the table
	ours      []string // names of columns that a run writes
	answers   []answer // nil if it is not known which columns are answers
	table     bool     // any of its columns may have answers
	documents bool
	read      func(ctx context.Context, of *reading) iter.Seq2[*Row, error]
	close     func()
}

// answer is a column with answers.
type answer struct {
	name  string
	of    string // the completion column
	few   bool   // it has few values, such as choices
	index [2]int // the completion column and the property, for a run
}

// reading says what is read of each row.
type reading struct {
	identity []string // columns whose cells identify the row
	answers  []string
}

// Row is a row of one side.
type Row struct {
	Line  int      `json:"line"`            // in the file, or the row of the sheet
	Place string   `json:"place,omitempty"` // the sheet or the document, if the line does not suffice
	Input []string `json:"input"`           // the cells that identify it
	Cells []Cell   `json:"cells"`           // the answers
}

// Cell is an answer.
type Cell struct {
	State task.State `json:"state"`
	Text  string     `json:"text"` // of a completed one
}

// identity returns what rows with the same input have in common.
func (r *Row) identity() [16]byte {
	h := sha256.New()
	for _, cell := range r.Input {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(cell)))
		h.Write(n[:])
		h.Write([]byte(cell))
	}
	return [16]byte(h.Sum(nil)[:16])
}

// Close closes what the side has open.
func (s *Side) Close() { s.close() }

// answersOf returns the columns with answers of a run.
func answersOf(s *spec.Settings) (all []answer) {
	own := *s
	own.OutputColumns = []string{"values"} // a column for each property of a schema or, without one, the completion
	counted := s.CountedColumns()
	for _, o := range own.Outputs() {
		all = append(all, answer{
			name: o.Name, of: s.All()[o.Column].CompletionColumn, index: [2]int{o.Column, o.Value},
			few: slices.ContainsFunc(counted, func(c spec.OutputColumn) bool { return c.Column == o.Column && c.Value == o.Value }),
		})
	}
	return all
}

// documentPath is the column that identifies a document: its content may be another one in the other run.
const documentPath = "path"

// OpenRun opens a run of a journal; see jobs.Past. Edits by hand count only for the newest run.
func OpenRun(name, journal string, number int, input string) (*Side, error) {
	run, err := jobs.Past(journal, number, input)
	if err != nil {
		return nil, err
	}
	settings := run.Settings()
	s := &Side{Name: name, ours: settings.OutputNames(), answers: answersOf(settings), close: run.Close}
	traverse := func(ctx context.Context) (iter.Seq2[resolve.Row, error], error) {
		return run.Traverse(ctx, func(o *resolve.Options) {
			o.Read, o.Others = resolve.ReadAll, true
			if number > 0 {
				o.Edits, o.Undone = nil, false
			}
			s.columns = slices.Clone(o.Source.Columns())
		})
	}
	if _, err := traverse(context.Background()); err != nil { // for the columns
		run.Close()
		return nil, err
	}
	if settings.Documents != nil {
		s.columns, s.documents = []string{documentPath}, true
	}
	s.read = func(ctx context.Context, of *reading) iter.Seq2[*Row, error] {
		return func(yield func(*Row, error) bool) {
			rows, err := traverse(ctx)
			if err != nil {
				yield(nil, err)
				return
			}
			var cells [][2]int
			for _, name := range of.answers {
				cells = append(cells, s.answers[slices.IndexFunc(s.answers, func(a answer) bool { return a.name == name })].index)
			}
			for row, err := range rows {
				if err != nil {
					yield(nil, err)
					return
				}
				out := newRow(&row.Row, of)
				for _, c := range cells {
					out.Cells = append(out.Cells, cellOf(&row, c))
				}
				if !yield(out, nil) {
					return
				}
			}
		}
	}
	return s, nil
}

// cellOf returns the answer of a row in a completion column or a property of it.
func cellOf(row *resolve.Row, index [2]int) Cell {
	if row.Cells == nil {
		return Cell{State: task.Skipped}
	}
	c := &row.Cells[index[0]]
	out := Cell{State: c.Outcome(0).State}
	if out.State == task.Completed {
		out.Text = answerText(c.Text(index[1]))
	}
	return out
}

// OpenTable opens a table that a run wrote. If no journal beside it says so, its columns with answers are those of the other side, or must
// be named.
func OpenTable(name string) (*Side, error) {
	settings := journals.WroteTable(name)
	var o table.Options
	s := &Side{Name: name, table: true}
	if settings != nil {
		s.answers, s.ours, s.documents = answersOf(settings), settings.OutputNames(), settings.Documents != nil
		o.Own = s.ours
		if settings.Documents == nil && settings.CSVDialect == "" && table.Extension(settings.Output) == table.Extension(name) {
			hints := o.Hints
			o, o.Hints = settings.Options, hints
			o.Format = ""
		}
	}
	src, err := open.Open(name, o)
	if err != nil {
		return nil, err
	}
	s.columns, s.close = slices.Clone(src.Columns()), func() { src.Close() }
	if s.answers == nil && src.Has(spec.DefaultCompletionColumn) {
		s.answers, s.ours = []answer{{name: spec.DefaultCompletionColumn, of: spec.DefaultCompletionColumn}}, spec.KnownOutputColumns
	}
	s.read = func(ctx context.Context, of *reading) iter.Seq2[*Row, error] {
		return func(yield func(*Row, error) bool) {
			several := s.answers == nil && len(of.answers) > 1 || s.several()
			for row, err := range src.Rows() {
				if err == nil {
					err = ctx.Err()
				}
				if err != nil {
					yield(nil, err)
					return
				}
				out := newRow(&row, of)
				for _, name := range of.answers {
					out.Cells = append(out.Cells, s.cellIn(&row, name, several))
				}
				if !yield(out, nil) {
					return
				}
			}
		}
	}
	return s, nil
}

// newRow returns a row without answers.
func newRow(row *table.Row, of *reading) *Row {
	out := &Row{Line: row.Line, Place: row.Sheet}
	if row.Path != "" {
		out.Place = row.Path
	}
	for _, name := range of.identity {
		text, _ := row.Value(name)
		out.Input = append(out.Input, plain(text))
	}
	return out
}

// plain returns a copy of a text that JSON keeps as it is.
func plain(text string) string { return strings.ToValidUTF8(strings.Clone(text), "\uFFFD") }

// answerText returns a copy of an answer in which a boolean is as in JSON, although a workbook shows it in capitals.
func answerText(text string) string {
	if text == "TRUE" || text == "FALSE" {
		return strings.ToLower(text)
	}
	return plain(text)
}

// cellIn returns the answer in a cell of a table. Without one, the column "error" of the row says why, with several columns for each.
func (s *Side) cellIn(row *table.Row, name string, several bool) Cell {
	text, _ := row.Value(name)
	if text != "" {
		return Cell{task.Completed, answerText(text)}
	}
	of := name
	if i := slices.IndexFunc(s.answers, func(a answer) bool { return a.name == name }); i >= 0 {
		of = s.answers[i].of
	}
	why, own := row.Value(of + ".error")
	if !own {
		why, _ = row.Value("error")
	}
	if _, after, found := strings.Cut("; "+why, "; "+of+": "); found {
		why = after
	} else if several {
		last := why[strings.LastIndex("; "+why, "; "):]
		if !says(task.Pending, last, false) {
			return Cell{State: task.Skipped} // what is wrong is in another column
		}
		why = last
	}
	switch {
	case why == "":
		return Cell{State: task.Skipped}
	case says(task.Pending, why, false):
		return Cell{State: task.Pending}
	case says(task.Blocked, why, true):
		return Cell{State: task.Blocked}
	}
	return Cell{State: task.Failed}
}

// says reports whether a text names a state in any language, or begins with its name.
func says(state task.State, text string, begins bool) bool {
	return slices.ContainsFunc(messages.Languages, func(l messages.Language) bool {
		name := messages.Printer{Language: l}.Text(state.Text())
		return text == name || begins && strings.HasPrefix(text, name)
	})
}

// several reports whether the answers are those of several completion columns.
func (s *Side) several() bool {
	return slices.ContainsFunc(s.answers, func(a answer) bool { return a.of != s.answers[0].of })
}
