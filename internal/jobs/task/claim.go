package task

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/cost"
)

// Claim returns what a request for the task may cost. The text of a file may fill the context of the model.
func (t Task) Claim() cost.Claim {
	c := cost.Claim{Model: t.Model, Characters: utf8.RuneCount(t.Body), Completion: t.MaxTokens()}
	context := int64(gigachat.ContextTokens(t.Model))
	if len(t.Attachments) > 0 {
		c.Files = context
	}
	if c.Completion == 0 && t.Way != AsVector { // a dependent column whose row sets no bound
		c.Completion = context
	}
	return c
}

// MaxTokens returns the bound of the request on its completion, 0 if it has none.
func (t Task) MaxTokens() int64 {
	if !bytes.Contains(t.Body, []byte(`"max_tokens"`)) { // in a text, the quotes would be escaped
		return 0
	}
	var request struct {
		MaxTokens int64 `json:"max_tokens"`
	}
	if json.Unmarshal(t.Body, &request) != nil {
		return 0
	}
	return request.MaxTokens
}
