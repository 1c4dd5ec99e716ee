package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/estimate"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// DryRun returns the plan and the first n requests of a run. It sends and writes nothing and does not lock the journal.
func (j *Job) DryRun(ctx context.Context, n int) ([]json.RawMessage, *Plan, error) {
	r, err := j.open(true)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	plan, err := r.Plan(ctx)
	if err != nil {
		return nil, nil, err
	}
	rows, err := plan.Traverse(ctx, func(*resolve.Options) {})
	if err != nil {
		return nil, nil, err
	}
	var requests []json.RawMessage
	for row, err := range rows {
		if err != nil {
			return requests, plan, err
		}
		for _, c := range row.Cells {
			for _, t := range c.Tasks {
				if len(requests) == n {
					return requests, plan, nil
				}
				requests = append(requests, slices.Clone(t.Body))
			}
		}
	}
	return requests, plan, nil
}

// Estimate returns the plan of a run and what the run will cost. With count, the tokens of about n requests are counted by the service; a
// nil count sends nothing. Nothing is written, and the journal is not locked.
func (j *Job) Estimate(ctx context.Context, prices *cost.Prices, n int, count estimate.CountFunc) (*Plan, *estimate.Estimate, error) {
	r, err := j.open(true)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	plan, err := r.Plan(ctx)
	if err != nil {
		return nil, nil, err
	}
	if count != nil && n > 0 {
		if err := plan.count(ctx, n, count); err != nil {
			return plan, nil, err
		}
	}
	return plan, plan.Estimate(prices), nil
}

// count has the tokens of about n requests counted.
func (p *Plan) count(ctx context.Context, n int, count estimate.CountFunc) error {
	each := func(visit func(column int, t *task.Task)) error {
		rows, err := p.Traverse(ctx, func(*resolve.Options) {})
		if err != nil {
			return err
		}
		for row, err := range rows {
			if err != nil {
				return err
			}
			for i := range row.Cells {
				for t := range row.Cells[i].Tasks {
					visit(i, &row.Cells[i].Tasks[t])
				}
			}
		}
		return nil
	}
	if err := each(p.basis.Size); err != nil {
		return err
	}
	p.basis.Choose(n)
	if err := each(p.basis.Take); err != nil {
		return err
	}
	return p.basis.Count(ctx, count)
}

// Estimate returns what the run will cost by a table of prices. It sends nothing.
func (p *Plan) Estimate(prices *cost.Prices) *estimate.Estimate {
	p.basis.Typical = p.Typical
	e := p.basis.Estimate(prices, p.run.job.Limits.Batching)
	e.Files = p.Files
	pace := estimate.Pace{Limits: p.run.job.Limits, Latency: p.Typical.Latency}
	if j := p.run.journal; j != nil {
		s := j.Standing()
		if s.Summary != nil {
			pace.Quota, pace.Last = s.Summary.Quota, estimate.Last{Requests: s.Summary.Requests, Elapsed: s.Ended.Sub(s.Started)}
		}
		if s.Mark != nil && s.Mark.Quota != (task.Belief{}) {
			pace.Quota = s.Mark.Quota
		}
	}
	e.Take(pace)
	return e
}

// DefaultPreview is the default number of rows that a preview asks.
const DefaultPreview = 5

// Sample is one row of a preview.
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

// Preview asks n rows, spread evenly over the selected ones. It writes only the journal: a later run takes the results from there.
func (j *Job) Preview(ctx context.Context, drain <-chan struct{}, n int) ([]Sample, *task.Summary, error) {
	return j.sample(ctx, drain, n, 0, nil)
}

// sample is Preview with rows chosen at random by a seed that is not 0, from those to ask. If shared is not nil, they are the means of the run
// that the sample is a part of.
func (j *Job) sample(ctx context.Context, drain <-chan struct{}, n int, seed uint64, shared *means) ([]Sample, *task.Summary, error) {
	began := time.Now()
	r, err := j.Open()
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	r.preview, r.seed = n, seed
	if shared != nil {
		r.means = *shared
	}
	plan, err := r.Plan(ctx)
	if err != nil {
		return nil, nil, err
	}
	plan, svc, err := plan.Connect(ctx, drain)
	if err != nil {
		return nil, nil, err
	}
	sum := &task.Summary{Tally: task.NewTally(nil, nil), Journal: j.Journal}
	if plan.Tasks > 0 {
		var asked *Asked
		if asked, err = plan.Ask(ctx, drain, svc); asked == nil {
			return nil, nil, err
		}
		plan = asked.plan
		sum.Work, sum.FilesLeft, sum.Interrupted, sum.Duplicates = asked.work, asked.filesLeft, asked.interrupted, plan.Duplicates
		if endErr := asked.end(plan.Tasks, nil, err); err == nil {
			err = endErr
		}
		err = r.withMoved(sum, err)
	}
	if ctx.Err() != nil {
		return nil, sum, cmp.Or(err, ctx.Err())
	}
	samples, readErr := plan.samples(ctx, sum)
	if err == nil || cost.IsLimit(err) && sum.Pending == 0 {
		err = readErr
	}
	sum.Elapsed = time.Since(began)
	sum.ElapsedMS = sum.Elapsed.Milliseconds()
	return samples, sum, err
}

// Canary is a random sample that is asked before the other rows.
type Canary struct {
	Rows        int     // 0 for no canary
	MaxFailures float64 // the share of its rows that may fail or be blocked
}

// A CanaryError means that too many rows of a canary failed or were blocked, so the others were not asked.
type CanaryError struct {
	Asked  int
	Failed int
	Why    string // the error of the first of them
	Canary
}

func (e *CanaryError) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *CanaryError) Message() messages.Text {
	return messages.Sprintf("%d of %d {row|rows} of the canary failed or {1:was|were} blocked (%s), more than %v %%; the others were not asked",
		e.Failed, e.Asked, messages.Foreign(e.Why), 100*e.MaxFailures)
}

// tryCanary asks a random sample with the means of the run, and returns what that has cost. Only one that passes is remembered.
func (j *Job) tryCanary(ctx context.Context, drain <-chan struct{}, shared means) (task.Work, error) {
	began := time.Now()
	seed := rand.Uint64() | 1
	samples, sum, err := j.sample(ctx, drain, j.Canary.Rows, seed, &shared)
	if sum == nil {
		return task.Work{}, err
	}
	if err != nil || sum.Interrupted {
		return sum.Work, err
	}
	failed := sum.FailedRows() + sum.Blocked
	if j.Tried != nil {
		j.Tried(sum.Rows, failed)
	}
	r, err := j.Open()
	if err != nil {
		return sum.Work, err
	}
	defer r.Close()
	if float64(failed) > j.Canary.MaxFailures*float64(sum.Rows) {
		e := &CanaryError{Asked: sum.Rows, Failed: failed, Canary: j.Canary}
		for _, sample := range slices.Backward(samples) {
			for _, cell := range sample.Answers {
				if cell.State != task.Completed.String() {
					e.Why = cmp.Or(cell.Error, cell.State)
				}
			}
		}
		noted := r.journal.Unsent(&journal.Unsent{Started: began.UTC(), Ended: time.Now().UTC(), Error: onOneLine(e)})
		return sum.Work, errors.Join(e, noted)
	}
	return sum.Work, r.journal.Canary(&journal.Canary{
		Sandbox: j.Sandbox, Definition: j.Settings.Definition(), Seed: seed, Rows: sum.Rows, Failed: failed, At: time.Now().UTC(),
	})
}

// wantsCanary reports whether a canary is due before the tasks of the plan.
func (p *Plan) wantsCanary() bool {
	j := p.run.job
	return j.Canary.Rows > 0 && p.Tasks+p.Later > 0 && (p.run.journal == nil || !p.run.journal.Passed(j.Settings.Definition(), p.run.sandbox))
}

// samples returns the picked rows with their results, and puts their tally into sum.
func (p *Plan) samples(ctx context.Context, sum *task.Summary) ([]Sample, error) {
	var columns *prompt.Columns
	rows, err := p.Traverse(ctx, func(o *resolve.Options) { o.Read, columns = resolve.ReadAll, o.Columns })
	if err != nil {
		return nil, err
	}
	count := resolve.NewCounter(&p.run.job.Settings, p.run.began)
	var all []Sample
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		if !row.Selected {
			continue
		}
		count.Add(row.Cells)
		sample := Sample{Line: row.Line, Sheet: row.Sheet, Path: row.Path}
		for i := range row.Cells {
			c, err := newSample(columns.List[i], &row, &row.Cells[i])
			if err != nil {
				return nil, err
			}
			sample.Answers = append(sample.Answers, c)
		}
		all = append(all, sample)
	}
	duplicates := sum.Duplicates
	sum.Tally = count.Clone()
	sum.Duplicates = duplicates
	return all, nil
}

// newSample returns a cell as it is shown to a person.
func newSample(column *prompt.Renderer, row *resolve.Row, c *resolve.Cell) (SampleCell, error) {
	s := SampleCell{Column: column.Spec.CompletionColumn, Edited: c.Edited != nil}
	switch {
	case c.Standing == resolve.Blank:
		s.State = task.Skipped.String()
		return s, nil
	case c.Result == nil:
		s.State = task.Pending.String()
	default:
		s.State, s.Error = c.Result.State.String(), c.Result.Error
		if c.Result.State == task.Completed {
			s.Completion = c.Result.Completion
			if column.Form != nil && len(c.Values) > 0 {
				s.Values = map[string]any{}
				for i, name := range column.Form.Names() {
					s.Values[name] = c.Values[i]
				}
			}
		}
	}
	if c.Standing == resolve.Later || c.Result != nil && c.Result.Cause == task.CauseNeeds {
		return s, nil
	}
	q, err := column.Render(row.Row)
	if err != nil || q.Skip {
		return s, err
	}
	s.Prompt = q.Text()
	for _, f := range q.Attachments {
		s.Files = append(s.Files, f.Path)
	}
	return s, nil
}
