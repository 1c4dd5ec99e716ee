// Package outcome says how a command ended: its exit code, why, and what to do next.
package outcome

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/spec/jobfile"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// The exit codes. Scripts depend on them.
const (
	OK          = 0
	Failed      = 1
	Usage       = 2
	SomeRows    = 3
	Limit       = 4
	Locked      = 5
	Interrupted = 130
)

// Exit is an exit code for which nothing is printed: everything has been printed already.
type Exit int

func (e Exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Late is an error that occurred after something had been sent or written. Its exit code is never Usage.
type Late struct{ Err error }

func (e *Late) Error() string { return e.Err.Error() }

// Message is the text of Error in any language.
func (e *Late) Message() messages.Text { return messages.Sprintf("%v", e.Err) }

func (e *Late) Unwrap() error { return e.Err }

// CodeOf returns the exit code for an error, OK for nil.
func CodeOf(err error) int {
	var exit Exit
	var wrong *spec.UsageError
	var input *table.Error
	var stranger *journal.ForeignError
	var job *jobfile.Error
	switch {
	case err == nil:
		return OK
	case errors.As(err, &exit):
		return int(exit)
	case cost.IsLimit(err):
		return Limit
	case errors.As(err, new(*Late)):
		return Failed
	case errors.As(err, &wrong), errors.As(err, &input), errors.As(err, &stranger), errors.As(err, &job):
		return Usage
	case errors.As(err, new(*journal.LockedError)):
		return Locked
	}
	return Failed
}

// OfRows returns the exit code of a run that wrote its output. Rows that came during the run may be pending. sig is the signal that
// interrupted the run, nil if it was not a signal. fast reports that the run was stopped because rows had failed. Without rules, a row that
// failed or was blocked makes the code SomeRows; with rules, only a rule that holds does.
func OfRows(sum *task.Summary, sig os.Signal, rules Rules, fast bool) int {
	bad := sum.FailedRows()+sum.Blocked > 0
	if rules != nil {
		bad = rules.Holding(FiguresOf(sum)) != nil
	}
	switch {
	case fast && sum.Interrupted:
		return SomeRows
	case sum.Pending > 0 && sum.Interrupted:
		return OfSignal(sig)
	case bad, sum.Pending > 0 && sum.Batched.Refused+sum.Batched.Doubts > 0:
		return SomeRows
	}
	return OK
}

// OfSignal returns the exit code for a signal as shells define it: 128 plus its number.
func OfSignal(s os.Signal) int {
	if n, ok := s.(syscall.Signal); ok {
		return 128 + int(n)
	}
	return Interrupted
}
