package report

import (
	"context"
	"time"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
)

// Report is an account of all runs of a journal that had the input. The rows are those of the input today, with the settings of the last run.
type Report struct {
	Input string    `json:"input"`
	Made  time.Time `json:"made"`
	*jobs.Status
	Spend   Spending    `json:"spend"`
	Saved   Savings     `json:"saved"`
	Traffic Traffic     `json:"traffic"`
	Runs    []Run       `json:"runs"`
	Prices  []cost.Line `json:"prices"` // of the models that answered
}

// Spend is what answers cost.
type Spend struct {
	Answers          int64       `json:"answers"`
	PromptTokens     int64       `json:"prompt_tokens"`
	CompletionTokens int64       `json:"completion_tokens"`
	CachedTokens     int64       `json:"cached_tokens"`
	Rubles           cost.Amount `json:"rubles"`                          // an estimate, of the answers whose price is known
	Unpriced         int64       `json:"answers_without_price,omitempty"` // that cost tokens
}

// Tokens returns the tokens of prompts and completions.
func (s *Spend) Tokens() int64 { return s.PromptTokens + s.CompletionTokens }

// Spending is what all runs cost. Its parts overlap: each divides the total in another way.
type Spending struct {
	Total   Spend   `json:"total"`
	Models  []Named `json:"models"`
	Columns []Named `json:"columns"`
	Other   Spend   `json:"other"` // of the total, what belongs to no column
	Wasted  Wasted  `json:"wasted"`
}

// Named is what a model or a completion column cost.
type Named struct {
	Name string `json:"name"`
	Spend
}

// Wasted is what was paid for although no row has it. Replaced is not lost: these are the answers of other versions of the prompt, and of rows
// that have changed.
type Wasted struct {
	Spent    Spend `json:"asked_again"` // answers that were empty or odd, so that their tasks were asked again
	Twice    Spend `json:"came_twice"`  // answers to tasks that had one, because they were asked live and in a batch
	Failed   Spend `json:"failed"`      // results that cost tokens and are no completions
	Replaced Spend `json:"replaced"`    // completions that no row has, as the last run asks the rows of today
	Lost     int   `json:"lost"`        // requests that may have been billed although no answer came
}

// Savings are answers that nothing was paid for.
type Savings struct {
	Shared  Spend `json:"shared"`       // cells with an answer that another cell has, too
	Earlier Spend `json:"from_earlier"` // answers that the last run found in the journal
	Cached  Cache `json:"cache"`
	Batched Batch `json:"batches"`
}

// Batch is what batches brought, and saved: Rubles is the difference from what the same answers cost live.
type Batch struct {
	Batches int `json:"batches"`
	Spend
}

// Cache is what the cache of the service saved.
type Cache struct {
	Tokens int64       `json:"tokens"`
	Rubles cost.Amount `json:"rubles"`
}

// Traffic is how the service behaved in all runs.
type Traffic struct {
	Work
	OutagesMS int64   `json:"outages_ms,omitempty"`
	Latency   Latency `json:"latency"`
	Rate      *Rate   `json:"rate,omitempty"` // nil if no run lasted long enough
}

// Run is one run of the journal.
type Run struct {
	Number  int           `json:"run"` // in the order of the journal, from 1; all runs count, also previews and those of the sandbox
	Started time.Time     `json:"started"`
	Ended   time.Time     `json:"ended,omitzero"` // of a run that ended regularly
	State   task.RunState `json:"state"`
	Fresh   bool          `json:"fresh,omitempty"`
	Error   string        `json:"error,omitempty"` // what ended it early
	Work
	Spend
	Perhaps cost.Amount `json:"perhaps_rubles,omitempty"` // beside Rubles: for answers that were lost, which count against a budget
	Limits  task.Limits `json:"limits,omitzero"`          // with the budget
	other   bool        // of another input of the journal: only what the rows have of it counts
	points  []point
	guess   Work // what its results say
}

// Work is what a run requested.
type Work struct {
	Requests int64 `json:"requests"` // including retries
	Refused  int64 `json:"refused"`  // 429s
	Retries  int64 `json:"retries"`
}

// Make reads the runs of an input. path is the journal, or empty for that of the input. A run may be under way.
func Make(ctx context.Context, input, path string, prices *cost.Prices) (*Report, error) {
	run, err := jobs.Last(input, path)
	if err != nil {
		return nil, err
	}
	defer run.Close()
	a := newAccount(run, prices)
	status, err := jobs.StatusOf(ctx, run, a.row)
	if err != nil {
		return nil, err
	}
	r := &Report{Input: input, Made: time.Now(), Status: status}
	a.report = r
	if err := run.Journal().Entries(a.entry); err != nil {
		return nil, err
	}
	a.close()
	return r, nil
}
