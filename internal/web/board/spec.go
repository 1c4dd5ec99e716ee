package board

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Spec describes a run. Fields that are left out have the defaults of the command line.
type Spec struct {
	Input   string      `json:"input"` // relative to the folder
	Options ReadOptions `json:"options"`
	Prompt  string      `json:"prompt"`
	System  string      `json:"system"`
	Model   string      `json:"model"`
	Parameters
	FollowUps
	Choices []string        `json:"choices"`
	Schema  json.RawMessage `json:"schema"`
	Repairs *int            `json:"repairs"`
	Asking
	Budget
	Selected
	Where
	Confirm *Confirmed `json:"confirm"` // what may be asked again although it has an answer; nil for no more than is usual
}

// Asking says how the rows are asked.
type Asking struct {
	Concurrency int        `json:"concurrency"` // of live requests; 0 finds the limit of the key
	Via         string     `json:"via"`         // task.ViaLive, task.ViaBatch, task.ViaAuto or task.ViaHybrid
	Deadline    *time.Time `json:"deadline"`    // with task.ViaHybrid, and only then
}

// limits returns the limits that a job has of it.
func (a *Asking) limits(b cost.Budget) task.Limits {
	l := task.Limits{Concurrency: a.Concurrency, Budget: b, Batching: task.Batching{Via: a.Via}}
	if a.Deadline != nil {
		l.Deadline = *a.Deadline
	}
	return l
}

func (a *Asking) check() error {
	vias := []string{task.ViaLive, task.ViaBatch, task.ViaAuto, task.ViaHybrid}
	for _, c := range []struct {
		wrong     bool
		msg, hint messages.Text
	}{
		{a.Concurrency < 0 || a.Concurrency > pool.MaxConcurrency, messages.Sprintf("the number of concurrent requests must be between 1 and %d", pool.MaxConcurrency), messages.Sprintf("leave it empty to find the limit of the key")},
		{!slices.Contains(vias, a.Via), messages.Sprintf("there is no way of asking called %q", a.Via), messages.Sprintf("choose batch, auto, hybrid, or nothing")},
		{(a.Via == task.ViaHybrid) != (a.Deadline != nil), messages.Sprintf("asking by a deadline needs a deadline, and only that does"), messages.Sprintf("give both or neither")},
		{a.Deadline != nil && time.Until(*a.Deadline) <= 0, messages.Sprintf("the deadline has passed"), messages.Sprintf("enter a later time")},
	} {
		if c.wrong {
			return &spec.UsageError{Msg: c.msg, Hint: c.hint}
		}
	}
	return nil
}

// Parameters are those of the model.
type Parameters struct {
	Temperature       *float64 `json:"temperature"`
	TopP              *float64 `json:"top_p"`
	MaxTokens         *int     `json:"max_tokens"`
	RepetitionPenalty *float64 `json:"repetition_penalty"`
}

// FollowUps say which requests are followed by another one; see spec.FollowUp.
type FollowUps struct {
	RaiseLength   bool   `json:"raise_length"`
	BlockedModel  string `json:"blocked_model"`
	FallbackModel string `json:"fallback_model"`
}

// Selected says which rows are asked.
type Selected struct {
	Conditions  []string `json:"where"`      // see spec.CutCondition
	SkipEmpty   []string `json:"skip_empty"` // columns that must not be empty
	SkipSuspect bool     `json:"skip_suspect"`
	Limit       int      `json:"limit"`
}

// Where says where the answers go. If what is in their place is the user's, that is an error with a spec.Cure by default.
type Where struct {
	CompletionColumn string `json:"completion_column"` // of a new run
	NewOutput        bool   `json:"new_output"`        // into a new file
	NewColumns       bool   `json:"new_columns"`       // into columns with free names
	Overwrite        bool   `json:"overwrite"`         // into the file all the same
}

// ReadOptions say how to read a table. What is left out is detected.
type ReadOptions struct {
	Sheet     string `json:"sheet"`
	AllSheets bool   `json:"all_sheets"`
	HeaderRow int    `json:"header_row"`
	NoHeader  bool   `json:"no_header"`
	Encoding  string `json:"encoding"`
	Delimiter string `json:"delimiter"`
	KeepRows  string `json:"keep_rows"`
}

func notTable(name string) error {
	return &spec.UsageError{Msg: messages.Sprintf("%q is not a table", name), Hint: messages.Sprintf("choose a CSV, XLSX or JSONL file")}
}

func (s *Spec) settings(b *Board, input string) spec.Settings {
	set := spec.Settings{
		Selection:     spec.Selection{Limit: s.Limit, Where: s.Conditions, SkipSuspect: s.SkipSuspect},
		OutputColumns: spec.DefaultOutputColumns, Output: spec.OutputPath(input, b.Sandbox),
		Column: spec.Column{
			CompletionColumn: strings.TrimSpace(s.CompletionColumn), Prompt: s.Prompt, System: s.System, SkipEmpty: s.SkipEmpty,
			Params: spec.Params{
				Model: s.Model, ModelForced: s.Model != "", Temperature: s.Temperature, TopP: s.TopP, MaxTokens: s.MaxTokens,
				RepetitionPenalty: s.RepetitionPenalty,
			},
			Shape:    spec.Shape{Choices: s.choices(), Schema: s.schema()},
			FollowUp: spec.FollowUp{RaiseLength: s.RaiseLength, BlockedModel: s.BlockedModel, FallbackModel: s.FallbackModel},
		},
	}
	if set.CompletionColumn == "" {
		set.CompletionColumn = spec.DefaultCompletionColumn
	}
	if set.Model == "" {
		set.Model = b.Model
	}
	o := s.Options
	set.Sheet, set.AllSheets, set.HeaderRow, set.NoHeader, set.KeepRows = o.Sheet, o.AllSheets, o.HeaderRow, o.NoHeader, o.KeepRows
	set.Encoding, set.Delimiter = o.Encoding, o.Delimiter
	if len(set.Schema) > 0 {
		set.OutputColumns = spec.DefaultValueColumns
	}
	if len(set.Schema) > 0 || len(set.Choices) > 0 {
		set.Repairs = spec.DefaultRepairs
		if s.Repairs != nil {
			set.Repairs = *s.Repairs
		}
	}
	return set
}

// schema returns the schema without white space, nil if there is none.
func (s *Spec) schema() json.RawMessage {
	var small bytes.Buffer
	if err := json.Compact(&small, s.Schema); err != nil || small.String() == "null" || small.Len() == 0 {
		return nil
	}
	return small.Bytes()
}

func (s *Spec) choices() []string {
	var all []string
	for _, c := range s.Choices {
		if c = strings.TrimSpace(c); c != "" && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return all
}

// check refuses values that the service would refuse for every row.
func (s *Spec) check() error {
	for _, c := range []struct {
		wrong     bool
		msg, hint messages.Text
	}{
		{s.Temperature != nil && *s.Temperature < 0, messages.Sprintf("the temperature must not be negative"), messages.Sprintf("0 gives the most predictable answers")},
		{s.TopP != nil && (*s.TopP < 0 || *s.TopP > 1), messages.Sprintf("top_p must be between 0 and 1"), messages.Sprintf("0 gives the most predictable answers")},
		{s.Temperature != nil && s.TopP != nil, messages.Sprintf("temperature and top_p cannot be used together"), messages.Sprintf("leave one of them empty")},
		{s.RepetitionPenalty != nil && *s.RepetitionPenalty <= 0, messages.Sprintf("the repetition penalty must be greater than 0"), messages.Sprintf("1 means no penalty")},
		{s.MaxTokens != nil && *s.MaxTokens < 1, messages.Sprintf("max_tokens must be at least 1"), messages.Sprintf("leave it empty for the default")},
		{s.Choices != nil && len(s.choices()) == 0, messages.Sprintf("the list of %q is empty", "choices"), messages.Sprintf("at least two choices are required")},
		{s.Limit < 0, messages.Sprintf("the number of rows must not be negative"), messages.Sprintf("leave it empty for all rows")},
		{s.Repairs != nil && *s.Repairs < 0, messages.Sprintf("the number of repairs must not be negative"), messages.Sprintf("0 turns repairs off")},
	} {
		if c.wrong {
			return &spec.UsageError{Msg: c.msg, Hint: c.hint}
		}
	}
	return cmp.Or(s.Asking.check(), s.Budget.check())
}
