package jobs

import (
	"context"
	"slices"
	"strings"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Look is the beginning of a table.
type Look struct {
	Format  table.Format
	Dialect messages.Text // in one line; see table.Source
	Found   []table.Found // see table.Source
	Sheets  []string      // the visible sheets of a workbook
	Sheet   string        // the sheet that is read, "" if none or several are
	Columns []string
	Paths   []string // see table.Source
	Rows    []LookRow
	More    bool   // the table has further rows
	Prompt  string // the column that a run takes as the prompt by default, "" if none
}

// LookRow is one of the first rows.
type LookRow struct {
	Line   int
	Sheet  string
	Values []string // parallel to Look.Columns; long ones are cut
}

// LookAt reads the first n rows of the input of a job. It changes nothing on disk.
func LookAt(ctx context.Context, j *Job, n int) (*Look, error) {
	r, err := j.open(true)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	src, err := r.open(false)
	if err != nil {
		return nil, err
	}
	l := &Look{
		Format: src.Format(), Dialect: src.Dialect(), Sheet: src.Sheet(), Columns: slices.Clone(src.Columns()), Paths: src.Paths(), Rows: []LookRow{},
		Found: src.Found(),
	}
	if book, ok := src.(interface{ Sheets() []string }); ok {
		l.Sheets = book.Sheets()
	}
	s := spec.Settings{Column: spec.Column{CompletionColumn: spec.DefaultCompletionColumn}}
	if _, err := r.out.Adopt(src); err == nil {
		if columns, err := prompt.New(&s, src, r.out.Owned(src), &r.files); err == nil {
			l.Prompt = columns.Chosen()
		}
	}
	twice := src.Duplicates()
	for i, path := range l.Paths { // a name that occurs more than once is said with its group
		if twice[l.Columns[i]] {
			l.Columns[i] = path
		}
	}
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
		values[i] = strings.Clone(task.Beginning(v))
	}
	l.Rows = append(l.Rows, LookRow{Line: row.Line, Sheet: row.Sheet, Values: values})
}

// IsEmpty reports whether a column is empty in all rows of the look.
func (l *Look) IsEmpty(column int) bool {
	return len(l.Rows) > 0 && !slices.ContainsFunc(l.Rows, func(row LookRow) bool { return row.cell(column) != "" })
}

// Matches reports whether all cells of a column in the look that are not empty match, and there are some.
func (l *Look) Matches(column int, match func(string) bool) bool {
	return !l.IsEmpty(column) && len(l.Rows) > 0 &&
		!slices.ContainsFunc(l.Rows, func(row LookRow) bool { cell := row.cell(column); return cell != "" && !match(cell) })
}

// cell returns a cell without white space around it.
func (r *LookRow) cell(column int) string {
	if column >= len(r.Values) {
		return ""
	}
	return strings.TrimSpace(r.Values[column])
}

// IsDocument reports whether a file has the extension of a document: of a text, or of a file that the service takes. A table is none.
func IsDocument(name string) bool {
	if _, isTable := table.FormatOf(name); isTable {
		return false
	}
	_, takes := gigachat.FileTypeOf(name)
	return takes || slices.Contains(table.TextExtensions, table.Extension(name))
}
