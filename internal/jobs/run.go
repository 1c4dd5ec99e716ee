package jobs

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"reflect"
	"strings"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/output"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// Run is a job that is open: its journal is held, and its input is kept open from one phase to the next, because opening a large workbook
// costs a pass over it. The phases follow each other: no two of them read at once.
type Run struct {
	job     *Job
	journal *journal.Journal // nil until there is one
	sandbox bool             // what the job says, until the service tells better
	preview int              // so many rows are asked; 0 for all
	asked   bool             // tasks are being asked, or have been
	began   int64            // results at or after this offset in the journal belong to this run; the greatest offset before it asks
	looked  time.Time        // when documents were last checked for changes
	input   input
	out     output.Output
	files   prompt.Files // that go with requests
	ways    resolve.Ways
}

// input is the table or the documents that are read.
type input struct {
	source  table.Source // nil before it is opened
	options table.Options
	opened  table.Identity
	before  []table.Found // what the last run found
}

// openExisting opens the journal of an input that is there. A missing input is reported when it is opened.
func (r *Run) openExisting(readOnly bool) error {
	j := r.job
	if j.Settings.Documents == nil {
		if !exists(j.Input) {
			return nil
		}
		if err := r.out.CheckApart(j.Input, "the input"); err != nil {
			return err
		}
	}
	switch {
	case readOnly:
		found, err := journal.Read(j.Journal)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return r.use(found, err)
	case exists(j.Journal):
		return r.openJournal()
	}
	if err := atomicfile.Check(j.Journal); err != nil {
		return &spec.UsageError{Msg: messages.Sprintf("the journal cannot be written: %v", err), Hint: messages.Sprintf("choose another place with --journal")}
	}
	return journal.CheckBeside(j.Journal)
}

// openJournal opens the journal for writing, and makes it if there is none.
func (r *Run) openJournal() error {
	if sync := r.job.tests.sync; sync != nil {
		return r.use(journal.OpenWith(r.job.Journal, sync))
	}
	return r.use(journal.Open(r.job.Journal))
}

// use reads and writes j from now on.
func (r *Run) use(j *journal.Journal, err error) error {
	if err != nil {
		return err
	}
	r.journal, r.out.Journal = j, j
	if last := j.Last(); last != nil && reflect.DeepEqual(last.Settings.Options, r.job.Settings.Options) {
		r.input.before = last.Found
	}
	return nil
}

// Close frees what the run holds.
func (r *Run) Close() {
	r.input.close()
	r.files.Close()
	if r.journal != nil {
		r.journal.Close()
	}
}

func (i *input) close() {
	if i.source != nil {
		i.source.Close()
	}
	i.source = nil
}

// open returns the input. It is the same source as before as long as the file and the way to read it stay the same; nobody but
// the run closes it. utf8 asks for an output in UTF-8.
func (r *Run) open(utf8 bool) (table.Source, error) {
	options := r.options()
	options.UTF8 = utf8
	i := &r.input
	if now, err := open.Identify(r.name(), options); err == nil && i.source != nil && reflect.DeepEqual(i.options, options) && now.Same(i.opened) {
		return i.source, nil
	}
	i.close()
	src, err := open.Open(r.name(), options)
	if err != nil {
		return nil, err
	}
	if r.job.tests.wrap != nil {
		src = r.job.tests.wrap(src, options)
	}
	i.source, i.options, i.opened = src, options, src.Stat()
	return src, nil
}

// options are how the input is read.
func (r *Run) options() table.Options {
	o := r.job.Settings.Options
	o.Wanted, o.Likely, o.Found = r.job.Settings.WantedColumns(), spec.PromptColumns, r.input.before
	o.Attachable = gigachat.FileExtensions()
	return o
}

// name is what messages call the input.
func (r *Run) name() string {
	if r.job.Settings.Documents != nil {
		return strings.Join(r.job.Settings.Documents, " ")
	}
	return r.job.Input
}

// differs reports whether the input is no longer what it was.
func (r *Run) differs(was table.Identity) bool {
	now, err := open.Identify(r.name(), r.options())
	return err != nil || !now.Same(was)
}

// resolveOptions are the options with which the rows of a source are resolved. Edits are read anew: somebody may edit while the run goes on.
func (r *Run) resolveOptions(src table.Source) (o resolve.Options, err error) {
	s := &r.job.Settings
	if r.out.Edits, err = journal.OpenEdits(r.job.Journal); err != nil {
		return o, err
	}
	if r.out.Edits.None() {
		r.out.Edits = nil
	}
	if err := r.files.OpenRoot(s, r.job.Input); err != nil {
		return o, err
	}
	columns, err := prompt.New(s, src, r.out.Owned(src), &r.files)
	return resolve.Options{
		Source: src, Settings: s, Columns: columns, Journal: r.journal, Edits: r.out.Edits, Ways: &r.ways,
		Sandbox: r.sandbox, RetryFailed: r.job.RetryFailed, Asked: r.asked, Began: r.began,
	}, err
}

// Traverse yields the rows of the input as they are resolved now. change may alter how.
func (r *Run) Traverse(ctx context.Context, change func(*resolve.Options)) (iter.Seq2[resolve.Row, error], error) {
	src, err := r.open(false)
	if err != nil {
		return nil, err
	}
	options, err := r.resolveOptions(src)
	if err != nil {
		return nil, err
	}
	change(&options)
	return resolve.Rows(ctx, options), nil
}

// hasSheet reports whether the input still has a sheet.
func (r *Run) hasSheet(name string) bool {
	src, err := open.Open(r.job.Input, table.Options{Format: r.job.Settings.Format, Sheet: name})
	if err != nil {
		return false
	}
	return src.Close() == nil
}

// setEpoch decides which results count. A fresh run counts none of before; the same command after an interruption continues it.
func (r *Run) setEpoch() {
	j := r.journal
	if j == nil {
		return
	}
	j.SetEpoch(0)
	if !r.job.Fresh {
		return
	}
	j.SetEpoch(j.Size())
	if m := j.Continues(&r.job.Settings, r.sandbox); m != nil {
		j.SetEpoch(m.Epoch)
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// Browse opens the job of a manifest for those who look at its rows, while a run may write the journal: nothing is written, and the journal stays
// the caller's. Release frees what it holds.
func Browse(j *journal.Journal, m *journal.Manifest, path string) *Run {
	return rebuild(j, m, path, m.InputOf(path)).newRun(j, true)
}

// Release frees what Browse holds.
func (r *Run) Release() {
	r.input.close()
	r.files.Close()
}

// Settings are those of the job. They are not to be changed.
func (r *Run) Settings() *spec.Settings { return &r.job.Settings }

// Sandbox reports whether completions of a sandbox count.
func (r *Run) Sandbox() bool { return r.sandbox }

// Changed reports whether the input is no longer what it was.
func (r *Run) Changed(was table.Identity) bool { return r.differs(was) }

// Adopt makes columns of the input ours that are named like ours and have nothing in any row, before they are taken for input.
func (r *Run) Adopt() error {
	src, err := r.open(false)
	if err == nil {
		_, err = r.out.Adopt(src)
	}
	return err
}
