package main

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// TestRowsCode checks the exit codes of runs that wrote their output, and what is printed if rows are pending.
func TestRowsCode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		sum  task.Summary
		sig  syscall.Signal
		want int
		said string
	}{
		{sum: task.Summary{Tally: task.Tally{Completed: 2}}, want: exitOK},
		{sum: task.Summary{Tally: task.Tally{Completed: 1, Blocked: 1}}, want: exitSomeRows},
		{sum: task.Summary{Tally: task.Tally{Pending: 1}, Interrupted: true}, sig: syscall.SIGINT, want: 130},
		{sum: task.Summary{Tally: task.Tally{Pending: 1, Blocked: 1}, Interrupted: true}, sig: syscall.SIGTERM, want: 143},
		{sum: task.Summary{Tally: task.Tally{Completed: 2}, Interrupted: true}, sig: syscall.SIGINT, want: exitOK},
		{sum: task.Summary{Tally: task.Tally{Pending: 1}, Rounds: task.Rounds{Growing: true}}, want: exitOK},
		{sum: task.Summary{Tally: task.Tally{Pending: 2, Blocked: 1}, Rounds: task.Rounds{Growing: true}}, want: exitSomeRows},
	}
	for _, tt := range tests {
		var said strings.Builder
		got := report(stdio{err: &console.Console{Writer: &said}}, rowsCode(&tt.sum, tt.sig))
		if got != tt.want || !strings.Contains(said.String(), tt.said) || (tt.said == "") != (said.String() == "") {
			t.Errorf("%+v: exit code %d, want %d; it said\n%s", tt.sum, got, tt.want, said.String())
		}
	}
}

// TestLateCode checks that the exit code is 2 only if nothing was sent.
func TestLateCode(t *testing.T) {
	t.Parallel()
	err := flags.Usage(messages.Verbatim("the input is gone"), messages.Verbatim(""))
	if got := exitCode(err); got != exitUsage {
		t.Errorf("before anything was sent: %d, want %d", got, exitUsage)
	}
	if got := exitCode(errors.Join(&lateError{err}, nil)); got != exitFailed {
		t.Errorf("afterwards: %d, want %d", got, exitFailed)
	}
}

// TestLimitCode checks that the exit code of a limit is that of a run which wrote its output, and that nothing else which failed goes unsaid.
func TestLimitCode(t *testing.T) {
	t.Parallel()
	limit := &cost.LimitError{Msg: messages.Verbatim("the budget is used up")}
	unwritten := errors.New("out.csv: not a directory")
	for _, tt := range []struct {
		err  error
		want int
		said []string
	}{
		{&lateError{errors.Join(limit)}, exitLimit, []string{"stopped: the budget is used up; the same command goes on"}},
		{&lateError{errors.Join(limit, unwritten)}, exitFailed, []string{"error: ", "the budget is used up", "out.csv: not a directory"}},
		{errors.Join(&lateError{limit}, unwritten), exitFailed, []string{"error: ", "the budget is used up", "out.csv: not a directory"}},
	} {
		var said strings.Builder
		if got := report(stdio{err: &console.Console{Writer: &said}}, tt.err); got != tt.want {
			t.Errorf("%v: exit code %d, want %d", tt.err, got, tt.want)
		}
		for _, part := range tt.said {
			if !strings.Contains(said.String(), part) {
				t.Errorf("%v: it said\n%s", tt.err, said.String())
			}
		}
	}
}
