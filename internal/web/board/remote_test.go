package board

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// runElsewhere starts a run of a table as another process would, with a socket in folder. The test waits for its end.
func runElsewhere(t *testing.T, b *Board, s *service, folder string) (ended chan struct{}) {
	t.Helper()
	input := filepath.Join(b.Dir, "q.csv")
	ended = make(chan struct{})
	drained := make(chan struct{})
	j := &jobs.Job{Input: input, Journal: spec.JournalPath(input), Sandbox: true, Connect: s.connect}
	j.Settings.CompletionColumn, j.Settings.OutputColumns, j.Settings.Output = "completion", spec.DefaultOutputColumns, filepath.Join(b.Dir, "o.csv")
	j.Control = jobs.Control{Folders: []string{folder}, Drain: func() { close(drained) }}
	go func() {
		defer close(ended)
		if _, err := j.Run(t.Context(), drained); err != nil {
			t.Errorf("the run: %v", err)
		}
	}()
	return ended
}

// socketFolder returns a folder whose path is short enough for a socket.
func socketFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ctl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "run")
}

// The page steers a run of another process that answers, shows its state at once, and offers nothing once it has ended.
func TestSteersARunElsewhere(t *testing.T) {
	t.Parallel()
	folder := socketFolder(t)
	b, s := openWith(t, map[string]string{"q.csv": "prompt\na\nslow 1\nslow 2\nslow 3\n"}, func(o *Options) { o.Control = []string{folder} })
	ended := runElsewhere(t, b, s, folder)
	id := IDOf("q.csv.gigabatch")
	answers := func(i Info) bool { return i.Live != nil && i.Live.Steered && i.Completed == 1 }
	i := until(t, b, id, answers)
	if i.State != Running || i.Here {
		t.Errorf("at first: %+v", i)
	}
	for what, act := range map[string]func() error{
		"pause": func() error { return b.Pause(id) }, "concurrency": func() error { return b.SetConcurrency(id, 3) },
	} {
		if err := act(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	if i = stateOf(t, b, id); i.State != Paused || !i.Live.Paused || i.Live.Max != 3 {
		t.Errorf("paused: %+v, %+v", i, i.Live)
	}
	if err := b.SetConcurrency(id, 1000); err == nil {
		t.Error("1000 requests at once are accepted")
	}
	if err := b.Resume(id); err != nil {
		t.Fatal(err)
	}
	if err := b.Stop(id); err != nil {
		t.Fatal(err)
	}
	if i = stateOf(t, b, id); i.State != Stopping {
		t.Errorf("stopping: %+v", i)
	}
	close(s.goOn)
	<-ended
	i = until(t, b, id, func(i Info) bool { return !i.Alive() })
	if i.Live != nil || i.Completed != 4 {
		t.Errorf("at the end: %+v", i)
	}
	if err := b.Pause(id); !errors.Is(err, ErrOver) {
		t.Errorf("pause after the end: %v", err)
	}
}

// A run of another process that does not answer is watched as before, and cannot be steered.
func TestRunElsewhereThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	b, s := openWith(t, map[string]string{"q.csv": "prompt\na\nslow 1\n"}, func(o *Options) { o.Control = []string{socketFolder(t)} })
	ended := runElsewhere(t, b, s, socketFolder(t))
	id := IDOf("q.csv.gigabatch")
	i := until(t, b, id, func(i Info) bool { return i.Live != nil })
	if i.State != Running || i.Here || i.Live.Steered {
		t.Errorf("got %+v, %+v", i, i.Live)
	}
	for what, act := range map[string]func(string) error{"pause": b.Pause, "resume": b.Resume, "stop": b.Stop} {
		if err := act(id); !errors.Is(err, ErrElsewhere) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	close(s.goOn)
	<-ended
}

// Others steer a run of the page, too.
func TestRunOfThePageIsSteered(t *testing.T) {
	t.Parallel()
	folder := socketFolder(t)
	b, s := openWith(t, map[string]string{"q.csv": "prompt\na\nslow 1\nslow 2\n"}, func(o *Options) { o.Control = []string{folder} })
	id := start(t, b, &Spec{Input: "q.csv"})
	until(t, b, id, func(i Info) bool { return i.Live != nil && i.Completed == 1 })
	other, err := Open(Options{Dir: b.Dir, Sandbox: true, Version: "test", Model: "GigaChat-2", Streams: func() int { return 10 }, Connect: s.connect, Control: []string{folder}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	until(t, other, id, func(i Info) bool { return i.Live != nil && i.Live.Steered })
	if err := other.Pause(id); err != nil {
		t.Fatal(err)
	}
	if i := stateOf(t, b, id); i.State != Paused || !i.Here {
		t.Errorf("paused: %+v", i)
	}
	if err := other.Resume(id); err != nil {
		t.Fatal(err)
	}
	if err := other.Stop(id); err != nil {
		t.Fatal(err)
	}
	if i := stateOf(t, b, id); i.State != Stopping {
		t.Errorf("stopping: %+v", i)
	}
	close(s.goOn)
	if i := until(t, b, id, func(i Info) bool { return !i.Alive() }); i.Pending > 0 && i.State != string(task.RunInterrupted) {
		t.Errorf("at the end: %+v", i)
	}
}
