package main

import (
	"errors"
	"strings"
	"testing"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/messages"
)

// TestLateCode checks that the exit code is 2 only if nothing was sent.
func TestLateCode(t *testing.T) {
	t.Parallel()
	err := flags.Usage(messages.Verbatim("the input is gone"), messages.Verbatim(""))
	if got := outcome.CodeOf(err); got != outcome.Usage {
		t.Errorf("before anything was sent: %d, want %d", got, outcome.Usage)
	}
	if got := outcome.CodeOf(errors.Join(&outcome.Late{Err: err}, nil)); got != outcome.Failed {
		t.Errorf("afterwards: %d, want %d", got, outcome.Failed)
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
		{&outcome.Late{Err: errors.Join(limit)}, outcome.Limit, []string{"stopped: the budget is used up; the same command goes on"}},
		{&outcome.Late{Err: errors.Join(limit, unwritten)}, outcome.Failed, []string{"error: ", "the budget is used up", "out.csv: not a directory"}},
		{errors.Join(&outcome.Late{Err: limit}, unwritten), outcome.Failed, []string{"error: ", "the budget is used up", "out.csv: not a directory"}},
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
