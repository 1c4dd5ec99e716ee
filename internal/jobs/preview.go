package jobs

import (
	"cmp"
	"context"
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// DefaultPreview is how many rows a preview asks when the user does not say.
const DefaultPreview = 5

// Sample is one row of a preview, or of a dry run.
type Sample struct {
	Line    int          `json:"line"` // in the input, or row of the sheet
	Sheet   string       `json:"sheet,omitempty"`
	Path    string       `json:"path,omitempty"` // of a document
	Answers []SampleCell `json:"answers"`
}

// SampleCell is one completion column of a sample.
type SampleCell struct {
	Column     string         `json:"column"`
	Prompt     string         `json:"prompt"`
	Files      []string       `json:"files,omitempty"`
	State      string         `json:"state"`
	Completion string         `json:"completion,omitempty"`
	Values     map[string]any `json:"values,omitempty"`
	Error      string         `json:"error,omitempty"`
	Edited     bool           `json:"edited,omitempty"` // by hand
}

// Preview asks n rows, picked evenly over the selected ones, and writes nothing but the journal, so that the real run does not ask them
// again.
func (r *Run) Preview(ctx context.Context, drain <-chan struct{}, n int) ([]Sample, *task.Summary, error) {
	began := time.Now()
	r.Journal = cmp.Or(r.Journal, spec.JournalPath(r.Input))
	defer r.close()
	r.preview = n
	if err := r.prepare(ctx); err != nil {
		return nil, nil, err
	}
	sum, err := r.askPreview(ctx, drain)
	if sum == nil || ctx.Err() != nil {
		return nil, sum, err
	}
	samples, readErr := r.samples(ctx, sum)
	if err == nil {
		err = readErr
	}
	sum.Elapsed = time.Since(began)
	sum.ElapsedMS = sum.Elapsed.Milliseconds()
	return samples, sum, err
}

func (r *Run) askPreview(ctx context.Context, drain <-chan struct{}) (*task.Summary, error) {
	sum := &task.Summary{Tally: newTally(&r.Settings), Journal: r.Journal}
	if r.plans.Jobs == 0 {
		return sum, nil
	}
	svc, err := r.connect(ctx)
	if err != nil || r.plans.Jobs == 0 {
		return sum, err
	}
	err = r.ask(ctx, drain, svc, sum)
	sum.FilesLeft = r.clearFiles(ctx)
	sum.Interrupted = closed(drain)
	if endErr := r.endRun(r.plans.Jobs, nil); err == nil {
		err = endErr
	}
	return sum, err
}

// samples reads what the picked rows came to, and counts them.
func (r *Run) samples(ctx context.Context, sum *task.Summary) ([]Sample, error) {
	src, err := r.open()
	if err != nil {
		return nil, err
	}
	k, err := r.askers(src)
	if err != nil {
		return nil, err
	}
	sel, err := r.selector(src)
	if err != nil {
		return nil, err
	}
	p := r.pass(k)
	p.reading = true
	var all []Sample
	for row, err := range src.Rows() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if !sel.Has(row) {
			if err := p.over(row); err != nil {
				return nil, err
			}
			continue
		}
		cells, err := p.row(row)
		if err != nil {
			return nil, err
		}
		count(&sum.Tally, &r.Settings, cells, r.began)
		sample, err := k.sample(row, cells)
		if err != nil {
			return nil, err
		}
		all = append(all, sample)
		if sel.Over(row) {
			break
		}
	}
	return all, nil
}

func (k *prompt.Columns) sample(row table.Row, cells []cell) (Sample, error) {
	s := Sample{Line: row.Line, Sheet: row.Sheet, Path: row.Path}
	for i := range cells {
		c, err := k.List[i].sample(row, &cells[i])
		if err != nil {
			return s, err
		}
		s.Answers = append(s.Answers, c)
	}
	return s, nil
}

// sample is what a person is shown of a cell.
func (a *prompt.Renderer) sample(row table.Row, c *cell) (SampleCell, error) {
	s := SampleCell{Column: a.Spec.CompletionColumn, Edited: c.edited != nil}
	switch {
	case c.standing == blank:
		s.State = task.Skipped.String()
		return s, nil
	case c.result == nil:
		s.State = task.Pending.String()
	default:
		s.State, s.Error = c.result.State.String(), c.result.Error
		if c.result.State == task.Completed {
			s.Completion, s.Values = c.result.Completion, a.values(c)
		}
	}
	if c.standing == later || c.result != nil && c.result.Cause == task.CauseNeeds {
		return s, nil
	}
	q, err := a.Render(row)
	if err != nil || q.Skip {
		return s, err
	}
	s.Prompt = q.Chat.Messages[len(q.Chat.Messages)-1].Content
	for _, f := range q.Attachments {
		s.Files = append(s.Files, f.Path)
	}
	return s, nil
}

func (a *prompt.Renderer) values(c *cell) map[string]any {
	if a.Form == nil || len(c.values) == 0 {
		return nil
	}
	values := map[string]any{}
	for i, name := range a.Form.Names() {
		values[name] = c.values[i]
	}
	return values
}
