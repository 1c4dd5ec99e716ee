package spec

import (
	"reflect"
	"slices"

	"gigabatch/internal/io/table"
)

// Settings decide what is asked and what is written. They stand in the journal's manifest, so that the output can be written again.
type Settings struct {
	table.Options
	Rows          string   `json:"rows,omitempty"`         // which lines of the input, such as "2-10,500-"; "" is all
	Where         []string `json:"where,omitempty"`        // conditions `column=value` and `column!=value`, all of which hold
	VisibleOnly   bool     `json:"visible_only,omitempty"` // without hidden rows
	Column                 // the completion column, where Asks is empty
	Columns       []Column `json:"asks,omitempty"`      // several completion columns, each with a name of its own
	NoDedupe      bool     `json:"no_dedupe,omitempty"` // rows that ask the same thing get an answer each
	Limit         int      `json:"limit,omitempty"`     // first selected rows only; 0 is all
	OutputColumns []string `json:"columns"`             // which of OutputColumns are written
	Output        string   `json:"output"`              // "" is none, where OutDir is set
	InPlace       bool     `json:"in_place,omitempty"`
	OutDir        string   `json:"out_dir,omitempty"`     // a folder that gets one file for each completed row
	OutName       string   `json:"out_name,omitempty"`    // template of their names, without extension; "" is the document's name, or the row's number
	AttachRoot    string   `json:"attach_root,omitempty"` // the folder below which attached files lie; "" is the input's
}

// KnownOutputColumns are the columns that a run can write. "values" stands for one column for each property of the schema; without a schema
// it is the completion.
var KnownOutputColumns = []string{
	"completion", "values", "finish_reason", "error", "model", "prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens",
	"attempts", "latency_ms", "completed_at",
}

// DefaultOutputColumns are those written when nothing else is said.
var DefaultOutputColumns = []string{"completion", "finish_reason", "error"}

// DefaultValueColumns are those written when nothing else is said and there is a schema, or more than one completion column.
var DefaultValueColumns = []string{"values", "error"}

// DefaultCompletionColumn is the name of the column that holds the completions.
const DefaultCompletionColumn = "completion"

// UsageError is a mistake in what the user asked for, found before anything is sent.
type UsageError struct {
	Msg  string
	Hint string

	Column string // the completion column that is meant, where there are several
	Field  string // of that column: "prompt", "when", …
}

func (e *UsageError) Error() string { return e.Msg }

// SameTasks reports whether both ask the same of the same rows, whatever they write and where.
func (s *Settings) SameTasks(t *Settings) bool {
	a, b := *s, *t
	for _, c := range []*Settings{&a, &b} {
		c.CompletionColumn, c.OutputColumns, c.Output, c.InPlace = "", nil, "", false
		c.CSVDialect, c.FormulaGuardOff, c.OutDir, c.OutName = "", false, "", ""
		c.Documents, c.AttachRoot = nil, ""
		c.Columns = slices.Clone(c.Columns)
		for i := range c.Columns {
			c.Columns[i].ValuePrefix = ""
		}
		c.ValuePrefix = ""
	}
	return reflect.DeepEqual(a, b)
}
