package spec

import (
	"encoding/json"
	"fmt"
	"slices"

	"gigabatch/internal/jobs/form"
)

// Column is one completion column: what is asked of each row, and how.
type Column struct {
	CompletionColumn string `json:"completion_column"`
	Prompt           string `json:"prompt,omitempty"` // template; "" chooses a column, or takes rows that are requests
	System           string `json:"system,omitempty"`
	Params
	FewShot   []Example `json:"few_shot,omitempty"`   // shown to the model before every prompt
	RowParams []string  `json:"row_params,omitempty"` // columns, named like RowParams, that override Params
	When      []string  `json:"when,omitempty"`       // conditions as Settings.Where, also over other completion columns; where one fails, nothing is asked
	Shape
	Attach string `json:"attach,omitempty"` // column with the paths of files that go with the prompt
	LongText
}

// Params are the model and the parameters of a request.
type Params struct {
	Model             string   `json:"model"`
	ModelForced       bool     `json:"model_forced,omitempty"` // Model overrides the model that a row names
	Temperature       *float64 `json:"temperature,omitempty"`
	TopP              *float64 `json:"top_p,omitempty"`
	MaxTokens         *int     `json:"max_tokens,omitempty"`
	RepetitionPenalty *float64 `json:"repetition_penalty,omitempty"`
}

// Shape is the form that a completion must have; any will do for the zero value.
type Shape struct {
	Choices     []string        `json:"choices,omitempty"` // the completion is exactly one of them
	Schema      json.RawMessage `json:"schema,omitempty"`  // compact JSON: the completion is an object by this JSON Schema
	ValuePrefix string          `json:"value_prefix,omitempty"`
	Repairs     int             `json:"repairs,omitempty"` // how often a better completion is asked for after one that does not fit
}

// LongText says what is done with a prompt that is too long for the model.
type LongText struct {
	Split      bool   `json:"split,omitempty"`       // it is asked in parts
	Context    int    `json:"context,omitempty"`     // tokens that the model takes; 0 is what is known of it
	JoinPrompt string `json:"join_prompt,omitempty"` // template that makes one completion of those of the parts; "" is our own
}

// Example is a question with the answer that is wanted.
type Example struct {
	User      string `json:"user"`
	Assistant string `json:"assistant"`
}

// RowParams are the columns that can override what is asked, row by row.
var RowParams = []string{"model", "temperature", "top_p", "max_tokens", "repetition_penalty"}

// DefaultRepairs is how often a better answer is asked for when the user does not say.
const DefaultRepairs = 2

// All are the completion columns in the order in which they are written.
func (s *Settings) All() []*Column {
	if len(s.Columns) == 0 {
		return []*Column{&s.Column}
	}
	all := make([]*Column, len(s.Columns))
	for i := range s.Columns {
		all[i] = &s.Columns[i]
	}
	return all
}

// CompletionColumns are the names of the completion columns in the order in which they are written.
func (s *Settings) CompletionColumns() []string {
	var names []string
	for _, a := range s.All() {
		names = append(names, a.CompletionColumn)
	}
	return names
}

// Several reports whether there is more than the one completion column that the flags describe.
func (s *Settings) Several() bool { return len(s.Columns) > 0 }

// Wrong begins a UsageError about an ask.
func (s *Settings) Wrong(a *Column, field, msg, hint string) *UsageError {
	e := &UsageError{Msg: msg, Hint: hint}
	if s.Several() {
		e.Column, e.Field = a.CompletionColumn, field
	}
	return e
}

// Form is the form that the answer must have, nil if any will do.
func (a *Column) Form() (*form.Form, error) {
	switch {
	case len(a.Schema) > 0:
		return form.Schema(a.Schema)
	case len(a.Choices) > 0:
		return form.Choices(a.Choices)
	}
	return nil, nil
}

// Forms are the forms of all completion columns.
func (s *Settings) Forms() []*form.Form {
	var all []*form.Form
	for _, a := range s.All() {
		if f, err := a.Form(); err == nil && f != nil {
			all = append(all, f)
		}
	}
	return all
}

// valueNames are the columns for the properties of the schema, nil without one.
func (a *Column) valueNames() []string {
	if len(a.Schema) == 0 {
		return nil
	}
	f, err := a.Form()
	if err != nil {
		return nil // Check has said it
	}
	names := slices.Clone(f.Names())
	for i, name := range names {
		names[i] = a.ValuePrefix + name
	}
	return names
}

// Check refuses settings that cannot be asked, whatever the input. The error is a *UsageError.
func (s *Settings) Check() error {
	for _, a := range s.All() {
		if err := s.checkColumn(a); err != nil {
			return err
		}
	}
	return s.checkOutputs()
}

func (s *Settings) checkColumn(a *Column) error {
	if len(a.Schema) > 0 && len(a.Choices) > 0 {
		return s.Wrong(a, "schema", "choices and a schema exclude each other", "choose one; a schema can have an enum")
	}
	if _, err := a.Form(); err != nil {
		if len(a.Schema) > 0 {
			return s.Wrong(a, "schema", err.Error(), `a schema begins {"type": "object", "properties": {…}, "required": […]}`)
		}
		return s.Wrong(a, "choices", err.Error(), "write them with commas between: 'complaint, question, praise'")
	}
	for _, p := range a.RowParams {
		if !slices.Contains(RowParams, p) {
			return s.Wrong(a, "row_params", fmt.Sprintf("a row cannot set %q", p), "it can set "+Quoted(RowParams))
		}
	}
	return nil
}
