package main

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
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
