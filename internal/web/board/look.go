package board

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/estimate"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// File is a table of the folder.
type File struct {
	Name     string    `json:"name"` // relative to the folder, with slashes
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	Format   string    `json:"format"`
	Run      string    `json:"run"` // the id of its run; may be empty
}

// maxFiles is the largest number of tables in the list.
const maxFiles = 500

// Files returns the tables of the folder that are not the output of a run, the newest first. more reports that the list is not complete.
func (b *Board) Files() (files []File, more bool) {
	written := map[string]bool{} // the outputs of runs that are not written in place
	for _, e := range b.all() {
		if s := e.standing(); s != nil && !s.Settings.InPlace {
			written[filepath.FromSlash(b.Below(s.Settings.Output))] = true
		}
	}
	b.walk(false, func(rel string, d fs.DirEntry, _ error) {
		format, ok := table.FormatOf(rel)
		if !ok || written[rel] || !d.Type().IsRegular() || !table.IsTable(filepath.Join(b.Dir, rel)) {
			return
		}
		info, err := os.Stat(filepath.Join(b.Dir, rel))
		if err != nil {
			return
		}
		files = append(files, File{
			Name: filepath.ToSlash(rel), Size: info.Size(), Modified: info.ModTime().UTC(), Format: string(format), Run: b.runOf(rel),
		})
	})
	slices.SortFunc(files, func(x, y File) int {
		if c := y.Modified.Compare(x.Modified); c != 0 {
			return c
		}
		return strings.Compare(x.Name, y.Name)
	})
	if files == nil {
		files = []File{}
	}
	return files[:min(len(files), maxFiles)], len(files) > maxFiles
}

// The kinds of tables.
const (
	TableKind     = "table"
	DocumentsKind = "documents"
)

// About is what the list says of a table.
type About struct {
	ID       string    `json:"id"`   // also that of its runs
	Name     string    `json:"name"` // relative to the folder, with slashes
	Kind     string    `json:"kind"`
	Format   string    `json:"format"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
}

// Folders returns the folders that have documents and no tables. Those below them belong to them.
func (b *Board) Folders() []About {
	type counted struct {
		documents, tables int
		size              int64
		modified          time.Time
	}
	found := map[string]*counted{}
	var order []string
	b.walk(false, func(rel string, d fs.DirEntry, _ error) {
		if d == nil || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), ".") {
			return
		}
		dir := filepath.Dir(rel)
		c := found[dir]
		if c == nil {
			c = &counted{}
			found[dir] = c
			order = append(order, dir)
		}
		switch {
		case jobs.IsDocument(rel):
			if info, err := d.Info(); err == nil {
				c.documents++
				c.size += info.Size()
				if at := info.ModTime().UTC(); at.After(c.modified) {
					c.modified = at
				}
			}
		case table.IsTable(filepath.Join(b.Dir, rel)):
			c.tables++
		}
	})
	slices.Sort(order)
	var all []About
	for _, dir := range order {
		within := func(a About) bool { return strings.HasPrefix(filepath.ToSlash(dir), a.Name+"/") }
		if c := found[dir]; dir != "." && c.documents > 0 && c.tables == 0 && !slices.ContainsFunc(all, within) && len(all) < maxFiles {
			id := IDOf(spec.JournalPath(b.Below(b.AnchorOf(filepath.ToSlash(dir)))))
			all = append(all, About{id, filepath.ToSlash(dir), DocumentsKind, string(table.Documents), c.size, c.modified})
		}
	}
	return all
}

// runOf returns the id of the run of a table, "" if there is none.
func (b *Board) runOf(rel string) string {
	id := IDOf(spec.JournalPath(rel))
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.entries[id] == nil {
		return ""
	}
	return id
}

// job returns the job that a spec describes.
func (b *Board) job(s *Spec) (*jobs.Job, error) {
	input, err := b.inputOf(s)
	if err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	j := &jobs.Job{
		Input: input, Journal: spec.JournalPath(input), Settings: s.Settings(b, input), Sandbox: b.isSandbox.Load(), Version: b.Version,
		Wishes: jobs.Wishes{
			Lasting: true, Usual: s.Kept == nil || s.Kept.Settings.OutputColumns == nil, Language: s.Language,
		}, Connect: b.connect, Prices: b.Prices,
		Limits: s.limits(),
		Events: jobs.Events{Confirm: s.Confirm.confirmed()},
	}
	j.RetryFailed = s.Retry
	if j.Settings.InPlace && j.Settings.Documents != nil {
		return nil, &spec.UsageError{
			Msg: messages.Sprintf("documents are not a table, so the answers cannot go into it"), Hint: messages.Sprintf("write them to a new file"),
		}
	}
	return j, j.Within(b.Dir, true)
}

// inputOf returns the path of the table of a spec, or that in whose place a table with its documents would be.
func (b *Board) inputOf(s *Spec) (string, error) {
	switch {
	case s.Kept != nil && s.Kept.Settings.Documents != nil:
		return b.PlaceOf(s.Input), nil
	case b.IsFolder(s.Input):
		return b.AnchorOf(s.Input), nil
	}
	input, err := b.path(s.Input)
	if err != nil {
		return "", err
	}
	if _, ok := table.FormatOf(input); !ok {
		return "", notTable(s.Input)
	}
	return input, nil
}

// placed returns the job that a spec describes, with its answers where they replace nothing of the user.
func (b *Board) placed(s *Spec) (*jobs.Job, error) {
	j, err := b.job(s)
	if err == nil {
		err = b.Plain(s.place(j))
	}
	return j, err
}

// place decides where the answers of a job go.
func (w Where) place(j *jobs.Job) error {
	j.Overwrite = w.Overwrite
	return j.Free(w.NewOutput, w.NewColumns)
}

// Listed returns a list that is not nil.
func Listed(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// Plan is what a run would do.
type Plan struct {
	task.Tally
	Tasks       int                `json:"jobs"`       // requests that would be sent
	InBatches   int                `json:"in_batches"` // of them, those that are in batches at the service already
	Blast       *Blast             `json:"blast"`      // nil if nothing is asked again
	Estimate    *estimate.Estimate `json:"estimate"`
	Seconds     float64            `json:"seconds"` // an estimate, too
	Guessed     bool               `json:"guessed"` // no answer is known yet, so completion tokens and time are assumptions
	TooLong     int                `json:"too_long"`
	Concurrency int                `json:"concurrency"`
	Output      string             `json:"output"`
	Replaces    bool               `json:"replaces"` // the output exists, from an earlier run
	Warnings    []messages.Text    `json:"warnings"`
}

// assumedSeconds is the time of an answer while none is known.
const assumedSeconds = 3

// Plan plans a run. Nothing is sent or written.
func (b *Board) Plan(ctx context.Context, s *Spec) (*Plan, error) {
	j, err := b.placed(s)
	if err != nil {
		return nil, err
	}
	return b.planOf(ctx, j)
}

// planOf plans a job.
func (b *Board) planOf(ctx context.Context, j *jobs.Job) (*Plan, error) {
	_, p, err := j.DryRun(ctx, 0)
	if err != nil {
		return nil, b.Plain(err)
	}
	plan := &Plan{
		Tally: p.Tally, Tasks: p.Tasks, InBatches: p.InBatches, Blast: blastOf(&p.Blast), Estimate: p.Estimate(b.Prices), TooLong: p.TooLong,
		Output: b.Below(j.Settings.Output), Concurrency: j.Limits.Concurrency, Warnings: warnings(p),
	}
	if plan.Concurrency == 0 {
		plan.Concurrency = b.Streams()
	}
	_, err = os.Stat(j.Settings.Output)
	plan.Replaces = err == nil
	seconds := p.Typical.Latency.Seconds()
	if plan.Guessed = p.Typical.Answers == 0; plan.Guessed {
		seconds = assumedSeconds
	}
	plan.Seconds = seconds * float64((p.Tasks+plan.Concurrency-1)/max(plan.Concurrency, 1))
	return plan, nil
}

// warnings returns what the user should know about the table before the run.
func warnings(p *jobs.Plan) []messages.Text {
	all := []messages.Text{}
	for _, f := range p.Faulty {
		all = append(all, f.Message())
	}
	if len(p.LeftOut) > 0 {
		all = append(all, messages.Sprintf("left out as no data: %s; to ask these rows, enter %s under “Rows to keep”",
			p.LeftOut.Message(), p.LeftOut.Lines()))
	}
	if len(p.Suspects) > 0 {
		all = append(all, messages.Sprintf("asked, but looks like no data: %s; to skip these rows, tick “Skip rows that look like no data”",
			p.Suspects.Message()))
	}
	if p.Anew > 0 {
		all = append(all, p.UsedEdits())
	}
	if p.Unused > 0 {
		all = append(all, p.UnusedEdits())
	}
	all = append(all, p.Notes...)
	all = append(all, p.Renamings()...)
	for _, g := range p.Gaps {
		all = append(all, messages.Sprintf("%s; to skip these rows, enter %s under “Skip rows with an empty”", g.Where.Message(), g.Column))
	}
	for _, l := range p.TooLongs {
		all = append(all, l.Where.Message())
	}
	return all
}

// Trial is the result of trying a few rows. Their answers are in the journal.
type Trial struct {
	Requests int64 `json:"requests"`
	Tokens   int64 `json:"tokens"`
	Rows     int   `json:"rows"`
	Lines    []int `json:"lines"` // of these rows
}

// trialPatience is how long a trial waits for the service to answer for the first time.
const trialPatience = 20 * time.Second

// ErrSilent reports that the service did not answer a trial.
var ErrSilent = messages.Errorf("the service did not answer within %v", trialPatience)

// Try asks n rows. When ctx ends, requests in flight are awaited, since they are paid for. A service that is down is an error.
func (b *Board) Try(ctx context.Context, s *Spec, n int) (*Trial, error) {
	j, err := b.placed(s)
	if err != nil {
		return nil, err
	}
	o, e, err := b.occupy(filepath.FromSlash(b.Below(j.Journal)), j)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, o.stop)
	defer stop()
	down := o.hurry()
	samples, sum, err := j.Preview(b.ctx, o.drain, n)
	if why := down(); jobs.Stopped(err) && why != nil {
		err = why
	}
	b.end(e, o, err)
	b.vacate(e, o)
	if limit, ok := errors.AsType[*cost.LimitError](err); ok {
		return nil, &spec.UsageError{Msg: limit.Msg, Hint: messages.Sprintf("the answers that arrived are kept; enter a larger budget"), Cure: spec.CureBudget}
	}
	if err != nil {
		return nil, b.Plain(err)
	}
	if samples == nil {
		return nil, errors.Join(ctx.Err(), messages.Errorf("no row was asked"))
	}
	t := &Trial{Requests: sum.Requests, Tokens: sum.PromptTokens + sum.CompletionTokens, Rows: len(samples), Lines: []int{}}
	for _, s := range samples {
		t.Lines = append(t.Lines, s.Line)
	}
	return t, nil
}

// hurry stops the run if the service fails or, once the run is planned, does not answer in time before the first request. why returns the
// reason then, else nil.
func (o *own) hurry() (why func() error) {
	var mu sync.Mutex // guards reason
	var reason error
	giveUp := func(err error) {
		mu.Lock()
		reason = cmp.Or(reason, err)
		mu.Unlock()
		o.stop()
	}
	late := time.NewTimer(trialPatience)
	late.Stop()
	over := make(chan struct{})
	go func() {
		select {
		case <-late.C:
			giveUp(ErrSilent)
		case <-over:
		}
	}()
	planned, started := o.job.Planned, o.job.Started
	arm := sync.OnceFunc(func() { late.Reset(trialPatience) })
	o.job.Planned = func(p *jobs.Plan) {
		arm()
		planned(p)
	}
	o.job.Waiting = func(err error, _ time.Duration) { giveUp(err) }
	o.job.Started = func(w *pool.Progress) {
		late.Stop()
		started(w)
	}
	return func() error {
		late.Stop()
		close(over)
		mu.Lock()
		defer mu.Unlock()
		return reason
	}
}
