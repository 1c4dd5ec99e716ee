package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Run is one input with one set of settings.
type Run struct {
	Input       string // the table; of documents the name beside which the journal stands and from which places are told: the output
	Journal     string // default JournalPath(Input)
	Settings    spec.Settings
	Destination string    // where the output is really written; default Settings.Output
	Sandbox     bool      // answers of a sandbox count, and no others
	Fresh       bool      // ask everything anew; an interrupted fresh run goes on
	RetryFailed bool      // ask again what the service refused
	Overwrite   bool      // the output may replace a file that is not ours, or in place texts that are not ours
	Version     string    // of the program, for the manifest
	Pool        pool.Pool // limits; what the run knows itself is filled in

	// Connect is called once there is something to ask, with the models that will be asked.
	Connect func(ctx context.Context, models []string) (*Service, error)
	// Opened, if set, is called with the dialect of the input, before anything is looked for in it.
	Opened func(dialect string)
	// Planned, if set, is called with what the first pass found, before anything is sent.
	Planned func(*Plan)
	// Started, if set, is called when the pool starts to work, with what can be watched meanwhile.
	Started func(*pool.Progress)

	merging func(stage string)                             // for tests: a second pass has "opened" the input, or has "read" it
	wrap    func(table.Source, table.Options) table.Source // for tests: the input as it is to be seen
	sync    func(*os.File) error                           // for tests: how the journal is made durable

	journal *journal.Journal
	began   int64 // results before this offset are of earlier runs
	asked   bool  // this run asks, or has asked
	plans   *Plan
	planned table.Identity // the input, as it was planned
	shown   *pool.Progress
	rows    *rowKeys                  // of the input as it was planned, nil where more than a key decides a row
	ours    map[string]table.Identity // files, when they were last found to be ours
	adopted map[string]bool           // columns of the input that have nothing in them and that the run takes for its own
	kept    keptSource
	files   prompt.Files // that go with requests
	ways    ways
	uploads *uploads      // nil until there is a service
	yielded int           // jobs of this run
	dry     bool          // nothing is written
	preview int           // so many rows are asked; 0 for all
	picks   []int         // of a preview: which of the selected rows are asked
	looked  time.Time     // at the documents, for a change
	before  []table.Found // of the input, by the last run
	utf8    bool          // a CSV output is in UTF-8, because the input's encoding cannot express it
}

// Do asks what is still to be asked and writes the output. Once drain is closed it stops asking, waits for what is on the wire and
// writes what there is. The summary is not nil if an output was written or rows were asked, also beside an error.
func (r *Run) Do(ctx context.Context, drain <-chan struct{}) (*task.Summary, error) {
	began := time.Now()
	if r.Journal == "" {
		r.Journal = spec.JournalPath(r.Input)
	}
	defer r.close()
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	sum, err := r.finish(ctx, drain)
	if sum != nil {
		sum.Elapsed = time.Since(began)
		sum.ElapsedMS = sum.Elapsed.Milliseconds()
	}
	return sum, err
}

// prepare finds all that is wrong before anything is sent or changed on disk.
func (r *Run) prepare(ctx context.Context) error {
	if err := r.openExistingInput(); err != nil {
		return err
	}
	src, err := r.open()
	if err != nil {
		return err
	}
	if r.Opened != nil {
		r.Opened(src.Dialect())
	}
	if _, err := r.Settings.Selector(src); err != nil {
		return err
	}
	if err := r.Settings.Check(); err != nil {
		return err
	}
	if err := r.checkSettings(); err != nil {
		return err
	}
	if err := r.checkOutput(src); err != nil {
		return err
	}
	return r.makePlan(ctx, src)
}

func (r *Run) makePlan(ctx context.Context, src table.Source) error {
	r.setEpoch()
	k, err := r.askers(src)
	if err != nil {
		return err
	}
	plan, err := r.plan(ctx, src, k)
	if err != nil {
		return err
	}
	r.plans = plan
	r.planned = src.Stat()
	if err := r.fits(src); err != nil {
		return err
	}
	if err := r.trySink(src); err != nil {
		return err
	}
	if r.Planned != nil {
		r.Planned(r.plans)
	}
	return nil
}

// openExistingInput opens the journal of an input that is there. What is wrong with one that is not, its opening says.
func (r *Run) openExistingInput() error {
	if !r.documents() {
		if !Exists(r.Input) {
			return nil
		}
		if err := r.checkApart(r.Input, "the input"); err != nil {
			return err
		}
	}
	if err := r.openExisting(); err != nil {
		return err
	}
	r.recall()
	return nil
}

// openExisting opens the journal if there is one.
func (r *Run) openExisting() error {
	if r.dry {
		return r.readExisting()
	}
	if _, err := os.Stat(r.Journal); !errors.Is(err, fs.ErrNotExist) {
		return r.openJournal()
	}
	if err := atomicfile.Check(r.Journal); err != nil {
		return &spec.UsageError{Msg: fmt.Sprintf("the journal cannot be written: %v", err), Hint: "choose another place with --journal"}
	}
	return journal.CheckBeside(r.Journal)
}

func (r *Run) openJournal() (err error) {
	if r.sync != nil {
		r.journal, err = journal.OpenWith(r.Journal, r.sync)
		return err
	}
	r.journal, err = journal.Open(r.Journal)
	return err
}

// dst is where the output is written.
func (r *Run) dst() string { return cmp.Or(r.Destination, r.Settings.Output) }

// owned are the columns of the input that are ours: this journal made them, or the run has found them empty.
func (r *Run) owned(src table.Source) map[string]bool {
	owned := map[string]bool{}
	maps.Copy(owned, r.adopted)
	if r.journal == nil {
		return owned
	}
	for _, name := range r.journal.Owned(func(column string) []string { return sheetsWith(src, column) }) {
		owned[name] = true
	}
	return owned
}

// sheetsWith are the sheets that are read and have a column of that name, all of them for the name ""; of a file without sheets the
// only one is "".
func sheetsWith(src table.Source, name string) []string {
	if src.Format() != table.XLSX {
		return []string{""}
	}
	var sheets []string
	for _, f := range src.Found() {
		if name == "" || slices.Contains(f.Columns, name) {
			sheets = append(sheets, f.Sheet)
		}
	}
	return sheets
}

// setEpoch decides which results count. A fresh run counts none of before; the same command after an interruption goes on with it.
func (r *Run) setEpoch() {
	j := r.journal
	if j == nil {
		return
	}
	j.SetEpoch(0)
	if !r.Fresh {
		return
	}
	j.SetEpoch(j.Size())
	if m := j.Continues(&r.Settings, r.Sandbox); m != nil {
		j.SetEpoch(m.Epoch)
	}
}

// finish asks, if there is anything to ask, and merges.
func (r *Run) finish(ctx context.Context, drain <-chan struct{}) (*task.Summary, error) {
	sum := &task.Summary{Tally: newTally(&r.Settings), Journal: r.Journal}
	if r.plans.Jobs == 0 {
		return r.askNothing(ctx, sum)
	}
	svc, err := r.connect(ctx)
	if err != nil {
		return nil, err
	}
	if r.plans.Jobs == 0 {
		return r.finish(ctx, drain)
	}
	err = r.ask(ctx, drain, svc, sum)
	sum.FilesLeft = r.clearFiles(ctx)
	sum.Interrupted = closed(drain)
	if ctx.Err() != nil {
		return sum, errors.Join(ctx.Err(), r.endRun(r.plans.Jobs, nil))
	}
	return sum, r.conclude(ctx, sum, err)
}

// askNothing merges what the journal has already.
func (r *Run) askNothing(ctx context.Context, sum *task.Summary) (*task.Summary, error) {
	if r.journal == nil { // no prompt leads to a request
		if err := r.openJournal(); err != nil {
			return nil, err
		}
	}
	r.began = r.journal.Size()
	if err := r.begin(false); err != nil {
		return nil, err
	}
	err := r.conclude(ctx, sum, nil)
	sum.FilesLeft = r.clearLeft(ctx)
	return sum, err
}

// conclude writes the output and the end of the run. cause is why asking ended early, if it did.
func (r *Run) conclude(ctx context.Context, sum *task.Summary, cause error) error {
	if brokenJournal(cause) {
		return cause
	}
	err := r.merge(ctx, sum)
	sum.PaidTwice = r.journal.PaidTwice(r.Sandbox)
	sum.Damaged = len(r.journal.Damaged())
	switch {
	case brokenJournal(err):
		return errors.Join(cause, err)
	case err != nil:
		return errors.Join(cause, err, r.endRun(max(1, r.plans.Jobs), nil)) // what is pending is not known, and the output is not written
	}
	return errors.Join(cause, r.endRun(sum.Pending, sum))
}

func (r *Run) close() {
	r.kept.close()
	r.files.Close()
	if r.journal != nil {
		r.journal.Close()
	}
}
