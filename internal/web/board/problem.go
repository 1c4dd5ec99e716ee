package board

import (
	"errors"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// Plain turns an error of a table into a spec.UsageError, so that callers need not know package table.
func (o *folder) Plain(err error) error {
	var bad *table.Error
	var wrong *spec.UsageError
	if errors.As(err, &bad) && !errors.As(err, &wrong) {
		return &spec.UsageError{Msg: bad.Message(), Hint: bad.Hint}
	}
	return err
}

// ProblemOf returns an error as the page shows it.
func (o *folder) ProblemOf(err error) *Problem {
	var wrong *spec.UsageError
	if errors.As(o.Plain(err), &wrong) {
		return &Problem{Error: wrong.Msg, Hint: wrong.Hint, Cure: wrong.Cure}
	}
	p := &Problem{Error: messages.Sprintf("%v", err), Hint: o.hint(err)}
	if e := gigachat.AsError(err); e != nil && e.OfKey() {
		p.Cure = spec.CureKey
	}
	return p
}
