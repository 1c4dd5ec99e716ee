package spec

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"gigabatch/internal/jobs/form"
	"gigabatch/internal/messages"
)

// Column is one completion column: what is asked of each row, and how.
type Column struct {
	CompletionColumn string `json:"completion_column"`
	Prompt           string `json:"prompt,omitempty"` // template; "" chooses a column, or sends rows that are requests
	Embed            bool   `json:"embed,omitempty"`  // the completion is the vector of the prompt, which an embedding model makes
	System           string `json:"system,omitempty"`
	Params
	FewShot   []Example `json:"few_shot,omitempty"`   // shown to the model before each prompt
	RowParams []string  `json:"row_params,omitempty"` // input columns, named as in the package's RowParams, that override Params
	When      []string  `json:"when,omitempty"`       // conditions like Settings.Where, also on completion columns; all must hold
	SkipEmpty []string  `json:"skip_empty,omitempty"` // a row is not asked if one of these columns is empty
	Shape
	Attach string `json:"attach,omitempty"` // input column with the paths of the files attached to the prompt
	LongText
	FollowUp
}

// FollowUp says which requests are followed by another one, whose completion takes the place of theirs. The zero value is none.
type FollowUp struct {
	RaiseLength   bool   `json:"raise_length,omitempty"`   // after a completion that was cut off: twice its max_tokens
	BlockedModel  string `json:"blocked_model,omitempty"`  // after a block by moderation: another model
	BlockedFails  bool   `json:"blocked_fails,omitempty"`  // a blocked cell counts as failed, so that it can be asked again
	FallbackModel string `json:"fallback_model,omitempty"` // asked if the package of the model is used up
}

// Follows reports whether requests may be followed by others.
func (f *FollowUp) Follows() bool {
	return f.RaiseLength || f.BlockedModel != "" || f.FallbackModel != ""
}

// Params are the model and the parameters of a request.
type Params struct {
	Model             string   `json:"model"`
	ModelForced       bool     `json:"model_forced,omitempty"` // Model overrides the model in the row
	Temperature       *float64 `json:"temperature,omitempty"`
	TopP              *float64 `json:"top_p,omitempty"`
	MaxTokens         *int     `json:"max_tokens,omitempty"`
	RepetitionPenalty *float64 `json:"repetition_penalty,omitempty"`
}

// Shape is the form of a completion. The zero value allows any form.
type Shape struct {
	Choices     []string        `json:"choices,omitempty"` // the completion is exactly one of them
	Schema      json.RawMessage `json:"schema,omitempty"`  // compact JSON: the completion is an object that matches this JSON Schema
	ValuePrefix string          `json:"value_prefix,omitempty"`
	Repairs     int             `json:"repairs,omitempty"` // how many times to ask again after a completion that does not match
}

// LongText says how to handle a prompt that is too long for the model.
type LongText struct {
	Split      bool   `json:"split,omitempty"`       // ask it in parts
	Context    int    `json:"context,omitempty"`     // context of the model in tokens; 0 is its known context
	JoinPrompt string `json:"join_prompt,omitempty"` // template that joins the completions of the parts; "" is the built-in one
}

// Example is a prompt with the desired completion.
type Example struct {
	User      string `json:"user"`
	Assistant string `json:"assistant"`
}

// Reference is a use of one completion column in a template or condition of another.
type Reference struct {
	Column int // index in Settings.Columns
	Value  int // index of the property of its schema, -1 for the whole completion
}

// RowParams are the parameters that a row can override.
var RowParams = []string{"model", "temperature", "top_p", "max_tokens", "repetition_penalty"}

// DefaultRepairs is the default of Shape.Repairs.
const DefaultRepairs = 2

// Form returns the form of the completion, or nil if any form is allowed. It fails if the choices or the schema are invalid.
func (c *Column) Form() (*form.Form, error) {
	switch {
	case len(c.Schema) > 0:
		return form.Schema(c.Schema)
	case len(c.Choices) > 0:
		return form.Choices(c.Choices)
	}
	return nil, nil
}

// chats reports whether the column has anything that only a chat has.
func (c *Column) chats() bool {
	plain := Column{
		CompletionColumn: c.CompletionColumn, Prompt: c.Prompt, Embed: c.Embed, When: c.When, SkipEmpty: c.SkipEmpty,
		Params: Params{Model: c.Model, ModelForced: c.ModelForced}, LongText: LongText{Context: c.Context},
	}
	return !reflect.DeepEqual(*c, plain)
}

// CheckEdit returns the reason why a text cannot be a completion of the column, or "" if it can.
func (c *Column) CheckEdit(text string) (problem string) {
	var vector []float64
	if c.Embed && (json.Unmarshal([]byte(text), &vector) != nil || len(vector) == 0) {
		return messages.Sprintf("it is not a JSON array of numbers").String()
	}
	f, err := c.Form()
	if err != nil {
		return err.Error()
	}
	_, problem = AnswerByHand(f, text)
	return problem
}

// AnswerByHand reads a completion written by a person. f is its form, or nil if any form is allowed. Unlike the completion of a model, the
// text is taken literally: a choice must be exactly one of the choices. problem is the reason why the text does not match, or "".
func AnswerByHand(f *form.Form, text string) (c form.Completion, problem string) {
	switch {
	case f == nil:
		return form.Completion{Text: text}, ""
	case f.Choices() == nil:
		return f.Check(text)
	case slices.Contains(f.Choices(), strings.TrimSpace(text)):
		return form.Completion{Text: strings.TrimSpace(text)}, ""
	}
	return form.Completion{}, messages.Sprintf("it is not one of the choices: %s", strings.Join(f.Choices(), ", ")).String()
}
