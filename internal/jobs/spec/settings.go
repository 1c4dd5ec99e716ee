// Package spec says what the user wants: which rows of which input are asked, what each completion column asks of them, and what is
// written.
//
// Settings are plain values. They are checked here as far as no input is needed; package prompt checks them against the columns of an
// input.
package spec

import (
	"reflect"
	"slices"

	"gigabatch/internal/io/table"
)

// Settings decide what is asked and what is written. The manifest of the journal has them, so that a run can be rebuilt from it.
type Settings struct {
	table.Options
	Rows          string   `json:"rows,omitempty"`         // which lines of the input, such as "2-10,500-"; "" is all
	Where         []string `json:"where,omitempty"`        // conditions `column=value` and `column!=value`, all of which hold
	VisibleOnly   bool     `json:"visible_only,omitempty"` // without hidden rows
	Column                 // the only completion column, if Columns is empty
	Columns       []Column `json:"asks,omitempty"`      // completion columns with names of their own
	NoDedupe      bool     `json:"no_dedupe,omitempty"` // rows that ask the same thing get a completion each
	Limit         int      `json:"limit,omitempty"`     // first selected rows only; 0 is all
	OutputColumns []string `json:"columns"`             // which of KnownOutputColumns are written
	Output        string   `json:"output"`              // path of the table, "" if OutDir is set instead
	InPlace       bool     `json:"in_place,omitempty"`
	OutDir        string   `json:"out_dir,omitempty"`     // a folder that gets one file for each completed row
	OutName       string   `json:"out_name,omitempty"`    // template of their names without extension; "" is the document's name or row number
	AttachRoot    string   `json:"attach_root,omitempty"` // the folder below which attached files lie; "" is the input's
}

// KnownOutputColumns are the words for columns that a run can write. "values" is one column for each property of the schema, or without a
// schema the completion.
var KnownOutputColumns = []string{
	"completion", "values", "finish_reason", "error", "model", "prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens",
	"attempts", "latency_ms", "completed_at",
}

// DefaultOutputColumns are written when the user does not say.
var DefaultOutputColumns = []string{"completion", "finish_reason", "error"}

// DefaultValueColumns are written instead if there is a schema, or more than one completion column.
var DefaultValueColumns = []string{"values", "error"}

// DefaultCompletionColumn is the name of the completion column when the user does not say.
const DefaultCompletionColumn = "completion"

// UsageError is a mistake of the user's, found before anything is sent. Hint says what to do about it.
type UsageError struct {
	Msg  string
	Hint string

	Column string // the completion column that has the mistake, "" if there is only one
	Field  string // the field of that column: "prompt", "when", …
}

func (e *UsageError) Error() string { return e.Msg }

// SameTasks reports whether both settings ask the same of the same rows, whatever they write and where.
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
