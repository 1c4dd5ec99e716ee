package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"gigabatch/cmd/gigabatch/internal/advice"
	"gigabatch/cmd/gigabatch/internal/settings"
	"gigabatch/internal/gigachat/authkey"
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
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitSomeRows    = 3
	exitLimit       = 4
	exitLocked      = 5
	exitInterrupted = 130
)

// exitError is an exit code for which report prints nothing: everything has been printed already.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// report prints an error and its hint, if any, and returns the exit code.
func report(s stdio, err error) int {
	var code exitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	}
	if limit, ok := errors.AsType[*cost.LimitError](err); ok && cost.IsLimit(err) {
		if limit.Small {
			s.err.Say("stopped: %s", limit.Msg)
		} else {
			s.err.Say("stopped: %s; the same command goes on", limit.Msg)
		}
		return exitLimit
	}
	text := strings.Join(slices.Compact(strings.Split(s.err.Error(err), "\n")), "; ")
	s.err.Say("error: %s", authkey.WithoutKeys(text)) // the user may have given a key in the place of something else
	if h := advice.Hint(err); !h.IsZero() {
		s.err.Say("hint: %s", authkey.WithoutKeys(s.err.Text(h)))
	}
	return exitCode(err)
}

// lateError is an error that occurred after something had been sent or written. Its exit code is never exitUsage.
type lateError struct{ err error }

func (e *lateError) Error() string { return e.err.Error() }

// Message is the text of Error in any language.
func (e *lateError) Message() messages.Text { return messages.Sprintf("%v", e.err) }

func (e *lateError) Unwrap() error { return e.err }

// placed adds the place in the job file to an error about one of its columns. It returns a lateError as it is.
func placed(job *settings.Job, err error) error {
	if errors.As(err, new(*lateError)) {
		return err
	}
	return job.Placed(err)
}

// exitCode returns the exit code for an error.
func exitCode(err error) int {
	var late *lateError
	var wrong *spec.UsageError
	var input *table.Error
	var stranger *journal.ForeignError
	var locked *journal.LockedError
	var job *jobfile.Error
	switch {
	case cost.IsLimit(err):
		return exitLimit
	case errors.As(err, &late):
		return exitFailed
	case errors.As(err, &wrong), errors.As(err, &input), errors.As(err, &stranger), errors.As(err, &job):
		return exitUsage
	case errors.As(err, &locked):
		return exitLocked
	}
	return exitFailed
}

// rowsCode returns an error with the exit code of a run that wrote its output, nil for exitOK. Rows that came during the run may be
// pending. sig is the signal that interrupted the run.
func rowsCode(sum *task.Summary, sig os.Signal) error {
	switch {
	case sum.Pending > 0 && sum.Interrupted:
		return exitError(signalCode(sig))
	case sum.FailedRows()+sum.Blocked > 0, sum.Pending > 0 && sum.Batched.Refused+sum.Batched.Doubts > 0:
		return exitError(exitSomeRows)
	}
	return nil
}
