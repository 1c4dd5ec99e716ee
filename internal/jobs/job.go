package jobs

import (
	"cmp"
	"context"
	"math"
	"os"
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/output"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/jobs/uploads"
	"gigabatch/internal/messages"
)

// Job is an input with what is to be done with it.
type Job struct {
	Input       string // the table; for documents, the path that the journal and relative paths are named after
	Journal     string // default spec.JournalPath(Input)
	Settings    spec.Settings
	Destination string // where the output is really written; default Settings.Output
	Sandbox     bool   // completions of a sandbox count, and no others
	Fresh       bool   // ask everything anew; an interrupted fresh run goes on
	RetryFailed bool   // ask again what the service refused
	Overwrite   bool   // the output may replace a file that is not ours, or in place texts that are not ours
	Version     string // of the program, for the manifest
	Limits      task.Limits
	Timeout     time.Duration // of an attempt; default gigachat.DefaultTimeout

	// Connect is called once there is something to ask, with the models that will be asked.
	Connect func(ctx context.Context, models []string) (*Service, error)
	Events
	replaces [32]byte // the hash of what an earlier run of this job was allowed to replace; zero for nothing
	tests    hooks
}

// Events are functions that are called as a run goes on. Each may be nil.
type Events struct {
	Opened  func(dialect messages.Text) // the dialect of the input, before anything is looked for in it
	Planned func(*Plan)                 // before anything is sent, and again when the input has changed
	Started func(*pool.Progress)        // the pool begins to work; what can be watched and steered meanwhile
}

// hooks are for tests.
type hooks struct {
	reached func(stage string)                             // a pass that writes has "opened" the input, or has "read" it
	wrap    func(table.Source, table.Options) table.Source // the input as it is to be seen
	sync    func(*os.File) error                           // how the journal is made durable
}

// Service is what completes the tasks of a run.
type Service struct {
	Ask     pool.AskFunc
	Files   uploads.Store               // nil where no files can be attached
	Sandbox bool                        // the service is a sandbox, whatever the job says
	Check   func(models []string) error // refuses models that the service does not have; nil takes all
	Start   int                         // requests in flight at first
	Max     int                         // most requests in flight
}

// Run runs the job: it asks what is pending and writes the output. Once drain is closed it stops asking, waits for what is on the wire and
// writes what there is. The summary is not nil if an output was written or rows were asked, also beside an error.
func (j *Job) Run(ctx context.Context, drain <-chan struct{}) (*task.Summary, error) {
	began := time.Now()
	run, err := j.Open()
	if err != nil {
		return nil, err
	}
	defer run.Close()
	plan, err := run.Plan(ctx)
	if err != nil {
		return nil, err
	}
	plan, svc, err := plan.Connect(ctx)
	if err != nil {
		return nil, err
	}
	asked, err := plan.Ask(ctx, drain, svc)
	if asked == nil {
		return nil, err
	}
	sum, err := asked.Write(ctx, err)
	if sum != nil {
		sum.Elapsed = time.Since(began)
		sum.ElapsedMS = sum.Elapsed.Milliseconds()
	}
	return sum, err
}

// Open opens the job for a run. Nothing is changed on disk but for the lock of a journal that is there.
func (j *Job) Open() (*Run, error) { return j.open(false) }

// open opens the job. A job that is only looked at leaves everything as it is.
func (j *Job) open(readOnly bool) (*Run, error) {
	j.Journal = cmp.Or(j.Journal, spec.JournalPath(j.Input))
	r := j.newRun(nil, readOnly)
	if err := r.openExisting(readOnly); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// newRun makes the run of a job, whose journal may be nil.
func (j *Job) newRun(found *journal.Journal, readOnly bool) *Run {
	r := &Run{job: j, sandbox: j.Sandbox, began: math.MaxInt64}
	r.out = output.Output{
		Input: j.Input, Settings: &j.Settings, Destination: j.Destination, Sandbox: j.Sandbox, Leave: output.Leave{Overwrite: j.Overwrite, Replaces: j.replaces},
		JournalPath: j.Journal, Export: readOnly, Reached: j.tests.reached,
		Source: output.Source{Open: r.open, Changed: r.differs, HasSheet: r.hasSheet, Resolve: r.resolveOptions},
	}
	if found != nil {
		r.use(found, nil)
	}
	return r
}
