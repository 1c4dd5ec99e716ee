package jobs

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"path/filepath"
	"time"

	"gigabatch/internal/io/rooted"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/shards"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Resume rebuilds the job of the last run in a journal: running it continues that run. An output that went to standard output goes to a
// file beside the input instead. The caller sets Connect and Events.
func Resume(path string) (*Job, error) { return ResumeRun(path, 0) }

// ResumeRun is Resume for the run with a number, as reports have it, which Rewrite then writes. 0 is the last run.
func ResumeRun(path string, number int) (*Job, error) {
	j, err := journal.Read(path)
	if err != nil {
		return nil, err
	}
	defer j.Close()
	m := j.Whole()
	if m == nil {
		return nil, NoRuns(path, path)
	}
	if number > 0 {
		if m, err = journal.Numbered(path, number); err != nil {
			return nil, err
		}
	}
	job := rebuild(j, m, path, m.InputOf(path))
	job.Number = number
	if job.Settings.Output == "-" {
		job.Settings.Output = spec.OutputPath(job.Input, job.Sandbox)
	}
	return job, nil
}

// rebuild makes the job of a run from its manifest. No other function does.
func rebuild(j *journal.Journal, m *journal.Manifest, path, input string) *Job {
	job := &Job{Input: input, Journal: path, Settings: m.Settings.Located(input), Sandbox: m.Sandbox, Version: m.Version, Limits: m.Limits}
	if way := &job.Limits.Batching; way.Via == task.ViaHybrid && way.Deadline.Before(time.Now()) { // who goes on later is in no hurry to pay twice
		way.Via, way.Deadline = task.ViaBatch, time.Time{}
	}
	job.Settings.Output = spec.RestoredOutput(job.Settings.Output, input)
	if job.Settings.InPlace {
		job.Settings.Output = input
	}
	job.Fresh = m.Fresh && j.Continues(&job.Settings, m.Sandbox) != nil // a fresh run that has ended is not repeated
	end := j.Ended()
	job.RetryFailed = m.RetryFailed && (end == nil || end.Pending > 0)
	// The permission to replace a file ends once the output is written.
	if sum, err := hex.DecodeString(m.Replaces); err == nil && (end == nil || end.Summary == nil) {
		copy(job.replaces[:], sum)
	}
	return job
}

// NoRuns is the error of an input that was never run.
func NoRuns(input, path string) error {
	if beside, err := shards.Beside(input); err == nil && len(beside) > 0 && path == spec.JournalPath(input) {
		return &spec.UsageError{
			Msg: messages.Sprintf("%s: the runs of its shards are not merged yet", input),
			Hint: messages.Sprintf("merge them with gigabatch merge %s, or name the journal of one: --journal %s",
				messages.Argument(input), messages.Argument(beside[0].Path)),
		}
	}
	return &spec.UsageError{
		Msg:  messages.Sprintf("%s: no runs yet (journal %s)", input, path),
		Hint: messages.Sprintf("start one with gigabatch run %s", messages.Argument(input)),
	}
}

// newestOf returns the manifest of the newest run of the input of j that was not a preview. last is that of the newest run of all. If no run
// had that input, it was renamed since, and last is returned. If the newest run went on with the output of that run in place, as with a
// file that a spreadsheet program has saved, j gets this output as its input.
func (j *Job) newestOf(last *journal.Manifest) *journal.Manifest {
	if rooted.Same(last.InputOf(j.Journal), j.Input) {
		return last
	}
	m := last
	err := journal.Manifests(j.Journal, func(of *journal.Manifest) {
		if !of.Preview && rooted.Same(of.InputOf(j.Journal), j.Input) {
			m = of
		}
	})
	if err != nil || m == last {
		return last
	}
	if input := last.InputOf(j.Journal); last.Settings.InPlace && rooted.Same(m.Settings.Located(j.Input).Output, input) && exists(input) {
		j.Input = input
		return last
	}
	return m
}

// reopen loads the settings of the last run, or of the one with the number, into j and opens it. change may alter the settings. The destination and the permissions to
// replace files stay as they are in j. With readOnly, another run may hold the journal meanwhile.
func (j *Job) reopen(readOnly bool, change func(*spec.Settings) error) (*Run, error) {
	if j.Journal == "" {
		j.Journal = spec.JournalPath(j.Input)
	}
	if err := hasJournal(j.Input, j.Journal); err != nil {
		return nil, err
	}
	openJournal := journal.Open
	if readOnly {
		openJournal = journal.Read
	}
	found, err := openJournal(j.Journal)
	if err != nil {
		return nil, err
	}
	m := found.Whole()
	if m == nil {
		found.Close()
		return nil, NoRuns(j.Input, j.Journal)
	}
	if j.Number == 0 {
		m = j.newestOf(m)
	} else if m, err = journal.Numbered(j.Journal, j.Number); err != nil {
		found.Close()
		return nil, err
	}
	last := rebuild(found, m, j.Journal, j.Input)
	j.Settings, j.Sandbox, j.Fresh, j.RetryFailed = last.Settings, last.Sandbox, false, false
	found.SetEpoch(*cmp.Or(j.Epoch, &m.Epoch))
	wrote := placesOf(&j.Settings)
	j.wrote = &wrote
	if change != nil {
		if err := change(&j.Settings); err != nil {
			found.Close()
			return nil, err
		}
	}
	r := j.newRun(found, readOnly)
	r.last = m.Off
	return r, nil
}

// checkDestination refuses an output that is neither in the folder of the input nor in that of the journal: whoever wrote the journal that
// names it could otherwise have any file written. named reports that the user has named the output, but not the output folder.
func (j *Job) checkDestination(named bool) error {
	elsewhere := func(path string) bool {
		return path != "" && path != "-" && !rooted.IsBelow(filepath.Dir(j.Input), path) && !rooted.IsBelow(filepath.Dir(j.Journal), path)
	}
	path, hint := j.Settings.Output, messages.Sprintf("if this is right, name it again: -o %s", messages.Argument(j.Settings.Output))
	if named || j.Settings.InPlace { // the user names the input, too
		path = ""
	}
	if elsewhere(j.Settings.OutDir) {
		path, hint = j.Settings.OutDir, messages.Sprintf("if this is right, write it with gigabatch run and --out-dir %s", messages.Argument(j.Settings.OutDir))
	}
	if !elsewhere(path) {
		return nil
	}
	return &spec.UsageError{
		Msg:  messages.Sprintf("%s: the journal names the output %s, which is not in the folder of the input", j.Journal, path),
		Hint: hint,
	}
}

// Within refuses a job with a file or a folder that is neither dir nor below it: what the job reads, and with writes also what it writes.
// Anyone may have put the journal that names it into a served folder.
func (j *Job) Within(dir string, writes bool) error {
	paths := []string{j.Input, j.Settings.AttachRoot}
	for _, d := range j.Settings.Documents {
		paths = append(paths, spec.DocumentRoot(d))
	}
	if writes {
		paths = append(paths, j.Settings.Output, j.Settings.OutDir)
	}
	for _, p := range paths {
		if p != "" && p != "-" && !rooted.IsBelow(dir, p) {
			return &spec.UsageError{
				Msg:  messages.Sprintf("the run uses %s, which is outside the folder", p),
				Hint: messages.Sprintf("continue it where it was started"),
			}
		}
	}
	return nil
}

// hasJournal returns an error if the input was never run or does not exist.
func hasJournal(input, path string) error {
	err := journal.CheckRegular(path)
	if err != nil || exists(path) {
		return err
	}
	if !exists(input) {
		if _, err := open.Open(input, table.Options{}); err != nil {
			return err
		}
	}
	return NoRuns(input, path)
}

// Rewrite writes the output again from the journal with the settings of the last run, or of the one with the number, which change may alter. It
// asks nothing and needs no service. Rows without a result in the journal are pending. The run that merges shards ends with it. Unless the user
// has named the output, it must be in the folder of the input or of
// the journal, and so must the output folder.
func (j *Job) Rewrite(ctx context.Context, named bool, change func(*spec.Settings) error) (*task.Summary, error) {
	r, err := j.rewriting(false, named, change)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	sum := &task.Summary{Tally: task.NewTally(nil, nil), Journal: r.job.Journal, PaidTwice: r.journal.Suspected(r.sandbox)}
	err = r.out.Write(ctx, r.journal.Size(), sum)
	if err == nil && r.journal.Unended() && r.journal.Last().Merges > 0 {
		err = r.journal.End(&journal.End{Sandbox: r.sandbox, Pending: sum.Pending, Ended: time.Now().UTC(), Summary: sum})
	}
	return sum, err
}

// CheckRewrite counts all rows as Rewrite would write them, or returns the error with which it would refuse. earlier are rows that were not
// part of the run and keep an answer of an earlier one. Nothing is changed or locked.
func (j *Job) CheckRewrite(ctx context.Context, named bool, change func(*spec.Settings) error) (t task.Tally, earlier int, err error) {
	r, err := j.rewriting(true, named, change)
	if err != nil {
		return t, 0, err
	}
	defer r.Close()
	src, err := r.open(false)
	if err != nil {
		return t, 0, err
	}
	return r.out.Count(ctx, src)
}

// rewriting opens the last run to write its output again, once that is known to be possible.
func (j *Job) rewriting(readOnly, named bool, change func(*spec.Settings) error) (r *Run, err error) {
	if r, err = j.reopen(readOnly, change); err != nil {
		return nil, err
	}
	defer func(opened *Run) {
		if err != nil {
			opened.Close()
		}
	}(r)
	if err := j.checkDestination(named); err != nil {
		return nil, err
	}
	if s := r.job.Settings.Shard; s != "" {
		return nil, &spec.UsageError{
			Msg:  messages.Sprintf("%s: a shard has no output of its own (--shard %s)", r.job.Journal, s),
			Hint: messages.Sprintf("write that of all shards with gigabatch merge"),
		}
	}
	if was := r.reading(); was != spec.ReadingVersion {
		return nil, &spec.UsageError{
			Msg: messages.Sprintf("%s: cells are read differently than by the program that wrote the journal (reading version %d, now %d), so the "+
				"answers may not be found", r.job.Journal, was, spec.ReadingVersion),
			Hint: messages.Sprintf("gigabatch run says how many rows it asks before it asks them"),
		}
	}
	src, err := r.open(false)
	if err != nil {
		return nil, err
	}
	return r, r.out.Check(src)
}

// Copy says how a table is exported.
type Copy struct {
	Number   int                  // of the run with the settings, as ResumeRun has it
	Epoch    *int64               // as a Job has it
	Dialect  string               // of a CSV file; "" for the one of the run
	Language messages.Language    // of what people read in it
	Change   func(*spec.Settings) // may alter the settings; nil for those of the run
}

// Export writes a table with the results in the journal so far to dst, a new file whose extension determines the format. It asks and journals
// nothing, and a run may hold the journal meanwhile.
func Export(ctx context.Context, path, dst string, c Copy) (*task.Summary, error) {
	job, err := ResumeRun(path, c.Number)
	if err != nil {
		return nil, err
	}
	job.Destination, job.Language, job.Epoch = dst, c.Language, c.Epoch
	r, err := job.reopen(true, func(s *spec.Settings) error {
		if c.Change != nil {
			c.Change(s)
		}
		s.Output, s.InPlace, s.OutDir = dst, false, ""
		if f, ok := table.FormatOf(dst); ok && f != table.CSV || c.Dialect != "" {
			s.CSVDialect = c.Dialect
		}
		if s.OutputColumns == nil {
			s.OutputColumns = spec.DefaultOutputColumns
		}
		return s.Check()
	})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	sum := &task.Summary{Tally: task.NewTally(nil, nil), Journal: path}
	return sum, r.out.Write(ctx, 0, sum)
}

// Collect records what the batches of a journal that are at the service have brought so far. It asks nothing and writes no output.
func (j *Job) Collect(ctx context.Context, drain <-chan struct{}) (did task.Batched, err error) {
	r, err := j.reopen(false, nil)
	if err != nil {
		return did, err
	}
	defer r.Close()
	if len(r.journal.OpenBatches(r.sandbox)) == 0 {
		return did, nil
	}
	svc, err := j.Connect(ctx, nil)
	if err != nil || svc.Batches == nil || svc.Sandbox != r.sandbox {
		return did, err
	}
	b := newBatcher(r, svc)
	b.Once = true
	err = b.Execute(ctx, drain, func(func(task.Task, error) bool) {}, r.journal.Record)
	return b.Did(), errors.Join(err, r.spending.Close())
}
