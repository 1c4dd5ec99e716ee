package jobs

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/estimate"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/live"
	"gigabatch/internal/jobs/output"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/remarks"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/shards"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Plan is what a run would do with the input. Nothing has been asked yet.
type Plan struct {
	task.Tally         // of the selected rows; Duplicates counts cells that share a task with an earlier cell
	Tasks       int    // distinct requests to ask
	Anew        int    // cells to ask because they use an answer that was changed by hand
	Later       int    // cells that need the completion of another column first
	Column      string // the column that was chosen as the prompt, "" if none was
	Completions int    // completion columns
	Found
	Texts

	run    *Run
	opened table.Identity // the input
	rows   plannedRows
	keys   *resolve.Keys // of the rows, nil if more than the key decides a row
	folder *output.Folder
	picks  []int // of a preview: the positions of the selected rows to ask
	live   *live.Counts
}

// plannedRows are the rows that a plan has read, whether selected or not.
type plannedRows struct {
	digest  table.Digest
	digests []uint64       // of each row; 0 for a row that this round does not ask
	current table.Identity // of the input that was last found to begin with these rows
	half    bool           // the last row may be incomplete and is not asked
	left    bool           // some rows are for the next round
	share   *resolve.Share // nil without shards
}

// has reports whether the row is at the place where it was planned, and to be asked in this round.
func (p *plannedRows) has(row table.Row) bool {
	var d table.Digest
	return row.Index < len(p.digests) && d.Add(row) == p.digests[row.Index]
}

// keep drops the rows that are not among those of the round.
func (p *plannedRows) keep(round *plannedRows) {
	known := slices.Sorted(slices.Values(round.digests))
	for i, d := range p.digests {
		if _, ok := slices.BinarySearch(known, d); !ok {
			p.digests[i], p.left = 0, true
		}
	}
}

// Plan checks the job and finds what to ask. It sends nothing and changes nothing on disk.
func (r *Run) Plan(ctx context.Context) (*Plan, error) {
	src, err := r.open(false)
	if err != nil {
		return nil, err
	}
	if r.job.Opened != nil {
		r.job.Opened(src.Dialect())
	}
	s := &r.job.Settings
	if _, err := s.Selector(src); err != nil {
		return nil, err
	}
	if err := s.Check(); err != nil {
		return nil, err
	}
	if err := r.out.CheckSettings(); err != nil {
		return nil, err
	}
	if err := r.out.Check(src); err != nil {
		return nil, err
	}
	return r.plan(ctx)
}

// plan resolves every row, including rows that are not selected: they are in the output too, and their errors are found now.
func (r *Run) plan(ctx context.Context) (*Plan, error) {
	src, err := r.open(false)
	if err != nil {
		return nil, err
	}
	r.setEpoch()
	options, err := r.resolveOptions(src)
	if err != nil {
		return nil, err
	}
	folder, err := r.out.NewFolder(src)
	if err != nil {
		return nil, err
	}
	applied := 0
	options.Read, options.Applied = resolve.ReadFailures, &applied
	columns := options.Columns
	p := &Plan{
		run: r, folder: folder, opened: src.Stat(), Column: columns.Chosen(), Completions: len(columns.List),
		Found: Found{Dialect: src.Dialect(), Workbook: src.Format() == table.XLSX, Warnings: columns.Warnings(),
			Renamed: r.job.Settings.Renamed()},
		live:  live.New(columns, &r.job.Settings),
		Texts: Texts{Pack: r.job.Limits.Pack, basis: estimate.NewBasis(columns.List, r.answers(), r.sandbox)},
	}
	if r.job.Settings.Shard != "" {
		p.rows.share = &resolve.Share{}
		options.Share = p.rows.share
	}
	if !r.job.Settings.Selects() && !columns.Deep() && len(columns.List) == 1 && !r.job.Settings.Embed { // a text may be too long
		p.keys = &resolve.Keys{}
	}
	if r.journal != nil {
		p.batched = r.journal.InBatches(r.sandbox)
		p.basis.UnderWay = p.batched
	}
	models, files := map[string]bool{}, map[[32]byte]bool{}
	var measured []*remarks.Gaps
	for _, column := range columns.List {
		measured = append(measured, remarks.NewGaps(column))
	}
	otherwise, err := r.readOtherwise(src)
	if err != nil {
		return nil, err
	}
	again := newBlast(r, src)
	reread := 0 // rows to ask that a run of another reading version selected
	selected, askable := 0, []int(nil)
	var last *table.Error // the fault of the last row
	suspect := -2         // the index of the last suspect
	for row, err := range resolve.Rows(ctx, options) {
		if file, ok := errors.AsType[*prompt.FileError](err); ok {
			if sel, err := r.job.Settings.Selector(src); err == nil {
				return nil, columns.Absent(src, sel, file)
			}
		}
		if err != nil {
			return nil, err
		}
		p.total++
		p.rows.digests = append(p.rows.digests, p.rows.digest.Add(row.Row))
		last = row.Fault
		p.width = max(p.width, row.Width())
		was := otherwise != nil && otherwise(row.Row)
		if again != nil {
			if err := again.Add(&row, was); err != nil {
				return nil, err
			}
		}
		if !row.Selected {
			continue
		}
		open := slices.ContainsFunc(row.Cells, func(c resolve.Cell) bool { return c.Open() })
		if was && open {
			reread++
		}
		if err := folder.Check(row.Row); err != nil {
			return nil, err
		}
		if row.Looks != table.Data && open {
			p.Suspects.Add(row.Sheet, row.Line, row.Looks, row.Index == suspect+1)
			suspect = row.Index
		}
		p.live.Traversed(selected, row.Cells, func(row int) int { return row })
		p.measure(&row)
		if r.preview > 0 && !row.Blank() && (r.seed == 0 || slices.ContainsFunc(row.Cells, func(c resolve.Cell) bool { return c.Open() || c.Failed() })) {
			askable = append(askable, selected)
		}
		if p.keys != nil {
			p.keys.Add(row.Cells[0].Key)
		}
		if len(row.Uncalculated) > 0 {
			p.unlike.Open++
		}
		for _, c := range columns.List {
			if name := c.Picture(row.Row); name != "" {
				p.unlike.Pictures++
				p.unlike.Picture = cmp.Or(p.unlike.Picture, name)
				break
			}
		}
		for i := range row.Cells {
			p.addCell(&row, i, columns.List[i], models, files)
			measured[i].Add(row.Row, &row.Cells[i])
		}
		if err := p.basis.Add(&row); err != nil {
			return nil, err
		}
		selected++
	}
	if file, ok := src.(table.Torn); ok && file.Torn() != nil {
		p.Faults, r.out.Growing = p.Faults+1, true
		p.Faulty = append(p.Faulty, file.Torn())
	}
	if p.keys != nil {
		p.keys.Digest = p.rows.digest
	}
	if file, ok := src.(table.Sifted); ok {
		p.LeftOut = file.LeftOut()
	}
	p.rows.current, r.input.before = src.Stat(), src.Found()
	r.input.options.Found = r.input.before // the source is as good as one opened with what it found
	if p.total > 0 && (r.out.Growing && last != nil || !r.endsLine(src)) {
		p.rows.half, p.rows.digests[p.total-1] = true, 0
	}
	if r.job.Settings.InPlace {
		p.Names = atomicfile.OtherNames(src.Stat().Info)
	}
	for _, g := range measured {
		if gap := g.Gap(); gap != nil {
			p.Gaps = append(p.Gaps, *gap)
		}
	}
	duplicates := p.Duplicates
	p.Tally = p.live.Tally()
	p.Duplicates = duplicates
	p.Models = slices.Sorted(maps.Keys(models))
	if r.preview > 0 {
		if r.seed != 0 {
			rand.New(rand.NewPCG(r.seed, 0)).Shuffle(len(askable), func(i, j int) { askable[i], askable[j] = askable[j], askable[i] })
			askable = askable[:min(r.preview, len(askable))]
			slices.Sort(askable)
		}
		p.picks = spec.Pick(askable, r.preview)
	}
	if last := r.lastOf(); last != nil && options.Edits != nil && p.Tasks > 0 && !last.Settings.SameTasks(&r.job.Settings) {
		p.Unused = max(0, options.Edits.Active(r.sandbox)-applied)
	}
	p.Notes = slices.Concat(r.out.Notes(src), p.unlike.Notes(r.out.Copies(src)), p.senses.Notes(), p.rows.share.Notes(p.Rows))
	if reread > 0 {
		p.Notes = append(p.Notes, messages.Sprintf("cells are read differently than by the program that wrote the journal (reading version %d, "+
			"now %d); %d {row is|rows are} asked, among them those whose prompt is now another one", r.reading(), spec.ReadingVersion, p.Pending))
	}
	if r.journal != nil {
		p.Damaged = r.journal.Damaged()
		if p.Typical, err = r.journal.Typical(r.sandbox); err != nil {
			return nil, err
		}
		if p.Tasks > 0 && p.Typical.Answers > 0 && p.basis.Learned() == 0 {
			p.basis.Former = r.former(ctx, src)
		}
	}
	if again != nil {
		via, prices := r.job.Limits.Via, pricesOf(r.job)
		p.Blast = again.Found(func() []estimate.Part { return p.Estimate(prices).Models }, prices,
			via == task.ViaAuto || via == task.ViaHybrid) // these may ask all live
	}
	if err := p.check(src, columns.List[0]); err != nil {
		return nil, err
	}
	if err := checkBudget(p, r.spending.Bounds()); err != nil {
		return nil, err
	}
	if err := r.out.Fits(src, p.total, p.width); err != nil {
		return nil, err
	}
	if err := r.keepsOthers(ctx, src); err != nil {
		return nil, err
	}
	if p.rows.share.Grouped() { // the input may have changed since another shard asked
		if err := shards.SameContent(r.job.Input, &r.job.Settings, p.rows.share.Digest(), r.sandbox); err != nil {
			return nil, err
		}
	}
	if r.job.Planned != nil {
		r.job.Planned(p)
	}
	return p, nil
}

// The most rows of an earlier run that are read to learn what a prompt costs, and the answered requests that are enough.
const (
	maxFormerRows = 20_000
	formerAnswers = 30
)

// former returns the basis of what the newest run asked, if some of it has an answer: the model is probably the same, though the prompt is
// another one. It is nil if that run no longer fits the input.
func (r *Run) former(ctx context.Context, src table.Source) *estimate.Basis {
	m := r.journal.Last()
	if m == nil || m.Sandbox != r.sandbox {
		return nil
	}
	options, err := r.earlierOptions(src, m)
	if err != nil {
		return nil
	}
	options.Read = resolve.ReadNone
	b := estimate.NewBasis(options.Columns.List, r.journal, r.sandbox)
	rows := 0
	for row, err := range resolve.Rows(ctx, options) {
		if err != nil || rows == maxFormerRows || b.Learned() >= formerAnswers || row.Selected && b.Add(&row) != nil {
			break
		}
		rows++
	}
	return b
}

// keepsOthers refuses a run of some rows that would take the answers of other rows out of the output: those of runs that read cells
// differently are not found any more.
func (r *Run) keepsOthers(ctx context.Context, src table.Source) error {
	if r.preview > 0 || r.job.Overwrite || !r.out.ReadOtherwise() {
		return nil
	}
	before, err := r.readOtherwise(src)
	if err != nil {
		return err
	}
	rows, err := r.Traverse(ctx, func(o *resolve.Options) { o.Others = true })
	if err != nil {
		return err
	}
	lost := 0
	for row, err := range rows {
		if err != nil {
			return err
		}
		was := before(row.Row)
		if was && !row.Selected && slices.ContainsFunc(row.Cells, func(c resolve.Cell) bool { return c.Open() }) {
			lost++
		}
	}
	if lost == 0 {
		return nil
	}
	return &spec.UsageError{
		Msg: messages.Sprintf("%s may have answers for %d {row|rows} that this run does not select, and they would be lost: cells are read "+
			"differently than by the program that wrote it (reading version %d, now %d)", r.out.Path(), lost, r.reading(), spec.ReadingVersion),
		Hint: messages.Sprintf("name another file with -o, run all rows, or replace this one with --overwrite"),
		Cure: spec.CureOutput,
	}
}

// lastOf returns the manifest of the newest run that was not a preview, nil if there is none.
func (r *Run) lastOf() *journal.Manifest {
	if r.journal == nil {
		return nil
	}
	return r.journal.Whole()
}

// UnusedEdits says that edits are no longer used, and why.
func (p *Plan) UnusedEdits() messages.Text {
	return messages.Sprintf("%d {answer|answers} edited by hand {1:is|are} not used: the prompt, the model, a parameter or the form has "+
		"changed since, so these rows are other requests now", p.Unused)
}

// Renamings says which output columns have other names than usual.
func (p *Plan) Renamings() (all []messages.Text) {
	for _, names := range p.Renamed {
		all = append(all, messages.Sprintf("the table has a column %q, so what is usually written there goes to the column %q",
			names[0], names[1]))
	}
	return all
}

// UsedEdits says that cells are asked because they use answers that were changed by hand.
func (p *Plan) UsedEdits() messages.Text {
	return messages.Sprintf("%d {cell uses|cells use} an answer that was changed by hand and {1:is|are} asked with it", p.Anew)
}

// endsLine reports whether the last line of a CSV file that grows is known to be complete. In other formats, a row ends with a mark that
// only a complete row has.
func (r *Run) endsLine(src table.Source) bool {
	if src.Format() != table.CSV {
		return true
	}
	f, err := os.Open(src.Name())
	if err != nil {
		return true
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() > src.Stat().Size {
		return err != nil // it has grown while it was read
	}
	if !r.out.Growing {
		return true
	}
	end := make([]byte, 2) // a character of UTF-16
	if _, err := f.ReadAt(end, src.Stat().Size-2); err != nil {
		return true
	}
	end = bytes.TrimRight(end, "\x00")
	return bytes.HasSuffix(end, []byte("\n")) || bytes.HasSuffix(end, []byte("\r"))
}

// measure counts the row, and notes if its text is damaged or if it has more cells than the header: a text with an unquoted delimiter may
// have been split.
func (p *Plan) measure(row *resolve.Row) {
	if row.Fault != nil {
		if p.Faults++; p.Faults <= maxFaulty {
			p.Faulty = append(p.Faulty, row.Fault)
		}
	}
	if row.Extra() > 0 {
		if p.Long++; p.Long == 1 {
			p.LongSheet, p.LongLine = row.Sheet, row.Line
		}
	}
	if row.Sheet == "" {
		return
	}
	if n := len(p.Sheets); n == 0 || p.Sheets[n-1].Name != row.Sheet {
		p.Sheets = append(p.Sheets, SheetPlan{Name: row.Sheet})
	}
	sheet := &p.Sheets[len(p.Sheets)-1]
	sheet.Rows++
	if row.Blank() {
		sheet.Skipped++
	}
}

// addCell adds the tasks, files and tokens of a cell to the plan.
func (p *Plan) addCell(row *resolve.Row, i int, column *prompt.Renderer, models map[string]bool, files map[[32]byte]bool) {
	c := &row.Cells[i]
	p.Tasks += len(c.Tasks)
	switch c.Standing {
	case resolve.Duplicate:
		p.Duplicates++
	case resolve.Later:
		p.Later++
		if column.Spec.MaxTokens == nil && !slices.Contains(column.Spec.RowParams, "max_tokens") {
			p.unbounded++
		}
		models[column.Model(row.Row)] = true
	}
	switch {
	case c.Long == 0 || !c.Open() && !column.Spec.Embed:
	case c.Split:
		p.Parts++
	default:
		if p.TooLong++; p.TooLong <= maxFaulty {
			where := table.RowError(column.Source, row.Row, column.LongMessage(c.Long), messages.Text{})
			p.TooLongs = append(p.TooLongs, TooLong{Where: where, Tokens: c.Long})
		}
	}
	if c.Open() {
		for _, model := range []string{column.Spec.BlockedModel, column.Spec.FallbackModel} {
			if model != "" {
				models[model] = true
			}
		}
	}
	byHand := func(j int) bool { return row.Cells[j].Edited != nil || row.Cells[j].Written }
	if len(c.Tasks) > 0 && slices.ContainsFunc(column.Needs, byHand) {
		p.Anew++
	}
	for _, t := range c.Tasks {
		if p.batched[t.Key] {
			p.InBatches++
		}
		p.senses.Add(&t)
		if t.MaxTokens() == 0 && t.Way != task.AsVector {
			p.unbounded++
		}
		models[t.Model] = true
		if p.batched[t.Key] { // its files are stored
			continue
		}
		for _, f := range t.Attachments {
			if !files[f.Hash] {
				files[f.Hash] = true
				p.Files++
				p.FileBytes += f.Size
			}
		}
	}
}

// check refuses an input with nothing to ask. It also refuses an input whose only named column was taken as the prompt by default, if most
// rows have more cells: the name is probably a title.
func (p *Plan) check(src table.Source, first *prompt.Renderer) error {
	switch {
	case p.rows.share != nil && p.rows.share.Offered > p.Rows: // the rows of other shards are as they should be
	case p.Rows == 0 && p.total > 0:
		return spec.NoneSelected(src, &p.run.job.Settings)
	case p.Rows == 0 && p.run.job.MayBeEmpty:
	case p.Rows == 0:
		return &table.Error{
			Name: src.Name(), Msg: messages.Sprintf("the table has no rows"),
			Hint: messages.Sprintf("the first line is taken as the header; if the table has no header, add --no-header"),
		}
	case p.Skipped == p.Rows && p.unlike.Pictures > 0:
		return &table.Error{
			Name: src.Name(), Msg: messages.Sprintf("column %q contains pictures (=DISPIMG), not text", p.unlike.Picture),
			Hint: messages.Sprintf(`choose another column with --prompt "{{column}}", or attach the pictures as files with --attach`),
		}
	case p.Skipped == p.Rows:
		return &table.Error{
			Name: src.Name(), Msg: messages.Sprintf("every prompt is empty (%d {row|rows})", p.Rows),
			Hint: messages.Sprintf(`choose the column with --prompt "{{column}}"`),
		}
	case first.Chosen != "" && len(first.Inputs()) == 1 && p.Long*2 > p.Rows:
		return &spec.UsageError{
			Msg: messages.Sprintf("%s: the header has only one column, %q, but %d of %d {row|rows} {3:has|have} more cells",
				src.Name(), first.Chosen, p.Long, p.Rows),
			Hint: messages.Sprintf(`give the row of the header with --header-row N, or choose the column with --prompt "{{column}}"`),
		}
	}
	return nil
}

// Connect connects to the service if there is something to ask, and creates the output folder and the journal if they are missing. If the
// service or the journal is not the one that the plan was made for, it plans again. The new plan is returned, or p after an error. It ends
// with an error once drain is closed.
func (p *Plan) Connect(ctx context.Context, drain <-chan struct{}) (*Plan, *Service, error) {
	r := p.run
	if p.Tasks == 0 && (r.journal == nil || r.preview > 0 || len(r.journal.OpenBatches(r.sandbox)) == 0) {
		return p, nil, nil
	}
	svc, err := p.reach(ctx, drain)
	if err == nil && r.preview == 0 {
		err = svc.offers(ctx, r.job.Limits.Via)
	}
	if err != nil {
		return p, nil, err
	}
	if svc.Files == nil && p.Files > 0 {
		return p, nil, &spec.UsageError{
			Msg:  messages.Sprintf("%d {file|files} would be attached, and this service takes no files", p.Files),
			Hint: messages.Sprintf("ask a service that takes files, or put the texts themselves into the table"),
		}
	}
	again := svc.Sandbox != r.sandbox
	if again && r.sandbox {
		return p, nil, &spec.UsageError{
			Msg:  messages.Sprintf("the run is for the sandbox, but the service that answered is not a sandbox"),
			Hint: messages.Sprintf("start a new run with the same table"),
		}
	}
	r.sandbox, r.out.Sandbox = svc.Sandbox, svc.Sandbox
	changed, err := r.besideShards()
	if err != nil {
		return p, nil, err
	}
	again = again || changed
	if r.preview == 0 {
		if err := p.folder.Make(); err != nil {
			return p, nil, err
		}
	}
	if r.journal == nil {
		if err := r.openJournal(); err != nil {
			return p, nil, err
		}
		again = again || r.journal.Size() > 0
	}
	if !again {
		return p, svc, nil
	}
	next, err := r.plan(ctx)
	if err != nil {
		return p, nil, err
	}
	return next, svc, nil
}

const (
	firstWait     = time.Second            // before the second attempt to reach the service; it doubles
	maxWait       = 4 * time.Second        // so that little time is lost once the service is back
	maxRetryAfter = time.Minute            // a longer Retry-After does not count
	lastTry       = 300 * time.Millisecond // for an attempt at the end of the time
)

// reach connects to the service. It tries again while the service is down, until MaxOutage or MaxTime is over or drain is closed. A service
// that does not answer ends the last attempt at that time.
func (p *Plan) reach(ctx context.Context, drain <-chan struct{}) (*Service, error) {
	job, chats := p.run.job, p.Models
	if job.Settings.Embed {
		chats = nil
	}
	ctx, done := until(ctx, drain)
	defer done()
	if limit := job.Limits.MaxTime; limit > 0 {
		late, end := context.WithDeadlineCause(ctx, p.run.opened.Add(limit), cost.TimeOver(limit))
		defer end()
		ctx = late
	}
	patience, began := cmp.Or(job.Limits.MaxOutage, pool.DefaultMaxOutage), time.Now()
	var last atomic.Value // why the service was not reached
	told := gigachat.WithTrouble(ctx, func(err error) { last.Store(trouble{err}) })
	for wait := firstWait; ; wait = min(2*wait, maxWait) {
		limited, end := context.WithTimeout(told, max(patience-time.Since(began), lastTry))
		svc, err := job.Connect(limited, chats)
		if err == nil && job.Settings.Embed {
			err = svc.Takes(&job.Settings, p.Models)
		}
		silent := limited.Err() != nil
		end()
		if err != nil && cost.IsLimit(context.Cause(ctx)) {
			return nil, context.Cause(ctx)
		}
		e := gigachat.AsError(err)
		if err == nil || ctx.Err() != nil || !silent && (e == nil || !e.Passing()) {
			return svc, err
		}
		if !silent {
			last.Store(trouble{err})
		}
		left := patience - time.Since(began)
		if left <= 0 {
			why, _ := last.Load().(trouble)
			return nil, &task.OutageError{Since: began, For: time.Since(began), Last: why.error}
		}
		pause := min(max(wait, min(e.RetryAfter, maxRetryAfter)), left)
		if job.Waiting != nil {
			job.Waiting(err, pause.Round(100*time.Millisecond))
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil, context.Cause(ctx)
		}
	}
}

// trouble is an error of any type, so that an atomic.Value can hold it.
type trouble struct{ error }

// until returns a context that ends with ctx or when drain is closed. The caller must call done.
func until(ctx context.Context, drain <-chan struct{}) (_ context.Context, done func()) {
	ctx, cancel := context.WithCancel(ctx)
	var watch errgroup.Group
	watch.Go(func() error {
		select {
		case <-drain:
			cancel()
		case <-ctx.Done():
		}
		return nil
	})
	return ctx, func() {
		cancel()
		watch.Wait()
	}
}

// confirm asks whether to ask again what has an answer, if the plan does.
func (p *Plan) confirm() error {
	if p.Blast.Requests == 0 || p.run.job.Confirm == nil {
		return nil
	}
	return p.run.job.Confirm(p)
}

// leaves reports whether a run that is stopped before it sends anything leaves a journal and an output.
func (p *Plan) leaves() bool { return p.run.journal != nil || p.run.job.Lasting }

// Traverse yields the rows of the input as they resolve now; for a preview, only the rows that it asks. change may alter the options.
func (p *Plan) Traverse(ctx context.Context, change func(*resolve.Options)) (traversal, error) {
	return p.run.Traverse(ctx, func(o *resolve.Options) {
		o.Short, o.Picks = true, p.picks
		if p.run.preview > 0 && o.Picks == nil {
			o.Picks = []int{}
		}
		change(o)
	})
}
