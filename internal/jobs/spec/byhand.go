package spec

import (
	"slices"
	"strings"

	"gigabatch/internal/jobs/form"
)

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
