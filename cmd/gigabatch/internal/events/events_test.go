package events

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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

// TestOtherRunHasTheFile checks that a stream leaves the file of a run that is under way as it is, and takes it when that run has ended.
func TestOtherRunHasTheFile(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("nothing is locked")
	}
	name := filepath.Join(t.TempDir(), "e.jsonl")
	run := func(input string) *Stream {
		s, err := Open(name, nil, false, func(err error) { t.Error(err) })
		if err != nil {
			t.Fatal(err)
		}
		s.Started("run", input, "v1")
		return s
	}
	holds := func(lines ...string) {
		t.Helper()
		text, err := os.ReadFile(name)
		got := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		if err != nil || len(got) != len(lines) {
			t.Fatalf("error %v; got %q, want %d lines", err, got, len(lines))
		}
		for i, want := range lines {
			if !strings.Contains(got[i], want) {
				t.Errorf("line %d is %s, want %s", i, got[i], want)
			}
		}
	}
	first := run("one.csv")
	second, third := run("two.csv"), run("three.csv")
	if first.Taken() || !second.Taken() {
		t.Errorf("taken: %v, %v", first.Taken(), second.Taken())
	}
	second.Say(slog.LevelInfo, "waiting")
	if err := third.Ended(&outcome.Final{}); err != nil {
		t.Error(err)
	}
	first.Say(slog.LevelInfo, "working")
	holds("one.csv", "working")
	if err := first.Ended(&outcome.Final{}); err != nil {
		t.Error(err)
	}
	holds("one.csv", "working", "ended")
	second.Say(slog.LevelInfo, "going on")
	holds("two.csv", "going on")
	if err := second.Ended(&outcome.Final{}); err != nil || second.Taken() {
		t.Error(err, second.Taken())
	}
}

// TestReaderStops checks that a reader that no longer reads, but stays, ends the stream and not the run.
func TestReaderStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		defer r.Close()
		said := 0
		s, err := Open("-", w, false, func(error) { said++ })
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		s.Started("run", "q.csv", "v1")
		for range 100 {
			s.Say(slog.LevelInfo, "working")
		}
		if err := s.Ended(&outcome.Final{}); err != nil || said != 1 || time.Since(began) > patience {
			t.Errorf("error %v, said %d times, in %v", err, said, time.Since(began))
		}
	})
}
