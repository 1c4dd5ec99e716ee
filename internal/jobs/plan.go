package jobs

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"gigabatch/internal/io/table"
)

// Plan is what a first pass over the input found, before anything is asked.
type Plan struct {
	Dialect     string         // of the input, in one line; see table.Source
	Rows        int            // selected rows
	Skipped     int            // rows without a prompt
	FromJournal int            // rows whose result the journal holds
	Waiting     int            // of them, failures that wait for --retry-failed
	Jobs        int            // distinct requests to be asked
	Duplicates  int            // rows that share a request with an earlier row that is to be asked
	Models      []string       // of the requests to be asked
	Column      string         // the column that was chosen as prompt, "" if none was
	Warnings    map[string]int // fields of the rows that the API lacks, with the number of rows
	Damaged     []Damage       // lines of the journal
	Long        int            // rows that have more cells than the header; what is beyond it is not asked
	LongSheet   string         // of the first of them, where several sheets are read
	LongLine    int            // of the first of them
	Faults      int            // rows with a damaged text
	Faulty      []*table.Error // the first of them
	Workbook    bool           // the input is one
	Sheets      []SheetPlan    // in order, where several are read

	total int // rows of the input, selected or not
	width int // cells of the longest of them
}

// SheetPlan is what the first pass found on one of several sheets.
type SheetPlan struct {
	Name    string
	Rows    int // selected rows
	Skipped int // rows without a prompt
}

// mostFaulty is how many faults a plan keeps.
const mostFaulty = 3

// standing is what is known of a row before it is asked.
type standing int

const (
	toAsk standing = iota
	duplicate
	answered
	waiting // failed, and asked again only on demand
	blank
)

// plan makes the first pass: it renders every row, so that bad input is found before anything is sent, and
// begins the row index.
func (r *Run) plan(ctx context.Context, src table.Source, a *asker) (*Plan, error) {
	plan := &Plan{Column: a.column}
	if err := r.beginRows(src); err != nil {
		return nil, err
	}
	sel, err := r.Settings.selector(src)
	if err != nil {
		return nil, err
	}
	f := &firstPass{pass: r.pass(a.keyer()), sel: sel, plan: plan, index: r.rows, models: map[string]bool{}}
	for row, err := range src.Rows() {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = f.row(row)
		}
		if err != nil {
			return nil, err
		}
	}
	plan.Models = slices.Sorted(maps.Keys(f.models))
	plan.Warnings, plan.Dialect = a.warnings, src.Dialect()
	if r.journal != nil {
		plan.Damaged = r.journal.Damaged()
	}
	plan.Workbook = src.Format() == table.XLSX
	if err := plan.check(src, &r.Settings); err != nil {
		return nil, err
	}
	return plan, plan.checkHeader(src, a)
}

// measure notes a row whose text is damaged, or that has more cells than the header: a text without quotes that was cut, perhaps.
func (p *Plan) measure(row table.Row) {
	if row.Fault != nil {
		if p.Faults++; p.Faults <= mostFaulty {
			p.Faulty = append(p.Faulty, row.Fault)
		}
	}
	if row.Extra() == 0 {
		return
	}
	if p.Long++; p.Long == 1 {
		p.LongSheet, p.LongLine = row.Sheet, row.Line
	}
}

func (p *Plan) count(row table.Row, s standing) {
	p.Rows++
	if row.Sheet != "" {
		p.countSheet(row.Sheet, s)
	}
	switch s {
	case toAsk:
		p.Jobs++
	case duplicate:
		p.Duplicates++
	case answered:
		p.FromJournal++
	case waiting:
		p.FromJournal++
		p.Waiting++
	case blank:
		p.Skipped++
	}
}

func (p *Plan) countSheet(name string, s standing) {
	n := len(p.Sheets)
	if n == 0 || p.Sheets[n-1].Name != name {
		p.Sheets = append(p.Sheets, SheetPlan{Name: name})
		n++
	}
	sheet := &p.Sheets[n-1]
	sheet.Rows++
	if s == blank {
		sheet.Skipped++
	}
}

// check refuses an input in which there is nothing to ask.
func (p *Plan) check(src table.Source, s *Settings) error {
	switch {
	case p.Rows == 0 && p.total > 0:
		return noneSelected(src, s)
	case p.Rows == 0:
		return &table.Error{Name: src.Name(), Msg: "there are no rows", Hint: "the first line is the header and the rows follow it; where there is no header, say --no-header"}
	case p.Skipped == p.Rows:
		return &table.Error{Name: src.Name(), Msg: fmt.Sprintf("the prompt of all %d rows is empty", p.Rows), Hint: "choose the column with --prompt '{{column}}'"}
	}
	return nil
}

// checkHeader refuses to ask the only column that has a name, which nobody has chosen, where most rows have cells beyond it: what was
// taken for the header is a title, perhaps.
func (p *Plan) checkHeader(src table.Source, a *asker) error {
	if a.column == "" || len(a.inputs()) != 1 || p.Long*2 <= p.Rows {
		return nil
	}
	return &UsageError{
		Msg:  fmt.Sprintf("%s: the header names one column, %q, but %d of %d rows have cells beyond it", src.Name(), a.column, p.Long, p.Rows),
		Hint: "--header-row N names the row of the header, or choose the column with --prompt '{{…}}'",
	}
}
