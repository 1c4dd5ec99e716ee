package jobs

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
)

// Plan is what a first pass over the input found, before anything is asked.
type Plan struct {
	Dialect     string           // of the input, in one line; see table.Source
	Rows        int              // selected rows
	Asks        int              // completion columns
	Skipped     int              // rows without a prompt
	FromJournal int              // rows whose result the journal holds
	Waiting     int              // of them, failures that wait for --retry-failed
	Jobs        int              // distinct requests to be asked
	Duplicates  int              // cells that share a request with an earlier one that is to be asked
	Later       int              // cells that wait for the answer of another column
	TooLong     int              // cells whose prompt is probably longer than the model takes
	TooLongs    []TooLong        // the first of them
	Parts       int              // cells that are asked in parts
	Files       int              // different files that go with the requests to be asked
	FileBytes   int64            // of them
	Tokens      int              // of the requests to be asked, estimated
	Typical     journal.Typical  // of the answers that the journal holds
	Models      []string         // of the requests to be asked
	Column      string           // the column that was chosen as prompt, "" if none was
	Warnings    map[string]int   // fields of the rows that the API lacks, with the number of rows
	Damaged     []journal.Damage // lines of the journal
	Long        int              // rows that have more cells than the header; what is beyond it is not asked
	LongSheet   string           // of the first of them, where several sheets are read
	LongLine    int              // of the first of them
	Faults      int              // rows with a damaged text
	Faulty      []*table.Error   // the first of them
	Workbook    bool             // the input is one
	Sheets      []SheetPlan      // in order, where several are read

	total int // rows of the input, selected or not
	width int // cells of the longest of them
}

// SheetPlan is what the first pass found on one of several sheets.
type SheetPlan struct {
	Name    string
	Rows    int // selected rows
	Skipped int // rows without a prompt
}

// TooLong is a prompt that is probably longer than the model takes.
type TooLong struct {
	Where  *table.Error // names the row; its Msg says it
	Tokens int          // estimated
}

// mostFaulty is how many faults a plan keeps.
const mostFaulty = 3

// plan makes the first pass: it renders every row, so that bad input is found before anything
// is sent.
func (r *Run) plan(ctx context.Context, src table.Source, k *prompt.Columns) (*Plan, error) {
	plan := &Plan{Column: k.Chosen(), Asks: len(k.List)}
	r.rows = nil
	if !r.dry && !r.Settings.Selects() && !k.Deep() && len(k.List) == 1 {
		r.rows = &rowKeys{}
	}
	sel, err := r.Settings.Selector(src)
	if err != nil {
		return nil, err
	}
	out, err := r.outDir(src)
	if err != nil {
		return nil, err
	}
	f := &firstPass{run: r, out: out, pass: r.pass(k), sel: sel, plan: plan, models: map[string]bool{}, files: map[[32]byte]bool{}}
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
	r.picks = spec.Pick(f.asked, r.preview)
	plan.Models = slices.Sorted(maps.Keys(f.models))
	plan.Warnings, plan.Dialect = k.Warnings(), src.Dialect()
	if r.journal != nil {
		plan.Damaged = r.journal.Damaged()
		if plan.Typical, err = r.journal.Typical(r.Sandbox); err != nil {
			return nil, err
		}
	}
	plan.Workbook = src.Format() == table.XLSX
	if err := plan.check(src, &r.Settings); err != nil {
		return nil, err
	}
	return plan, plan.checkHeader(src, k.List[0])
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

// count counts a row by its cells.
func (p *Plan) count(row table.Row, cells []cell) {
	p.Rows++
	s := rowStanding(cells)
	if row.Sheet != "" {
		p.countSheet(row.Sheet, s)
	}
	for i := range cells {
		p.countCell(&cells[i])
	}
	switch s {
	case answered:
		p.FromJournal++
	case waiting:
		p.FromJournal++
		p.Waiting++
	case blank:
		p.Skipped++
	}
}

// rowStanding is the standing of the cell for which most is left to do.
func rowStanding(cells []cell) standing {
	s := blank
	for i := range cells {
		s = min(s, cells[i].standing)
	}
	return s
}

func (p *Plan) countCell(c *cell) {
	p.Jobs += len(c.jobs)
	switch c.standing {
	case duplicate:
		p.Duplicates++
	case later:
		p.Later++
	}
}

// measureLong notes a prompt that is probably too long.
func (p *Plan) measureLong(src table.Source, row table.Row, c *cell, context int) {
	if c.long == 0 || !c.open() {
		return
	}
	if c.split {
		p.Parts++
		return
	}
	if p.TooLong++; p.TooLong <= mostFaulty {
		msg := fmt.Sprintf("the prompt has about %d tokens, and the model takes %d, its answer included", c.long, context)
		p.TooLongs = append(p.TooLongs, TooLong{Where: table.RowError(src, row, msg, ""), Tokens: c.long})
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
func (p *Plan) check(src table.Source, s *spec.Settings) error {
	switch {
	case p.Rows == 0 && p.total > 0:
		return spec.NoneSelected(src, s)
	case p.Rows == 0:
		return &table.Error{Name: src.Name(), Msg: "there are no rows", Hint: "the first line is the header and the rows follow it; where there is no header, say --no-header"}
	case p.Skipped == p.Rows:
		return &table.Error{Name: src.Name(), Msg: fmt.Sprintf("the prompt of all %d rows is empty", p.Rows), Hint: "choose the column with --prompt '{{column}}'"}
	}
	return nil
}

// checkHeader refuses to ask the only column that has a name, which nobody has chosen, where most rows have cells beyond it: what was
// taken for the header is a title, perhaps.
func (p *Plan) checkHeader(src table.Source, a *prompt.Renderer) error {
	if a.Chosen == "" || len(a.Inputs()) != 1 || p.Long*2 <= p.Rows {
		return nil
	}
	return &spec.UsageError{
		Msg:  fmt.Sprintf("%s: the header names one column, %q, but %d of %d rows have cells beyond it", src.Name(), a.Chosen, p.Long, p.Rows),
		Hint: "--header-row N names the row of the header, or choose the column with --prompt '{{…}}'",
	}
}
