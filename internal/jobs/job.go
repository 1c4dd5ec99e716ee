package jobs

import (
	"cmp"
	"context"
	"errors"
	"math"
	"os"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/rooted"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/batch"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/estimate"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/output"
	"gigabatch/internal/jobs/pack"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/pool/share"
	"gigabatch/internal/jobs/queue"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/jobs/uploads"
	"gigabatch/internal/messages"
)

// Job is an input and what to do with it.
type Job struct {
	Input       string // the table; for documents, the path from which the journal's name and relative paths are derived
	Journal     string // default spec.JournalFor(Input, Settings.Shard)
	Settings    spec.Settings
	Destination string // where the output is written instead of Settings.Output; may be empty
	Sandbox     bool   // only completions from a sandbox count
	Wishes
	Version string // of the program, for the manifest
	Limits  task.Limits
	Prices  *cost.Prices  // default cost.Known()
	Timeout time.Duration // for each attempt; default gigachat.DefaultTimeout

	// Connect is called with the models of chats to ask, once there is something to ask. While it fails for a passing cause, it is called again until
	// Limits.MaxOutage is over.
	Connect func(ctx context.Context, models []string) (*Service, error)
	Events
	wrote    *places  // where the run wrote that is reopened; nil for a new run
	replaces [32]byte // the hash of the file that an earlier run of this job was allowed to replace; zero for none
	tests    hooks
}

// Wishes are how a run goes about its job.
type Wishes struct {
	Fresh       bool // ask everything again; an interrupted fresh run is continued
	RetryFailed bool // ask again the tasks that the service refused
	Overwrite   bool // the output may replace a file, or texts in the input, that no run wrote
	Usual       bool // the columns of the output are the default, not chosen by the user
	Repost      bool // post again the batches of which it is unknown whether the service has them
	Canary      Canary
	Judge       func(*task.Summary) int // returns the exit code of a run that went to its end, for the journal; nil for the usual one
	Control     Control
	Number      int               // Rewrite takes the settings of the run with this number, as reports have it; 0 is the last run
	Epoch       *int64            // Rewrite takes the answers from there on in the journal; nil for those that the run took
	All         bool              // Rewrite also fills in, in place, the answers of rows that were not part of that run
	MayBeEmpty  bool              // a table without rows is asked as it is, and written
	Language    messages.Language // of what people read in the output
	Lasting     bool              // a first run that is stopped before it sends anything leaves its journal and output, so that it can be continued
}

// Events are functions that are called during a run. Each may be nil.
type Events struct {
	Opened  func(dialect messages.Text) // after the input is opened, before its columns are checked
	Confirm func(*Plan) error           // the plan asks again what has an answer; an error ends the run before anything is sent
	Planned func(*Plan)                 // before anything is sent, and again if the input changes
	Waiting func(error, time.Duration)  // the service cannot be reached: why, and the time to the next attempt
	Said    func(messages.Text)         // something about batches that the user should know; called by several goroutines
	Emptied func(model, instead string) // the package of a model is used up, and another one is asked instead
	Tried   func(rows, failed int)      // a canary was asked
	Started func(*pool.Progress)        // the pool starts; the argument shows and steers its progress
	Each    func(*Answer)               // a result is in the journal; called by several goroutines
	Deleted func(n, of int)             // the nth of these files at the service was deleted after the run; called from several goroutines
}

// Answer is a result of a run, as it arrives.
type Answer struct {
	*task.Result
	Of      task.Place        // of the first row that has it
	Request []byte            // canonical JSON, as in task.Task
	Tally   func() task.Tally // of all rows so far
}

// hooks are for tests.
type hooks struct {
	reached func(stage string)                             // a writing pass has "opened" or "read" the input
	wrap    func(table.Source, table.Options) table.Source // replaces the input
	sync    func(*os.File) error                           // replaces fsync of the journal
}

// Service completes the tasks of a run.
type Service struct {
	Ask        pool.AskFunc
	Embed      pack.EmbedFunc                                    // nil if the service makes no vectors
	Files      uploads.Store                                     // nil if files cannot be attached
	Count      estimate.CountFunc                                // counts tokens; nil if the service does not
	Packages   func(context.Context) ([]gigachat.Package, error) // lists the prepaid packages; nil if there are none
	Sandbox    bool                                              // whether the service is a sandbox; overrides the job
	Check      func(models []string) error                       // refuses models that the service lacks; nil accepts all
	CheckEmbed func(models []string) error                       // as Check, of models that make vectors
	Batches    batch.Service                                     // the asynchronous batches; nil if the service has none
	Forgets    bool                                              // the service has no batches of earlier processes
	Start      int                                               // requests in flight at the start
	Max        int                                               // limit on requests in flight
	Quota      share.Quota                                       // divided with others that use the same key; nil if there are none
	Workers    *queue.Fleet                                      // send the requests for completions; nil if this process does
}

// Takes refuses models that the service lacks for what is asked.
func (s *Service) Takes(set *spec.Settings, models []string) error {
	switch {
	case set.Embed && s.Embed == nil:
		return &spec.UsageError{Msg: messages.Sprintf("this service makes no vectors"), Hint: messages.Sprintf("ask a service that does")}
	case set.Embed && s.CheckEmbed != nil:
		return s.CheckEmbed(models)
	case !set.Embed && s.Check != nil:
		return s.Check(models)
	}
	return nil
}

// UnreadyError is an error of Job.Connect after which the journal does not note the run: nothing could be tried.
type UnreadyError struct{ Err error }

func (e *UnreadyError) Error() string { return e.Err.Error() }
func (e *UnreadyError) Unwrap() error { return e.Err }

// Message is the text of Error in any language.
func (e *UnreadyError) Message() messages.Text { return messages.Sprintf("%v", e.Err) }

// Run runs the job: it asks the pending tasks and writes the output. After drain is closed, it stops asking, waits for requests in flight
// and writes the results so far. A run that is drained before it reaches the service writes what the journal has; without a journal, it
// leaves nothing unless the job is Lasting, and the error is a context.Canceled. If the service cannot be used, an existing journal notes
// the error; none is created. A limit that is met first is like a drain. The summary is not nil if an output was written or rows were asked, even
// if there is an error.
func (j *Job) Run(ctx context.Context, drain <-chan struct{}) (*task.Summary, error) {
	began := time.Now()
	run, err := j.Open()
	if err != nil {
		return nil, err
	}
	defer func() {
		if run != nil {
			run.Close()
		}
	}()
	plan, err := run.Plan(ctx)
	if err == nil {
		err = plan.confirm()
	}
	var tried task.Work
	var limit error // a limit of the user's that was met before the run itself
	if err == nil && plan.wantsCanary() && !task.Closed(drain) {
		run.Close()
		means := run.means
		if tried, err = j.tryCanary(ctx, drain, means); cost.IsLimit(err) {
			limit, err = err, nil
		}
		if err == nil {
			run, err = j.Open()
		}
		if err == nil {
			run.means = means
			plan, err = run.Plan(ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	var svc *Service
	if limit == nil {
		first, known := plan, run.journal != nil
		plan, svc, err = plan.Connect(ctx, drain)
		if err == nil && plan != first {
			err = plan.confirm()
		}
		if cost.IsLimit(err) {
			limit, err = err, nil
		}
		if err != nil && !(task.Closed(drain) && ctx.Err() == nil && plan.leaves()) {
			if known && !Stopped(err) && !errors.As(err, new(*spec.UsageError)) && !errors.As(err, new(*UnreadyError)) {
				err = errors.Join(err, run.journal.Unsent(&journal.Unsent{Started: began.UTC(), Ended: time.Now().UTC(), Error: onOneLine(err)}))
			}
			return nil, err
		}
	}
	if limit != nil && !plan.leaves() {
		return nil, limit
	}
	asked, err := plan.Ask(ctx, drain, svc)
	if asked == nil {
		return nil, err
	}
	asked.work.Add(&tried)
	if err == nil {
		err = limit
	}
	sum, err := asked.Write(ctx, err)
	if sum != nil {
		sum.Elapsed = time.Since(began)
		sum.ElapsedMS = sum.Elapsed.Milliseconds()
	}
	return sum, err
}

// places are where a run writes.
type places struct{ output, dir string }

func placesOf(s *spec.Settings) places { return places{s.Output, s.OutDir} }

// writes returns where the run writes, or has written if it was reopened.
func (j *Job) writes() places {
	if j.wrote != nil {
		return *j.wrote
	}
	return placesOf(&j.Settings)
}

func (p places) same(other places) bool {
	return (rooted.Same(p.output, other.output) || p.output == other.output) && (rooted.Same(p.dir, other.dir) || p.dir == other.dir)
}

// Open opens the job for a run. It changes nothing on disk except that it locks an existing journal.
func (j *Job) Open() (*Run, error) { return j.open(false) }

// open opens the job. With readOnly, nothing is locked or changed.
func (j *Job) open(readOnly bool) (*Run, error) {
	j.Journal = cmp.Or(j.Journal, spec.JournalFor(j.Input, j.Settings.Shard))
	r := j.newRun(nil, readOnly)
	if err := r.openExisting(readOnly); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Free changes where the answers go, so that the run replaces nothing of the user. Columns of the output that have the name of an input
// column with text get free names: those with answers only with answers. With output, the output gets a free name if it has none.
func (j *Job) Free(output, answers bool) error {
	r, err := j.open(true)
	if err != nil {
		return err
	}
	defer r.Close()
	src, err := r.open(false)
	if err == nil && output {
		err = r.out.FreeOutput(src)
	}
	if err == nil {
		err = r.out.FreeColumns(src, answers)
	}
	return err
}

// newRun makes a run of the job. The journal may be nil.
func (j *Job) newRun(found *journal.Journal, readOnly bool) *Run {
	r := &Run{job: j, sandbox: j.Sandbox, means: means{opened: time.Now(), spending: spendingOf(j)}, began: math.MaxInt64}
	r.out = output.Output{
		Input: j.Input, Settings: &j.Settings, Destination: j.Destination, Sandbox: j.Sandbox,
		Leave:       output.Leave{Overwrite: j.Overwrite, Replaces: j.replaces, Former: j.Usual, All: j.All},
		JournalPath: j.Journal, Export: readOnly, Language: j.Language, Reached: j.tests.reached,
		Source: output.Source{
			Open: r.open, Again: func() (table.Source, error) { return r.openAnew(r.options()) }, Changed: r.differs, Begins: r.begins,
			HasSheet: r.hasSheet, Resolve: r.resolveOptions, Earlier: r.earlierOptions,
		},
	}
	if found != nil {
		r.use(found, nil)
	}
	return r
}

// Stopped reports whether an error only says that a run was stopped.
func Stopped(err error) bool {
	e := gigachat.AsError(err)
	return errors.Is(err, context.Canceled) || e != nil && e.Kind == gigachat.KindCanceled
}
