package jobs

import (
	"time"

	"gigabatch/internal/io/table"
)

// Summary is what a run came to.
type Summary struct {
	Rows        int           `json:"rows"`
	Completed   int           `json:"completed"`
	Failed      map[Cause]int `json:"failed"`
	Blocked     int           `json:"blocked"`
	Skipped     int           `json:"skipped"`
	Pending     int           `json:"pending"`
	Truncated   int           `json:"truncated"`    // completed, but ended at the limit of tokens
	FromJournal int           `json:"from_journal"` // rows whose result an earlier run had brought
	Duplicates  int           `json:"duplicates"`   // rows that shared the request of another row of this run
	Waiting     int           `json:"waiting"`      // failures that are asked again only with --retry-failed

	PromptTokens     int64         `json:"prompt_tokens"` // of this run
	CompletionTokens int64         `json:"completion_tokens"`
	CachedTokens     int64         `json:"cached_tokens"`
	Requests         int64         `json:"requests"`
	Refused          int64         `json:"refused"` // 429s
	Retries          int64         `json:"retries"`
	PaidTwice        int           `json:"may_have_been_paid_twice"` // over all runs of this journal
	Elapsed          time.Duration `json:"-"`
	ElapsedMS        int64         `json:"elapsed_ms"`

	Output      string `json:"output,omitempty"`  // "" when none was written
	Cut         int    `json:"cut,omitempty"`     // cells that the output's format cannot hold whole
	Long        string `json:"long,omitempty"`    // the file that holds them whole
	Guarded     int    `json:"guarded,omitempty"` // cells written with an apostrophe, because a spreadsheet would run them
	Kept        int    `json:"kept,omitempty"`    // cells of the completion column that hold a text of the user's
	KeptLine    int    `json:"-"`                 // of the first of them
	KeptSheet   string `json:"-"`                 // of the first of them, where several sheets are read
	Damaged     int    `json:"damaged,omitempty"`
	Journal     string `json:"journal"`
	Interrupted bool   `json:"interrupted"`
	Note        string `json:"note,omitempty"` // what the user should know of the output
	Aside       bool   `json:"-"`              // the output is not where it was asked, and Note says why
}

// FailedRows returns how many rows failed.
func (s *Summary) FailedRows() int {
	n := 0
	for _, m := range s.Failed {
		n += m
	}
	return n
}

// keep counts a row whose cell of the completion column stays as it is.
func (s *Summary) keep(row table.Row) {
	if s.Kept++; s.Kept == 1 {
		s.KeptLine, s.KeptSheet = row.Line, row.Sheet
	}
}

// add counts a row of the output.
func (s *Summary) add(r *Result) {
	s.Rows++
	switch {
	case r == nil:
		s.Pending++
	case r.State == Completed:
		s.Completed++
		if r.Truncated() {
			s.Truncated++
		}
	case r.State == Blocked:
		s.Blocked++
	default:
		s.Failed[r.Cause]++
		if !r.Cause.Passing() {
			s.Waiting++
		}
	}
}
