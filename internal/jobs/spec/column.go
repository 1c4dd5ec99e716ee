package spec

import (
	"encoding/json"
	"slices"
	"strings"

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

// Reference is what a template or a condition of one completion column names of another.
type Reference struct {
	Column int // by its place in Settings.Columns
	Value  int // the property of its schema, -1 for the whole completion
}

// RowParams are the parameters that a row can override.
var RowParams = []string{"model", "temperature", "top_p", "max_tokens", "repetition_penalty"}

// DefaultRepairs is the value of Shape.Repairs when the user does not say.
const DefaultRepairs = 2

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

// CheckEdit says why a text cannot be a completion of the column, "" if it can.
func (c *Column) CheckEdit(text string) (problem string) {
	f, err := c.Form()
	if err != nil {
		return err.Error()
	}
	_, problem = AnswerByHand(f, text)
	return problem
}

// AnswerByHand reads a completion that a person wrote. f is the form that it must have, nil if any will do. What models write is understood
// with goodwill; what a person writes is taken literally, so that a choice must be exactly one of the choices. problem says what is wrong
// with the text, "" if nothing is.
func AnswerByHand(f *form.Form, text string) (c form.Completion, problem string) {
	switch {
	case f == nil:
		return form.Completion{Text: text}, ""
	case f.Choices() == nil:
		return f.Check(text)
	case slices.Contains(f.Choices(), strings.TrimSpace(text)):
		return form.Completion{Text: strings.TrimSpace(text)}, ""
	}
	return form.Completion{}, "it is none of: " + strings.Join(f.Choices(), ", ")
}
