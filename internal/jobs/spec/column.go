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
	RowParams []string  `json:"row_params,omitempty"` // input columns, named like the package's RowParams, that override Params
	When      []string  `json:"when,omitempty"`       // conditions as Settings.Where, also over completion columns; all must hold
	Shape
	Attach string `json:"attach,omitempty"` // input column with the paths of files that go with the prompt
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

// Shape is the form that a completion must have. With the zero value any form will do.
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
	JoinPrompt string `json:"join_prompt,omitempty"` // template that makes one completion of those of the parts; "" is a built-in one
}

// Example is a prompt with the completion that is wanted.
type Example struct {
	User      string `json:"user"`
	Assistant string `json:"assistant"`
}

// RowParams are the parameters that a row can override.
var RowParams = []string{"model", "temperature", "top_p", "max_tokens", "repetition_penalty"}

// DefaultRepairs is the value of Shape.Repairs when the user does not say.
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
	for _, c := range s.All() {
		names = append(names, c.CompletionColumn)
	}
	return names
}

// Several reports whether the settings have completion columns with names of their own, rather than the only one that flags describe.
func (s *Settings) Several() bool { return len(s.Columns) > 0 }

// Wrong returns a UsageError about a completion column. It names the column and the field if there are several columns.
func (s *Settings) Wrong(c *Column, field, msg, hint string) *UsageError {
	e := &UsageError{Msg: msg, Hint: hint}
	if s.Several() {
		e.Column, e.Field = c.CompletionColumn, field
	}
	return e
}

// Form is the form that the completion must have, nil if any will do. It fails if the choices or the schema cannot be used.
func (c *Column) Form() (*form.Form, error) {
	switch {
	case len(c.Schema) > 0:
		return form.Schema(c.Schema)
	case len(c.Choices) > 0:
		return form.Choices(c.Choices)
	}
	return nil, nil
}

// Forms are the forms of all completion columns that have one.
func (s *Settings) Forms() []*form.Form {
	var all []*form.Form
	for _, c := range s.All() {
		if f, err := c.Form(); err == nil && f != nil {
			all = append(all, f)
		}
	}
	return all
}

// Check refuses settings that cannot be used, whatever the input is. The error is a *UsageError.
func (s *Settings) Check() error {
	for _, c := range s.All() {
		if len(c.Schema) > 0 && len(c.Choices) > 0 {
			return s.Wrong(c, "schema", "choices and a schema exclude each other", "choose one; a schema can have an enum")
		}
		if _, err := c.Form(); err != nil {
			if len(c.Schema) > 0 {
				return s.Wrong(c, "schema", err.Error(), `a schema begins {"type": "object", "properties": {…}, "required": […]}`)
			}
			return s.Wrong(c, "choices", err.Error(), "write them with commas between: 'complaint, question, praise'")
		}
		for _, p := range c.RowParams {
			if !slices.Contains(RowParams, p) {
				return s.Wrong(c, "row_params", fmt.Sprintf("a row cannot set %q", p), "it can set "+Quoted(RowParams))
			}
		}
	}
	return s.checkOutputs()
}
