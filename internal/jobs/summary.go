package jobs

import (
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Summary is what a run came to.
type Summary struct {
	Rows        int                `json:"rows"`
	Completed   int                `json:"completed"`
	Failed      map[task.Cause]int `json:"failed"`
	Blocked     int                `json:"blocked"`
	Skipped     int                `json:"skipped"`
	Pending     int                `json:"pending"`
	Truncated   int                `json:"truncated"`        // completed, but ended at the limit of tokens
	FromJournal int                `json:"from_journal"`     // rows whose result an earlier run had brought
	Duplicates  int                `json:"duplicates"`       // rows that shared the request of another row of this run
	Waiting     int                `json:"waiting"`          // failures that are asked again only with --retry-failed
	Invalid     int                `json:"invalid"`          // rows whose answer does not fit: asked again only with more repairs
	Edited      int                `json:"edited,omitempty"` // answers that were edited by hand

	Columns []ColumnSummary `json:"columns,omitempty"` // where there are several completion columns
	Values  []ValueCounts   `json:"values,omitempty"`  // of choices, enums and booleans

	PromptTokens     int64         `json:"prompt_tokens"` // of this run
	CompletionTokens int64         `json:"completion_tokens"`
	CachedTokens     int64         `json:"cached_tokens"`
	Requests         int64         `json:"requests"`
	Refused          int64         `json:"refused"` // 429s
	Retries          int64         `json:"retries"`
	PaidTwice        int           `json:"may_have_been_paid_twice"` // over all runs of this journal
	Elapsed          time.Duration `json:"-"`
	ElapsedMS        int64         `json:"elapsed_ms"`

	Output       string `json:"output,omitempty"`  // "" when none was written
	Cut          int    `json:"cut,omitempty"`     // cells that the output's format cannot hold whole
	Long         string `json:"long,omitempty"`    // the file that holds them whole
	Guarded      int    `json:"guarded,omitempty"` // cells written with an apostrophe, because a spreadsheet would run them
	Kept         int    `json:"kept,omitempty"`    // cells of the completion column that hold a text of the user's
	KeptLine     int    `json:"-"`                 // of the first of them
	KeptColumn   string `json:"-"`                 // of the first of them
	KeptSheet    string `json:"-"`                 // of the first of them, where several sheets are read
	Damaged      int    `json:"damaged,omitempty"`
	OutDir       string `json:"out_dir,omitempty"`       // the folder of one file for each row
	FilesWritten int    `json:"files_written,omitempty"` // of them, those that are new or changed
	FilesTaken   int    `json:"files_taken,omitempty"`   // of them, those that somebody else has changed during the run, and that were left
	FilesLeft    int    `json:"files_left,omitempty"`    // files that could not be deleted at the service
	Journal      string `json:"journal"`
	Interrupted  bool   `json:"interrupted"`
	Note         string `json:"note,omitempty"` // what the user should know of the output
	Aside        bool   `json:"-"`              // the output is not where it was asked, and Note says why
}

// FailedRows returns how many rows failed.
func (s *Summary) FailedRows() int {
	n := 0
	for _, m := range s.Failed {
		n += m
	}
	return n
}

// Passing returns how many rows failed for a cause that passes by itself.
func (s *Summary) Passing() int {
	n := 0
	for cause, rows := range s.Failed {
		if cause.Passing() {
			n += rows
		}
	}
	return n
}

// keep counts a row whose cell of the completion column stays as it is.
func (s *Summary) keep(row table.Row, column string) {
	if s.Kept++; s.Kept == 1 {
		s.KeptLine, s.KeptSheet, s.KeptColumn = row.Line, row.Sheet, column
	}
}

// ColumnSummary is what one of several completion columns came to.
type ColumnSummary struct {
	Name      string `json:"name"`
	Completed int    `json:"completed"`
	Failed    int    `json:"failed"`
	Blocked   int    `json:"blocked"`
	Skipped   int    `json:"skipped"`
	Pending   int    `json:"pending"`
}

// columnSummaries begins the counts of several completion columns.
func columnSummaries(s *spec.Settings) []ColumnSummary {
	if !s.Several() {
		return nil
	}
	var all []ColumnSummary
	for _, a := range s.All() {
		all = append(all, ColumnSummary{Name: a.CompletionColumn})
	}
	return all
}

// addRow counts a row of the output: by the cell that has come least far. Results before began are of earlier runs.
func (s *Summary) addRow(cells []cell, began int64) {
	s.Rows++
	worst, old := -1, true
	for i := range cells {
		if cells[i].standing == blank {
			continue
		}
		if cells[i].edited != nil {
			s.Edited++
		}
		old = old && cells[i].result != nil && cells[i].off < began
		if worst < 0 || rank(cells[i].result) < rank(cells[worst].result) {
			worst = i
		}
	}
	switch {
	case worst < 0:
		s.Skipped++
	default:
		s.add(cells[worst].result)
		if old {
			s.FromJournal++
		}
	}
	s.addColumns(cells)
}

// rank orders results by how far they have come.
func rank(r *task.Result) int {
	switch {
	case r == nil:
		return 0
	case r.State == task.Failed && r.Cause != task.CauseNeeds:
		return 1
	case r.State == task.Blocked:
		return 2
	case r.State == task.Failed: // because of another cell
		return 3
	}
	return 4
}

// add counts the result of a row.
func (s *Summary) add(r *task.Result) {
	switch {
	case r == nil:
		s.Pending++
	case r.State == task.Completed:
		s.Completed++
		if r.Truncated() {
			s.Truncated++
		}
	case r.State == task.Blocked:
		s.Blocked++
	default:
		s.fail(r.Cause)
	}
}

func (s *Summary) fail(c task.Cause) {
	s.Failed[c]++
	switch {
	case c == task.CauseInvalid:
		s.Invalid++
	case c.Retried() && !c.Passing():
		s.Waiting++
	}
}

func (s *Summary) addColumns(cells []cell) {
	for i := range s.Columns {
		c := &s.Columns[i]
		switch r := cells[i].result; {
		case cells[i].standing == blank:
			c.Skipped++
		case r == nil:
			c.Pending++
		case r.State == task.Completed:
			c.Completed++
		case r.State == task.Blocked:
			c.Blocked++
		default:
			c.Failed++
		}
	}
}

// count takes in what the pool counted.
func (s *Summary) count(c *pool.Counters) {
	s.Requests, s.Refused, s.Retries = c.Requests.Load(), c.Refused.Load(), c.Retries.Load()
	s.PromptTokens, s.CompletionTokens, s.CachedTokens = c.PromptTokens.Load(), c.CompletionTokens.Load(), c.CachedTokens.Load()
}
