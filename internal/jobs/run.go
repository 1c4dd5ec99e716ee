package jobs

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/rooted"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/journal/shelf"
	"gigabatch/internal/jobs/output"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/shards"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// Run is an open job: it holds the journal, and keeps the input open between its phases because opening a large workbook costs a pass over
// it. Phases never overlap.
type Run struct {
	job     *Job
	journal *journal.Journal // nil until it exists
	sandbox bool             // as the job says; after connecting, as the service says
	preview int              // the number of rows to ask, 0 for all
	seed    uint64           // of a preview whose rows are chosen at random, else 0
	asked   bool             // whether asking has started
	began   int64            // results at or after this offset in the journal belong to this run; math.MaxInt64 before asking starts
	last    int64            // where the run that was reopened begins in the journal
	again   int64            // failures for a temporary cause before this offset are pending, because an outage ended the run
	input   input
	out     output.Output
	files   prompt.Files     // attached to requests
	base    *journal.Journal // of a shard: the journal of the whole input, nil if there is none
	ways    resolve.Ways
	means
}

// means are the money and the time of a run and its canary.
type means struct {
	spending *cost.Spending
	opened   time.Time // when the run began
}

// input is the table or the documents that are read.
type input struct {
	source  table.Source // nil before it is opened
	options table.Options
	opened  table.Identity
	before  []table.Found // as the last run, or the first plan of this one, found it
	rest    time.Time     // the input is not checked for changes before this time
}

// openExisting opens the journal if the input and the journal exist. A missing input is reported when it is opened.
func (r *Run) openExisting(readOnly bool) error {
	j := r.job
	if j.Settings.Documents == nil {
		if !exists(j.Input) {
			return nil
		}
		refusal := messages.Sprintf("%s cannot be both the input and a file of the journal", j.Input)
		if err := r.out.CheckApart(j.Input, refusal); err != nil {
			return err
		}
	}
	switch {
	case readOnly:
		found, err := shelf.Take(j.Journal)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return r.use(found, err)
	}
	if _, err := r.besideShards(); err != nil {
		return err
	}
	if exists(j.Journal) {
		return r.openJournal()
	}
	if err := journal.CheckRegular(j.Journal); err != nil {
		return err
	}
	if err := atomicfile.Check(j.Journal); err != nil {
		return &spec.UsageError{
			Msg:  messages.Sprintf("the journal cannot be written: %s", err),
			Hint: messages.Sprintf("choose another place for the journal with --journal"),
		}
	}
	return journal.CheckBeside(j.Journal)
}

// openJournal opens the journal for writing, and creates it if it does not exist.
func (r *Run) openJournal() error {
	open := journal.Open
	if sync := r.job.tests.sync; sync != nil {
		open = func(path string) (*journal.Journal, error) { return journal.OpenWith(path, sync) }
	}
	if err := r.use(open(r.job.Journal)); err != nil {
		return err
	}
	return shards.Fits(r.journal, &r.job.Settings)
}

// use makes j the journal of the run.
func (r *Run) use(j *journal.Journal, err error) error {
	if err != nil {
		return err
	}
	r.journal, r.out.Journal = j, j
	j.Over(r.base)
	if last := j.Last(); last != nil {
		was := last.Settings.Options
		if was.KeepRows = r.job.Settings.KeepRows; reflect.DeepEqual(was, r.job.Settings.Options) {
			r.input.before = last.Found
		}
	}
	return nil
}

// besideShards checks that the run pays for nothing that a run of a shard, or of the whole input, has paid for. It reports whether there are
// other answers of the whole input than before.
func (r *Run) besideShards() (changed bool, err error) {
	base, err := shards.Base(r.job.Input, &r.job.Settings, r.sandbox)
	if err != nil {
		return false, err
	}
	before := r.base
	r.base = base
	if r.journal != nil {
		r.journal.Over(base)
	}
	if before == nil {
		return base != nil, nil
	}
	changed = base == nil || base.Size() != before.Size()
	before.Close()
	return changed, nil
}

// answers returns the journal with the answers for the run, nil if there is none.
func (r *Run) answers() *journal.Journal {
	if r.journal != nil || r.base == nil {
		return r.journal
	}
	j := journal.Absent(r.job.Journal)
	j.Over(r.base)
	return j
}

// Close closes the input, the files and the journal.
func (r *Run) Close() {
	r.input.close()
	r.files.Close()
	if r.journal != nil {
		shelf.PutBack(r.job.Journal, r.journal)
	}
	if r.base != nil {
		r.base.Close()
	}
}

func (i *input) close() {
	if i.source != nil {
		i.source.Close()
	}
	i.source = nil
}

// open returns the input. It returns the same source as before while the file and the options are unchanged. Only the run closes it. utf8
// requests an output in UTF-8.
func (r *Run) open(utf8 bool) (table.Source, error) {
	options := r.options()
	options.UTF8 = utf8
	i := &r.input
	now, err := open.Identify(r.name(), options)
	if err == nil && i.source != nil && reflect.DeepEqual(i.options, options) && now.Same(i.opened) {
		return i.source, nil
	}
	i.close()
	src, err := r.openAnew(options)
	if err != nil {
		return nil, err
	}
	i.source, i.options, i.opened = src, options, src.Stat()
	return src, nil
}

// openAnew returns another source of the input. The caller closes it.
func (r *Run) openAnew(options table.Options) (table.Source, error) {
	src, err := open.Open(r.name(), options)
	if err == nil && r.job.tests.wrap != nil {
		src = r.job.tests.wrap(src, options)
	}
	return src, err
}

// options returns the options with which the input is read.
func (r *Run) options() table.Options {
	o := r.job.Settings.Options
	o.Wanted, o.Likely, o.Found = r.job.Settings.WantedColumns(), spec.PromptColumns, r.input.before
	o.Own, o.Attachable = r.job.Settings.OutputNames(), gigachat.FileExtensions()
	o.Asked = o.Wanted
	for _, c := range r.job.Settings.All() {
		if c.Prompt == "" {
			o.Asked = slices.Concat(o.Asked, spec.PromptColumns)
		}
		if c.Attach != "" {
			o.Asked = slices.Concat(o.Asked, []string{c.Attach})
		}
	}
	return o
}

// name returns the name of the input in messages.
func (r *Run) name() string {
	if r.job.Settings.Documents != nil {
		return strings.Join(r.job.Settings.Documents, " ")
	}
	return r.job.Input
}

// differs reports whether the input has changed.
func (r *Run) differs(was table.Identity) bool {
	now, err := open.Identify(r.name(), r.options())
	return err != nil || !now.Same(was)
}

// begins reports whether the input begins with the rows of d, and whether more rows follow them.
func (r *Run) begins(d table.Digest) (begins, more bool) {
	src, err := r.openAnew(r.options())
	if err != nil {
		return false, false
	}
	defer src.Close()
	var now table.Digest
	for row, err := range src.Rows() {
		if now == d {
			return true, true // even if the next row is broken
		}
		if err != nil || now.Rows == d.Rows {
			return false, false
		}
		now.Add(row)
	}
	return now == d, false
}

// resolveOptions returns the options with which the rows of src are resolved. Edits are read again because they may be made during a run.
func (r *Run) resolveOptions(src table.Source) (o resolve.Options, err error) {
	s := &r.job.Settings
	if r.out.Edits, err = journal.OpenEdits(r.job.Journal); err != nil {
		return o, err
	}
	r.out.EditsSize = r.out.Edits.Size()
	if r.out.Edits.None() {
		r.out.Edits = nil
	}
	if err := r.files.OpenRoot(s, r.job.Input); err != nil {
		return o, err
	}
	columns, err := prompt.New(s, src, r.out.Owned(src), &r.files)
	if err != nil {
		return o, err
	}
	o.Hand = output.NewHand(&r.out, src, columns.Used)
	if s.Selects() && !s.NoDedupe && r.journal != nil {
		o.Earlier = func() []*prompt.Columns { return r.earlier(src) }
	}
	return resolve.Options{
		Rest: o.Rest, Hand: o.Hand,
		Source: src, Settings: s, Columns: columns, Journal: r.answers(), Ways: &r.ways,
		Editing: resolve.Editing{Edits: r.out.Edits, Undone: r.KeepsUndone()},
		Sandbox: r.sandbox, RetryFailed: r.job.RetryFailed, This: resolve.This{Asked: r.asked, Began: r.began, Retry: r.again},
	}, nil
}

// KeepsUndone reports whether a cell whose edit was undone has its answer from before --fresh: the fresh run has ended and did not ask it.
func (r *Run) KeepsUndone() bool {
	return r.journal != nil && !r.job.Fresh && r.journal.Continues(&r.job.Settings, r.sandbox) == nil
}

// earlierOptions returns the options with which an earlier run resolved the rows of src.
func (r *Run) earlierOptions(src table.Source, by *journal.Manifest) (resolve.Options, error) {
	s := by.Settings.Located(r.job.Input)
	columns, err := prompt.New(&s, src, r.out.Owned(src), &r.files)
	return resolve.Options{
		Source: src, Settings: &s, Columns: columns, Journal: r.journal, Editing: resolve.Editing{Edits: r.out.Edits}, Ways: &resolve.Ways{},
		Sandbox: by.Sandbox, Read: resolve.ReadAll,
	}, err
}

// maxEarlier limits how many different prompts of earlier runs are tried for rows that this run does not select.
const maxEarlier = 5

// earlier returns what earlier runs of the journal asked for the same columns of the same output, in the same form, the newest first: what
// the output has in the rows that this run does not select. Runs that no longer fit the input are left out.
func (r *Run) earlier(src table.Source) (all []*prompt.Columns) {
	s := &r.job.Settings
	var runs []*journal.Manifest
	if err := journal.Manifests(r.job.Journal, func(m *journal.Manifest) { runs = append(runs, m) }); err != nil {
		return nil
	}
	seen := []*spec.Settings{s}
	for _, m := range slices.Backward(runs) {
		then := m.Settings.Located(r.job.Input)
		same := func(other *spec.Settings) bool { return then.SameQuestions(other) }
		if m.Off >= r.journal.Length() || r.job.Number > 0 && m.Off >= r.last || m.Preview || m.Sandbox != r.sandbox ||
			!r.job.writes().same(placesOf(&then)) || !then.SameForms(s) || slices.ContainsFunc(seen, same) {
			continue
		}
		seen = append(seen, &then)
		if c, err := prompt.New(&then, src, r.out.Owned(src), &r.files); err == nil && len(c.List) == len(s.All()) {
			all = append(all, c)
		}
		if len(all) == maxEarlier {
			break
		}
	}
	return all
}

// reading returns the reading version of the answers for the input.
func (r *Run) reading() int {
	if r.journal == nil {
		return spec.ReadingVersion
	}
	return r.journal.Reading(r.job.Input)
}

// readOtherwise returns what reports whether a run that read cells differently selected a row; it must be called with every row of src, in
// order. It returns nil if the answers in the journal are those of the present reading.
func (r *Run) readOtherwise(src table.Source) (func(table.Row) bool, error) {
	if r.reading() == spec.ReadingVersion {
		return nil, nil
	}
	var selections []spec.Selection
	err := journal.Manifests(r.job.Journal, func(m *journal.Manifest) {
		same := func(s spec.Selection) bool { return reflect.DeepEqual(s, m.Settings.Selection) }
		if m.Reading != spec.ReadingVersion && m.Sandbox == r.sandbox && !slices.ContainsFunc(selections, same) {
			selections = append(selections, m.Settings.Selection)
		}
	})
	var selectors []*spec.Selector
	for _, s := range selections {
		sel, err := (&spec.Settings{Selection: s, Options: r.job.Settings.Options}).Selector(src)
		if err != nil { // the table no longer has the columns of the conditions, so it may have selected any row
			return func(table.Row) bool { return true }, nil
		}
		selectors = append(selectors, sel)
	}
	return func(row table.Row) (selected bool) {
		for _, s := range selectors {
			selected = s.Has(row) || selected
		}
		return selected
	}, err
}

// Traverse yields the rows of the input as they resolve now. change may alter the options.
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

// Table opens the input to read its rows as they are. Only the run closes it.
func (r *Run) Table() (table.Source, error) { return r.open(false) }

// Owned returns the columns of the input that runs of the journal have written.
func (r *Run) Owned(src table.Source) map[string]bool { return r.out.Owned(src) }

// hasSheet reports whether the input still has a sheet.
func (r *Run) hasSheet(name string) bool {
	src, err := open.Open(r.job.Input, table.Options{Format: r.job.Settings.Format, Sheet: name})
	if err != nil {
		return false
	}
	return src.Close() == nil
}

// setEpoch decides which results count. A fresh run ignores earlier results; repeated after an interruption, it keeps its own.
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

// Browse opens the job of a manifest for reading its rows. It writes nothing, and a run may write the journal meanwhile. The caller keeps
// ownership of j. Release closes the rest.
func Browse(j *journal.Journal, m *journal.Manifest, path string) *Run {
	return rebuild(j, m, path, m.InputOf(path)).newRun(j, true)
}

// Last opens the last run of an input for reading. A run may write the journal meanwhile, whose path may be empty.
func Last(input, path string) (*Run, error) {
	r, err := (&Job{Input: input, Journal: path}).reopen(true, nil)
	if err != nil {
		return nil, err
	}
	if err := r.Adopt(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Past opens the run of a journal with that number for reading, as it was when the next one began: runs count from 1, previews and those of
// the sandbox included. 0 is the newest run that was not a preview. An input that is not empty takes the place of the one that the journal
// names.
func Past(path string, number int, input string) (*Run, error) {
	if err := hasJournal(cmp.Or(input, path), path); err != nil {
		return nil, err
	}
	j, err := journal.Read(path)
	if err == nil && number > 0 {
		j.Close()
		j, err = journal.ReadPast(path, number)
	}
	if err != nil {
		return nil, err
	}
	m := j.Whole()
	if number > 0 {
		m = j.Last()
	}
	if m == nil {
		j.Close()
		return nil, NoRuns(path, path)
	}
	r := rebuild(j, m, path, cmp.Or(input, m.InputOf(path))).newRun(j, true)
	if err := r.Adopt(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Journal returns the journal of the run, nil if there is none yet.
func (r *Run) Journal() *journal.Journal { return r.journal }

// Concerns reports whether a run of the journal had the input of this run, or one that is no longer there, such as the same under a former
// name.
func (r *Run) Concerns(m *journal.Manifest) bool {
	input := m.InputOf(r.job.Journal)
	return rooted.Same(input, r.job.Input) || !exists(input)
}

// Start returns where the run that Last has opened begins in the journal.
func (r *Run) Start() int64 { return r.last }

// Within is that of the job, which only reads.
func (r *Run) Within(dir string) error { return r.job.Within(dir, false) }

// Release closes what Browse opened.
func (r *Run) Release() {
	r.input.close()
	r.files.Close()
}

// Settings returns the settings of the job, which must not be changed.
func (r *Run) Settings() *spec.Settings { return &r.job.Settings }

// Sandbox reports whether only completions from a sandbox count.
func (r *Run) Sandbox() bool { return r.sandbox }

// Changed reports whether the input differs from was.
func (r *Run) Changed(was table.Identity) bool { return r.differs(was) }

// Adopt marks input columns that have the name of an output column and are empty in every row as ours. It must be called before rows are
// resolved.
func (r *Run) Adopt() error {
	src, err := r.open(false)
	if err == nil {
		_, err = r.out.Adopt(src)
	}
	return err
}
