package events

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/task"
)

// gone is a reader that has gone away after some writes.
type gone struct {
	text strings.Builder
	left int
}

func (g *gone) Write(b []byte) (int, error) {
	if g.left--; g.left < 0 {
		return 0, errors.New("broken pipe")
	}
	return g.text.Write(b)
}

// TestReaderGoesAway checks that a stream whose reader has gone says so once, and that saying so, which is an event, does not wait for itself.
func TestReaderGoesAway(t *testing.T) {
	t.Parallel()
	to, said := &gone{left: 1}, 0
	var s *Stream
	s, err := Open("-", to, false, func(error) {
		said++
		s.Say(slog.LevelWarn, "the events cannot be written any more")
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Started("run", "q.csv", "v1")
	for range 3 {
		s.Answer(&jobs.Answer{Result: &task.Result{State: task.Failed, Cause: task.CauseServer}})
	}
	if err := s.Ended(&outcome.Final{}); err != nil || said != 1 || strings.Count(to.text.String(), "\n") != 1 {
		t.Errorf("error %v, said %d times, written:\n%s", err, said, to.text.String())
	}
}
