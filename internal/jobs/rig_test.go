package jobs

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// rig is a folder with an input and a service that counts requests.
type rig struct {
	fakeService
	dir   string
	input string
	plan  *Plan // of the last run
}

// newRig creates a folder with an input file.
func newRig(t testing.TB, name, content string) *rig {
	t.Helper()
	dir := t.TempDir()
	r := &rig{dir: dir, input: filepath.Join(dir, name)}
	r.write(t, content)
	return r
}

func (g *rig) write(t testing.TB, content string) {
	t.Helper()
	jobstest.WriteFile(t, g.input, content)
}

// new returns a job over the input with plain settings, altered by change.
func (g *rig) new(change ...func(*Job)) *Job {
	r := &Job{
		Input:    g.input,
		Settings: spec.Settings{Column: spec.Column{CompletionColumn: spec.DefaultCompletionColumn, Params: spec.Params{Model: "GigaChat-2"}}, OutputColumns: spec.FormerOutputColumns, Output: spec.OutputPath(g.input, false)},
		Limits:   task.Limits{MaxAttempts: 1},
		Connect:  g.connect,
		Events:   Events{Planned: func(p *Plan) { g.plan = p }},
	}
	for _, c := range change {
		c(r)
	}
	return r
}

// run runs the job and fails the test on an error.
func (g *rig) run(t testing.TB, change ...func(*Job)) *task.Summary {
	t.Helper()
	sum, err := g.try(t, change...)
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	return sum
}

func (g *rig) try(t testing.TB, change ...func(*Job)) (*task.Summary, error) {
	t.Helper()
	return g.new(change...).Run(t.Context(), nil)
}

func (g *rig) output(t *testing.T) string {
	t.Helper()
	return jobstest.ReadFile(t, spec.OutputPath(g.input, false))
}

func (g *rig) journal() string { return spec.JournalPath(g.input) }

// open opens the journal for reading and closes it with the test.
func (g *rig) open(t *testing.T) *journal.Journal {
	t.Helper()
	return readJournal(t, g.journal())
}

func inPlace(r *Job)     { r.Settings.Output, r.Settings.InPlace = r.Input, true }
func fresh(r *Job)       { r.Fresh = true }
func retryFailed(r *Job) { r.RetryFailed = true }
func noDedupe(r *Job)    { r.Settings.NoDedupe = true }
func overwrite(r *Job)   { r.Overwrite = true }

func limited(n int) func(*Job) { return func(r *Job) { r.Settings.Limit = n } }

func withPrompt(template string) func(*Job) { return func(r *Job) { r.Settings.Prompt = template } }

func model(name string) func(*Job) {
	return func(r *Job) { r.Settings.Model, r.Settings.ModelForced = name, true }
}

// openJournal opens a journal for writing and closes it with the test.
func openJournal(t *testing.T, path string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(path)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func readJournal(t *testing.T, path string) *journal.Journal {
	t.Helper()
	j, err := journal.Read(path)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// syncOnceStarted replaces the fsync of the journal by sync once the first row is asked.
func syncOnceStarted(r *Job, sync func(*os.File) error) func(*os.File) error {
	var started atomic.Bool
	r.Started = func(*pool.Progress) { started.Store(true) }
	return func(f *os.File) error {
		if started.Load() {
			return sync(f)
		}
		return f.Sync()
	}
}

func mustEdit(t *testing.T, path string, e journal.Edit) {
	t.Helper()
	if err := journal.AppendEdit(path, e); err != nil {
		t.Fatalf("AppendEdit: %v", err)
	}
}

// resultsOf counts the results of a journal.
func resultsOf(j *journal.Journal, sandbox bool) int {
	n := 0
	for range j.Keys(sandbox) {
		n++
	}
	return n
}
