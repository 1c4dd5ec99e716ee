package workbench

import (
	"strings"
	"time"

	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
)

// Ran is a run of a table.
type Ran struct {
	Number    int        `json:"run"`     // in the order of the journal, from 1, as the report has it
	Version   string     `json:"version"` // what it asked; see Version
	Started   time.Time  `json:"started"`
	Ended     *time.Time `json:"ended"` // nil if it has not ended regularly
	Trial     bool       `json:"trial"`
	Sandbox   bool       `json:"sandbox"`
	State     string     `json:"state"`
	Columns   []string   `json:"columns"`   // that it asked
	Prompt    string     `json:"prompt"`    // the first words of that of the first of them
	Rows      int        `json:"rows"`      // of the whole table, or of the trial
	Completed int        `json:"completed"` // of them
	Failed    int        `json:"failed"`    // of them, blocked ones included
	Skipped   int        `json:"skipped"`   // of them
	Spent     cost.Spent `json:"spent"`
}

const (
	maxRuns   = 100 // that are listed
	maxPrompt = 120 // characters of a prompt in the list
)

func ranOf(r *journal.RunOf, number int) Ran {
	columns := askedBy(r)
	ran := Ran{
		Number: number, Version: strings.Join(r.Settings.Asks(r.Sandbox), joint), Started: r.Started, Trial: r.Preview, Sandbox: r.Sandbox, State: string(r.RunState()),
		Prompt: Cut(strings.Join(strings.Fields(columns[0].Prompt), " "), maxPrompt),
		Rows:   r.Answers + r.Failed, Completed: r.Answers, Failed: r.Failed, Spent: r.Spent,
	}
	for _, c := range columns {
		ran.Columns = append(ran.Columns, c.CompletionColumn)
	}
	if r.End != nil {
		ran.Ended = &r.End.Ended
	}
	if r.Preview {
		return ran
	}
	if t := r.Tally(); t != nil {
		ran.Rows, ran.Completed, ran.Failed, ran.Skipped = t.Rows, t.Completed, t.FailedRows()+t.Blocked, t.Skipped
	} else if r.Rows != nil {
		ran.Rows, ran.Completed, ran.Skipped = r.Rows.Rows, r.Rows.Completed+r.Answers, r.Rows.Skipped
	}
	return ran
}

// askedBy returns the columns that a run asked: those of which answers were missing when it began. If that is not known, or none was missing, it
// is all of them.
func askedBy(r *journal.RunOf) (asked []*spec.Column) {
	columns := r.Settings.All()
	for i, c := range columns {
		if r.Rows != nil && i < len(r.Rows.Columns) && r.Rows.Columns[i].Pending > 0 {
			asked = append(asked, c)
		}
	}
	if len(asked) == 0 {
		return columns
	}
	return asked
}
