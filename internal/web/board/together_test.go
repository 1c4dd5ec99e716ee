package board

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// elsewhere returns a job of q.csv as another process would run it.
func elsewhere(b *Board, s *service, sp *Spec, change ...func(*jobs.Job)) *jobs.Job {
	input := filepath.Join(b.Dir, "q.csv")
	j := &jobs.Job{Input: input, Settings: sp.Settings(b, input), Sandbox: true, Connect: s.connect}
	for _, c := range change {
		c(j)
	}
	return j
}

// another opens a second board over the folder of a board.
func another(t *testing.T, b *Board) *Board {
	t.Helper()
	second, err := Open(b.Options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { second.Close() })
	return second
}

// inBackground runs a job until it ends or stop is called. With kill the output is not written.
func inBackground(t *testing.T, j *jobs.Job) (stop, kill, wait func()) {
	ctx, cancel := context.WithCancel(t.Context())
	drain, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		if _, err := j.Run(ctx, drain); err != nil && ctx.Err() == nil {
			t.Errorf("run: %v", err)
		}
	}()
	return func() { close(drain) }, cancel, func() { <-ended }
}

// let releases n of the waiting prompts.
func (s *service) let(n int) {
	for range n {
		s.goOn <- struct{}{}
	}
}

// untilSeen is until for changes by other processes, which the board looks for every few seconds.
func untilSeen(t *testing.T, b *Board, id string, want func(Info) bool) Info {
	t.Helper()
	for range 2000 {
		e, err := b.entry(id)
		if err != nil {
			b.search()
			continue
		}
		e.refresh()
		if i := e.info(); want(i) {
			return i
		}
		time.Sleep(5 * time.Millisecond)
	}
	i, err := b.Run(id)
	t.Fatalf("the run is %+v, %v", i, err)
	return i
}

// working waits until n requests are in flight.
func (s *service) working(t *testing.T, n int) {
	t.Helper()
	for range 2000 {
		s.mu.Lock()
		there := s.inFlight == n
		s.mu.Unlock()
		if there {
			return
		}
		time.Sleep(5 * time.Millisecond) // the pool cannot be observed otherwise
	}
	t.Fatalf("there are never %d requests in flight", n)
}

const journalID = "q.csv.gigabatch"

// steadily fails if a count decreases, or if the counts do not add up to the rows.
type steadily struct {
	name      string
	completed int
}

func (c *steadily) check(t *testing.T, i Info) {
	t.Helper()
	if sum := i.Completed + i.Failed + i.Blocked + i.Skipped + i.Pending; sum != i.Rows || i.Completed < c.completed {
		t.Errorf("%s: after %d completed: %s, %d rows, %d completed, %d failed, %d blocked, %d skipped, %d pending",
			c.name, c.completed, i.State, i.Rows, i.Completed, i.Failed, i.Blocked, i.Skipped, i.Pending)
	}
	c.completed = i.Completed
}

// Duplicate rows share a task, and rows with a form take several: counts of tasks are not counts of rows. The board that runs the job and
// one that watches report the same.
func TestCountsAreOfRows(t *testing.T) {
	t.Parallel()
	for name, sp := range map[string]*Spec{
		"repeated rows":        {Input: "q.csv"},
		"forms that never fit": {Input: "q.csv", Columns: Columns{{Shape: spec.Shape{Choices: []string{"yes", "no"}}}}},
		"repaired forms":       {Input: "q.csv", Columns: Columns{{Shape: spec.Shape{Choices: []string{"yes", "no"}, Repairs: spec.DefaultRepairs}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := open(t, map[string]string{"q.csv": "prompt\n" + strings.Repeat(lines("slow", 6), 5)})
			other := another(t, b)
			id := start(t, b, sp)
			here, there := &steadily{name: "here"}, &steadily{name: "elsewhere"}
			both := func() {
				for c, board := range map[*steadily]*Board{here: b, there: other} {
					if i, err := board.Run(id); err == nil {
						c.check(t, i)
					}
				}
			}
			until(t, other, id, func(i Info) bool { return i.State == Running })
			for range 3 {
				s.let(1)
				both()
			}
			until(t, other, id, func(i Info) bool { both(); return i.Live != nil && i.Live.Done >= 3 })
			close(s.goOn)
			i := until(t, b, id, func(i Info) bool { both(); return i.State == Completed })
			o := until(t, other, id, func(i Info) bool { both(); return i.State == Completed })
			completed, failed := 30, 0
			if len(sp.Columns) > 0 {
				completed, failed = 0, 30
			}
			for name, i := range map[string]Info{"here": i, "elsewhere": o} {
				if i.Rows != 30 || i.Completed != completed || i.Failed != failed {
					t.Errorf("%s %+v", name, i)
				}
			}
			again, err := another(t, b).Run(id)
			if err != nil || again.Rows != 30 || again.Completed != completed || again.Failed != failed || again.State != Completed {
				t.Errorf("after a restart %+v, %v", again, err)
			}
		})
	}
}

// A run of this process that has ended does not hide a later run of another process.
func TestRunOfAnotherProcessAfterOurs(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\none\n"})
	id := start(t, b, &Spec{Input: "q.csv"})
	untilSeen(t, b, id, inState(Completed))
	write(t, filepath.Join(b.Dir, "q.csv"), "prompt\none\nslow\nslower\n")
	_, kill, wait := inBackground(t, elsewhere(b, s, &Spec{}))
	i := untilSeen(t, b, id, func(i Info) bool { return i.Started.After(time.Time{}) && i.Rows == 3 })
	if i.State != Running || i.Here || i.Completed != 1 || i.Pending != 2 {
		t.Errorf("while another process runs it: %+v", i)
	}
	if err := b.Stop(id); !errors.Is(err, ErrElsewhere) {
		t.Errorf("Stop: %v", err)
	}
	s.working(t, 2)
	kill()
	wait()
	i = untilSeen(t, b, id, func(i Info) bool { return i.State != Running })
	if i.State != Interrupted || i.Completed != 1 || i.Pending != 2 {
		t.Errorf("after it was killed: %+v", i)
	}
}

// Every edit is counted, not only the first one, and also by another board.
func TestCountsFollowEdits(t *testing.T) {
	t.Parallel()
	for name, sp := range map[string]*Spec{
		"plain":   {Input: "q.csv"},
		"choices": {Input: "q.csv", Columns: Columns{{Shape: spec.Shape{Choices: []string{"re one", "mine"}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _ := open(t, map[string]string{"q.csv": "prompt\none\nbad 1\nbad 2\nbad 3\n"})
			other := another(t, b)
			id := start(t, b, sp)
			until(t, b, id, inState(Completed))
			until(t, other, id, inState(Completed))
			for _, board := range []*Board{b, other} {
				if _, err := board.Detail(id); err != nil { // someone looks at the run
					t.Fatal(err)
				}
			}
			for n := 1; n <= 2; n++ {
				row, err := rowOf(t.Context(), b, id, n)
				if err != nil {
					t.Fatal(err)
				}
				if err := change(t.Context(), b, id, n, row.Cells[0].Key.String(), rows.Change{Version: row.Cells[0].Version(), Text: "mine"}); err != nil {
					t.Fatal(err)
				}
				for _, board := range []*Board{b, other} {
					i := until(t, board, id, func(i Info) bool { return i.Edited == n })
					if i.Completed != 1+n || i.Failed != 3-n {
						t.Errorf("after %d edits %+v", n, i)
					}
				}
			}
		})
	}
}

// The counts are of the rows of the file with the prompt of the last run, whatever else is in the journal.
func TestCountsAreOfTheFile(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("p", 5)})
	if _, err := elsewhere(b, s, &Spec{}).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	id := IDOf(journalID)
	untilSeen(t, b, id, func(i Info) bool { return i.State == Completed && i.Completed == 5 })

	_, kill, wait := inBackground(t, elsewhere(b, s, &Spec{Columns: asking("slow {{prompt}}")}))
	s.working(t, 4)
	s.let(1)
	i := untilSeen(t, b, id, func(i Info) bool { return i.State == Running })
	if i.Rows != 5 || i.Completed > 1 {
		t.Errorf("while a run with another prompt begins: %+v", i)
	}
	kill()
	wait()
	for name, board := range map[string]*Board{"here": b, "after a restart": another(t, b)} {
		i := untilSeen(t, board, id, inState(Interrupted))
		if i.Rows != 5 || i.Completed > 1 || i.Pending < 4 || i.Completed+i.Pending != 5 {
			t.Errorf("%s: after a run with another prompt was killed: %+v", name, i)
		}
	}

	write(t, filepath.Join(b.Dir, "q.csv"), "prompt\n"+lines("p", 3))
	if _, err := elsewhere(b, s, &Spec{}).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	untilSeen(t, b, id, func(i Info) bool { return i.State == Completed && i.Rows == 3 })
	write(t, filepath.Join(b.Dir, "q.csv"), "prompt\n"+lines("p", 2))
	asked := s.count()
	if _, err := elsewhere(b, s, &Spec{}).Run(t.Context(), nil); err != nil { // it sends nothing
		t.Fatal(err)
	}
	for name, board := range map[string]*Board{"here": b, "after a restart": another(t, b)} {
		i := untilSeen(t, board, id, func(i Info) bool { return i.State == Completed && i.Rows == 2 })
		if i.Completed != 2 || i.Pending != 0 || s.count() != asked {
			t.Errorf("%s: after rows were removed: %+v", name, i)
		}
	}
}

// A run that sends nothing, after a trial of all rows, is not a trial.
func TestRunAfterATrialOfAllRows(t *testing.T) {
	t.Parallel()
	b, _ := open(t, map[string]string{"q.csv": "prompt\none\ntwo\n"})
	if _, err := b.Try(t.Context(), &Spec{Input: "q.csv"}, 5); err != nil {
		t.Fatal(err)
	}
	id := start(t, b, &Spec{Input: "q.csv"})
	if i := untilSeen(t, b, id, func(i Info) bool { return i.State != Planning && !i.Here }); i.State != Completed || i.Completed != 2 {
		t.Errorf("info %+v", i)
	}
}

// The counts of the answers to one prompt are not reported for another.
func TestValuesOfAnotherPrompt(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\na\nb\n"})
	id := start(t, b, &Spec{Input: "q.csv", Columns: Columns{{Shape: spec.Shape{Choices: []string{"re a", "re b"}}}}})
	untilSeen(t, b, id, inState(Completed))
	values := func() string {
		d, err := b.Detail(id)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(string(d.Settings["choices"]), d.Values)
	}
	for n := 0; !strings.Contains(values(), "{re a 1} {re b 1}"); n++ {
		if n == 1000 {
			t.Fatalf("after the first run: %s", values())
		}
		time.Sleep(5 * time.Millisecond) // reading in the background cannot be observed otherwise
	}
	second := &Spec{Columns: Columns{{Prompt: "slow {{prompt}}", Shape: spec.Shape{Choices: []string{"re slow a", "re slow b"}}}}}
	_, kill, wait := inBackground(t, elsewhere(b, s, second))
	s.working(t, 2)
	for range 100 {
		if text := values(); strings.Contains(text, "{re a 1}") {
			t.Fatalf("while the rows wait for another prompt: %s", text)
		}
		time.Sleep(time.Millisecond)
	}
	kill()
	wait()
}

// The chip and the filter agree on a row that needs a blocked one; see rows.TestNeedOfABlockedCell. Only their words are compared here.
func TestFilterFindsWhatIsCounted(t *testing.T) {
	t.Parallel()
	b, _ := open(t, map[string]string{"q.csv": "prompt\none\nbad\n\n"})
	id := start(t, b, &Spec{Input: "q.csv"})
	untilSeen(t, b, id, inState(Completed))
	i, err := b.Run(id)
	if err != nil {
		t.Fatal(err)
	}
	for state, n := range map[string]int{"completed": i.Completed, "failed": i.Failed, "skipped": i.Skipped, "pending": i.Pending} {
		w, err := rowsOf(b, id, 0, 10, rowsIn(state))
		for ; err == nil && !w.Complete; w, err = rowsOf(b, id, 0, 10, rowsIn(state)) {
			time.Sleep(5 * time.Millisecond) // reading in the background cannot be observed otherwise
		}
		if err != nil || w.Total != n {
			t.Errorf("%d rows are %s, %d are counted, %v", w.Total, state, n, err)
		}
	}
}

func TestContinueKeepsLimits(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("slow", 5)})
	limits := task.Limits{Concurrency: 1, RPM: 600, TPM: 1_000_000, MaxAttempts: 2, Grace: time.Minute, MaxOutage: time.Hour}
	stop, _, wait := inBackground(t, elsewhere(b, s, &Spec{}, func(j *jobs.Job) { j.Limits = limits }))
	s.working(t, 1)
	stop()
	s.let(1)
	wait()
	id := IDOf(journalID)
	untilSeen(t, b, id, inState(Interrupted))
	began := time.Now()
	if err := b.Continue(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	s.working(t, 1)
	time.Sleep(150 * time.Millisecond) // the rate alone would allow another request
	close(s.goOn)
	i := untilSeen(t, b, id, inState(Completed))
	if i.Completed != 5 || s.widest != 1 {
		t.Errorf("%d completed, up to %d requests at once", i.Completed, s.widest)
	}
	if took := time.Since(began); took < 200*time.Millisecond {
		t.Errorf("4 requests took %v, at 600 a minute", took)
	}
	j, err := jobs.Resume(filepath.Join(b.Dir, journalID))
	if err != nil || j.Limits != limits {
		t.Errorf("limits %+v, %v", j.Limits, err)
	}
}

func TestContinueGoesOnWithAFreshRun(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("slow", 8)})
	_, _, wait := inBackground(t, elsewhere(b, s, &Spec{}))
	s.let(8)
	wait()
	stop, _, wait := inBackground(t, elsewhere(b, s, &Spec{}, func(j *jobs.Job) { j.Fresh = true }))
	s.working(t, 4)
	stop()
	s.let(4)
	wait()
	id := IDOf(journalID)
	untilSeen(t, b, id, func(i Info) bool { return i.State == Interrupted && i.Completed == 4 && i.Pending == 4 })
	close(s.goOn)
	if err := b.Continue(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	if i := untilSeen(t, b, id, inState(Completed)); i.Completed != 8 {
		t.Errorf("info %+v", i)
	}
	for prompt, n := range s.times {
		if n != 2 {
			t.Errorf("%q was asked %d times, want once of old and once afresh", prompt, n)
		}
	}
	if err := b.Continue(t.Context(), id, false); err != nil { // the run has ended
		t.Fatal(err)
	}
	if untilSeen(t, b, id, inState(Completed)); s.count() != 16 {
		t.Errorf("%d requests, want 16", s.count())
	}
}

func TestContinueOfARunToStandardOutput(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("slow", 6)})
	spool := filepath.Join(t.TempDir(), "out.csv")
	stop, _, wait := inBackground(t, elsewhere(b, s, &Spec{}, func(j *jobs.Job) { j.Settings.Output, j.Destination = "-", spool }))
	s.working(t, 4)
	stop()
	s.let(4)
	wait()
	id := IDOf(journalID)
	untilSeen(t, b, id, inState(Interrupted))
	if done, err := (Answers{Board: b}).Save(t.Context(), id, Saving{How: "new"}); err != nil || done.Output != "q.sandbox.csv" {
		t.Errorf("Save: %+v, %v", done, err)
	}
	close(s.goOn)
	if err := b.Continue(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	i := untilSeen(t, b, id, inState(Completed))
	if i.Completed != 6 || i.Output != "q.sandbox.csv" {
		t.Errorf("info %+v", i)
	}
	if text := read(t, filepath.Join(b.Dir, "q.sandbox.csv")); strings.Count(text, "re slow") != 6 {
		t.Errorf("output %s", text)
	}
	for _, name := range []string{"-", filepath.Join(b.Dir, "-")} {
		if _, err := os.Stat(name); err == nil {
			os.Remove(name)
			t.Errorf("there is a file %s", name)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A run that was allowed to replace a file replaces only that file when it is continued.
func TestContinueOfARunThatOverwrites(t *testing.T) {
	t.Parallel()
	for _, changed := range []bool{false, true} {
		t.Run(fmt.Sprint("changed ", changed), func(t *testing.T) {
			t.Parallel()
			b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("slow", 3), "q.sandbox.csv": "the user's\n"})
			output := filepath.Join(b.Dir, "q.sandbox.csv")
			_, kill, wait := inBackground(t, elsewhere(b, s, &Spec{}, func(j *jobs.Job) { j.Overwrite = true }))
			s.working(t, 3)
			kill()
			wait()
			if text := read(t, output); text != "the user's\n" {
				t.Fatalf("the killed run wrote %s", text)
			}
			close(s.goOn)
			id := IDOf(journalID)
			untilSeen(t, b, id, inState(Interrupted))
			if changed {
				write(t, output, "the user's own\n")
			}
			err := b.Continue(t.Context(), id, false)
			if changed {
				var wrong *spec.UsageError
				if !errors.As(err, &wrong) || read(t, output) != "the user's own\n" || s.count() != 3 {
					t.Errorf("%d requests, output %q, %v", s.count(), read(t, output), err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			untilSeen(t, b, id, inState(Completed))
			if text := read(t, output); strings.Count(text, "re slow") != 3 {
				t.Errorf("output %s", text)
			}
		})
	}
}
