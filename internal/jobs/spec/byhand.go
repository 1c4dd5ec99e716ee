package spec

import (
	"slices"
	"strings"

	"gigabatch/internal/jobs/form"
)

// CheckEdit says why a text cannot be an answer of the column, "" if it can.
func (a *Column) CheckEdit(text string) (problem string) {
	f, err := a.Form()
	if err != nil {
		return err.Error()
	}
	_, problem = AnswerByHand(f, text)
	return problem
}

// AnswerByHand reads an edited text as an answer of a form, nil for any. Where models are understood, a person is taken at their word: a
// choice is exactly one of those there are.
func AnswerByHand(f *form.Form, text string) (form.Answer, string) {
	switch {
	case f == nil:
		return form.Answer{Text: text}, ""
	case f.Choices() == nil:
		return f.Check(text)
	case slices.Contains(f.Choices(), strings.TrimSpace(text)):
		return form.Answer{Text: strings.TrimSpace(text)}, ""
	}
	return form.Answer{}, "it is none of: " + strings.Join(f.Choices(), ", ")
}
