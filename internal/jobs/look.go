package jobs

import (
	"cmp"
	"context"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
)

// Look is what a table begins with.
type Look struct {
	Format  table.Format
	Dialect string   // in one line; see table.Source
	Sheets  []string // visible ones of a workbook
	Sheet   string   // that is read, "" where there is none or more than one
	Columns []string
	Rows    []LookRow
	More    bool   // there are rows beyond
	Prompt  string // the column that a run would ask if nobody chose one, "" if none
}

// LookRow is one of the first rows.
type LookRow struct {
	Line   int
	Sheet  string
	Values []string // parallel to Look.Columns; of very long ones the beginning
}

// Look reads the first n rows of the input.
func (r *Run) Look(ctx context.Context, n int) (*Look, error) {
	src, done, err := r.glance()
	if err != nil {
		return nil, err
	}
	defer done()
	l := &Look{Format: src.Format(), Dialect: src.Dialect(), Sheet: src.Sheet(), Columns: src.Columns(), Rows: []LookRow{}}
	if book, ok := src.(interface{ Sheets() []string }); ok {
		l.Sheets = book.Sheets()
	}
	l.Prompt = r.likelyPrompt(src)
	for row, err := range src.Rows() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if l.More = len(l.Rows) == n; l.More {
			break
		}
		l.add(row)
	}
	return l, nil
}

func (l *Look) add(row table.Row) {
	values := make([]string, len(row.Values))
	for i, v := range row.Values {
		values[i] = strings.Clone(shown(v))
	}
	l.Rows = append(l.Rows, LookRow{Line: row.Line, Sheet: row.Sheet, Values: values})
}

// glance opens the input and what there is of a journal, for reading only.
func (r *Run) glance() (src table.Source, done func(), err error) {
	r.Journal, r.dry = cmp.Or(r.Journal, spec.JournalPath(r.Input)), true
	if err := r.openExistingInput(); err != nil {
		r.close()
		return nil, nil, err
	}
	if src, err = r.open(); err != nil {
		r.close()
		return nil, nil, err
	}
	return src, r.close, nil
}

// likelyPrompt is the column that a run would ask if nobody chose one.
func (r *Run) likelyPrompt(src table.Source) string {
	s := spec.Settings{Column: spec.Column{CompletionColumn: spec.DefaultCompletionColumn}}
	if _, err := r.adopt(src); err != nil {
		return ""
	}
	k, err := prompt.New(&s, src, r.owned(src), &r.files)
	if err != nil {
		return ""
	}
	return k.Chosen()
}

// LookPrompt is what a row comes to.
type LookPrompt struct {
	Line    int
	Text    string
	Skipped bool // there is nothing to ask
}

// Prompts are the prompts of the first n rows by the settings; those that come before what is wrong are returned beside the error.
func (r *Run) Prompts(ctx context.Context, n int) ([]LookPrompt, error) {
	src, done, err := r.glance()
	if err != nil {
		return nil, err
	}
	defer done()
	if err := r.Settings.Check(); err != nil {
		return nil, err
	}
	if _, err := r.adopt(src); err != nil {
		return nil, err
	}
	k, err := r.askers(src)
	if err != nil {
		return nil, err
	}
	var all []LookPrompt
	for row, err := range src.Rows() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || len(all) == n {
			return all, err
		}
		q, err := k.List[0].Render(row)
		if err != nil {
			return all, err
		}
		p := LookPrompt{Line: row.Line, Skipped: q.Skip}
		if !q.Skip {
			p.Text = shown(q.Chat.Messages[len(q.Chat.Messages)-1].Content)
		}
		all = append(all, p)
	}
	return all, nil
}

// Named tells which columns a template names, and which of these the input lacks.
func (l *Look) Named(template string) (named, unknown []string, err error) {
	t, err := spec.ParseTemplate(template)
	if err != nil {
		return nil, nil, err
	}
	have := map[string]bool{}
	for _, c := range l.Columns {
		have[spec.ColumnName(c)] = true
	}
	for _, c := range t.Columns() {
		named = append(named, c)
		if !have[c] {
			unknown = append(unknown, c)
		}
	}
	return named, unknown, nil
}

// Empty are the columns that have nothing in any of the rows that were read.
func (l *Look) Empty() []string {
	var all []string
	for i, name := range l.Columns {
		if name = spec.ColumnName(name); name != "" && l.isEmpty(i) {
			all = append(all, name)
		}
	}
	return all
}

func (l *Look) isEmpty(column int) bool {
	for _, row := range l.Rows {
		if column < len(row.Values) && strings.TrimSpace(row.Values[column]) != "" {
			return false
		}
	}
	return len(l.Rows) > 0
}
