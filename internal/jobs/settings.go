package jobs

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
)

// Settings decide what is asked and what is written. They stand in the journal's manifest, so that the output can be written again.
type Settings struct {
	table.Options
	Rows              string   `json:"rows,omitempty"`         // which lines of the input, such as "2-10,500-"; "" is all
	Where             []string `json:"where,omitempty"`        // conditions `column=value` and `column!=value`, all of which hold
	VisibleOnly       bool     `json:"visible_only,omitempty"` // without hidden rows
	Prompt            string   `json:"prompt,omitempty"`       // template; "" chooses a column, or takes rows that are requests
	System            string   `json:"system,omitempty"`
	Model             string   `json:"model"`
	ModelForced       bool     `json:"model_forced,omitempty"` // Model overrides the model that a row names
	Temperature       *float64 `json:"temperature,omitempty"`
	TopP              *float64 `json:"top_p,omitempty"`
	MaxTokens         *int     `json:"max_tokens,omitempty"`
	RepetitionPenalty *float64 `json:"repetition_penalty,omitempty"`
	NoDedupe          bool     `json:"no_dedupe,omitempty"` // rows that ask the same thing get an answer each
	Limit             int      `json:"limit,omitempty"`     // first selected rows only; 0 is all
	CompletionColumn  string   `json:"completion_column"`
	Columns           []string `json:"columns"` // which of OutputColumns are written
	Output            string   `json:"output"`
	InPlace           bool     `json:"in_place,omitempty"`
}

// OutputColumns are the columns that a run can write.
var OutputColumns = []string{
	"completion", "finish_reason", "error", "model", "prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens",
	"attempts", "latency_ms", "completed_at",
}

// DefaultColumns are those written when nothing else is said.
var DefaultColumns = []string{"completion", "finish_reason", "error"}

// DefaultCompletionColumn is the name of the column that holds the completions.
const DefaultCompletionColumn = "completion"

// UsageError is a mistake in what the user asked for, found before anything is sent.
type UsageError struct {
	Msg  string
	Hint string
}

func (e *UsageError) Error() string { return e.Msg }

// asksAs reports whether both ask the same of the same rows, whatever they write and where.
func (s *Settings) asksAs(t *Settings) bool {
	a, b := *s, *t
	for _, c := range []*Settings{&a, &b} {
		c.CompletionColumn, c.Columns, c.Output, c.InPlace = "", nil, "", false
		c.CSVDialect, c.FormulaGuardOff = "", false
	}
	return reflect.DeepEqual(a, b)
}

// columnNames returns the names under which the columns are written.
func (s *Settings) columnNames() []string {
	names := slices.Clone(s.Columns)
	for i, name := range names {
		if name == "completion" {
			names[i] = s.CompletionColumn
		}
	}
	return names
}

// CheckColumns refuses a list of columns that cannot be written.
func CheckColumns(columns []string, completion string) error {
	seen := map[string]bool{}
	for _, c := range columns {
		switch {
		case !slices.Contains(OutputColumns, c):
			return &UsageError{Msg: fmt.Sprintf("there is no column %q to write", c), Hint: "the columns are " + strings.Join(OutputColumns, ", ")}
		case seen[c]:
			return &UsageError{Msg: fmt.Sprintf("the column %q stands twice in the list", c), Hint: "name it once"}
		case c != "completion" && c == completion:
			return &UsageError{Msg: fmt.Sprintf("the completion column cannot be called %q while that column is written too", c), Hint: "choose another --completion-column"}
		}
		seen[c] = true
	}
	if len(columns) == 0 {
		return &UsageError{Msg: "no column to write", Hint: "name at least completion"}
	}
	if strings.TrimSpace(completion) == "" {
		return &UsageError{Msg: "the completion column needs a name", Hint: "leave --completion-column out for \"completion\""}
	}
	return nil
}

// JournalPath returns where the journal of an input stands.
func JournalPath(input string) string { return input + ".gigabatch" }

// OutputPath returns where the output of an input stands when the user does not say: NAME.answers.EXT, or NAME.sandbox.EXT.
func OutputPath(input string, sandbox bool) string {
	word := ".answers"
	if sandbox {
		word = ".sandbox"
	}
	ext := filepath.Ext(input)
	return strings.TrimSuffix(input, ext) + word + ext
}

// Request makes the request that asks text, as a run makes it for a row.
func (s *Settings) Request(text string) *gigachat.ChatRequest {
	a := &asker{settings: s}
	a.prepare()
	a.request.Messages[len(a.request.Messages)-1].Content = text
	return &a.request
}
