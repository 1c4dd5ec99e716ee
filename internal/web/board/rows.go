package board

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Detail is a run with what takes longer to find out.
type Detail struct {
	Info
	Settings map[string]json.RawMessage `json:"settings"` // a schema as it was given, since the order of its properties counts
	Tokens   *Tokens                    `json:"tokens"`
	Values   []task.ValueCounts         `json:"values"`
}

// Tokens are those of the last run that is over.
type Tokens struct {
	Prompt     int64 `json:"prompt"`
	Completion int64 `json:"completion"`
	Cached     int64 `json:"cached"`
}

// Detail is all that is known of a run but for its rows.
func (b *Board) Detail(id string) (*Detail, error) {
	e, err := b.entry(id)
	if err != nil {
		return nil, err
	}
	d := &Detail{Values: []task.ValueCounts{}, Settings: map[string]json.RawMessage{}}
	if v, err := e.open(); err == nil {
		if c, err := v.Counts(); err == nil && c.Values != nil {
			d.Values = c.Values
		}
	}
	d.Info = e.info()
	e.mu.Lock()
	s := e.standing()
	e.mu.Unlock()
	if s == nil {
		return d, nil
	}
	if sum := s.Summary; sum != nil {
		d.Tokens = &Tokens{sum.PromptTokens, sum.CompletionTokens, sum.CachedTokens}
	}
	err = fields(s.Settings, &d.Settings)
	delete(d.Settings, "output") // Info has it, as seen from the folder
	return d, err
}

// fields takes a value apart.
func fields(from any, to *map[string]json.RawMessage) error {
	text, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}

// Point is how a run stood at a moment.
type Point struct {
	T           float64 `json:"t"` // seconds since it began to ask
	Done        int     `json:"done"`
	Rate        float64 `json:"rate"` // results a second since the point before
	Concurrency int     `json:"concurrency"`
	InFlight    int     `json:"in_flight"`
	Refused     int64   `json:"refused"` // 429s since the point before
}

// History tells how the last run of a journal went on.
func (b *Board) History(id string) ([]Point, error) {
	e, err := b.entry(id)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	points := []Point{}
	before := task.Snapshot{}
	add := func(s task.Snapshot) {
		if s.Elapsed <= before.Elapsed && len(points) > 0 {
			return
		}
		p := Point{T: s.Elapsed.Seconds(), Done: s.Done, Concurrency: s.Concurrency, InFlight: s.InFlight, Refused: s.Refused - before.Refused}
		if d := (s.Elapsed - before.Elapsed).Seconds(); d > 0 {
			p.Rate = float64(s.Done-before.Done) / d
		}
		points, before = append(points, p), s
	}
	if e.watch != nil {
		for _, m := range e.watch.Marks() {
			add(m.Snapshot)
		}
	}
	if e.own != nil {
		e.own.steer(func(w *pool.Progress) { add(w.Snapshot()) })
	}
	return points, nil
}

// Rows are a window of the rows of a run.
func (b *Board) Rows(id string, from, n int, f jobs.ViewFilter) (*jobs.ViewWindow, error) {
	e, err := b.entry(id)
	if err != nil {
		return nil, err
	}
	v, err := e.open()
	if err != nil {
		return nil, err
	}
	w, err := v.Rows(from, n, f)
	return w, b.plain(err)
}

// Asked is how a completion column is asked.
type Asked struct {
	System  string
	Choices []string
	Schema  bool
}

// Row is one row of a run, with the columns of its table and how its completion columns are asked; nil where there is none.
func (b *Board) Row(ctx context.Context, id string, index int) (row *jobs.ViewRow, columns []string, asks []Asked, err error) {
	e, err := b.entry(id)
	if err != nil {
		return nil, nil, nil, err
	}
	v, err := e.open()
	if err != nil {
		return nil, nil, nil, err
	}
	row, list, err := v.Row(ctx, index)
	if row == nil {
		return nil, nil, nil, err
	}
	for _, a := range list {
		asks = append(asks, Asked{System: a.System, Choices: a.Choices, Schema: len(a.Schema) > 0})
	}
	return row, v.Columns(), asks, err
}

// Export is a file that was made for a download. The caller closes it, and it is gone then.
type Export struct {
	*os.File
	Name     string
	Modified time.Time
	dir      string
}

func (x *Export) Close() error {
	err := x.File.Close()
	os.RemoveAll(x.dir)
	return err
}

// Export writes what a run has so far, in a format that is named by its extension without the dot.
func (b *Board) Export(ctx context.Context, id, format string) (*Export, error) {
	e, err := b.entry(id)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "gigabatch-export-")
	if err != nil {
		return nil, err
	}
	x, err := e.export(ctx, dir, format)
	if err != nil {
		os.RemoveAll(dir)
	}
	return x, err
}

func (e *entry) export(ctx context.Context, dir, format string) (*Export, error) {
	name := e.exportName() + "." + format
	dst := filepath.Join(dir, name)
	sum, err := jobs.Export(ctx, e.journal(), dst)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(sum.Output)
	if err != nil {
		return nil, err
	}
	return &Export{File: f, Name: name, Modified: time.Now(), dir: dir}, nil
}

// exportName is what the output is called, without its extension.
func (e *entry) exportName() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	input := strings.TrimSuffix(filepath.Base(e.rel), journalSuffix)
	name := filepath.Base(spec.OutputPath(input, false))
	if s := e.standing(); s != nil && s.Settings.Output != "" && s.Settings.Output != "-" {
		name = filepath.Base(s.Settings.Output)
	}
	return strings.TrimSuffix(name, filepath.Ext(name))
}
