package board

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gigabatch/internal/io/scratch"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Detail is the state of a run with what takes longer to find out.
type Detail struct {
	Info
	Settings map[string]json.RawMessage `json:"settings"` // raw, since the order of the properties of a schema matters
	Tokens   *Tokens                    `json:"tokens"`
	Values   []task.ValueCounts         `json:"values"`
}

// Tokens are the token counts of the last run that has ended.
type Tokens struct {
	Prompt     int64 `json:"prompt"`
	Completion int64 `json:"completion"`
	Cached     int64 `json:"cached"`
}

func (e *entry) detail() (*Detail, error) {
	d := &Detail{Values: []task.ValueCounts{}, Settings: map[string]json.RawMessage{}}
	if v, err := e.open(); err == nil {
		if c, err := v.Counts(); err == nil && c.Values != nil {
			d.Values = c.Values
		}
	}
	d.Info = e.info()
	s := e.standing()
	if s == nil {
		return d, nil
	}
	if sum := s.Summary; sum != nil {
		d.Tokens = &Tokens{sum.PromptTokens, sum.CompletionTokens, sum.CachedTokens}
	}
	text, err := json.Marshal(s.Settings)
	if err == nil {
		err = json.Unmarshal(text, &d.Settings)
	}
	delete(d.Settings, "output") // Info has it, relative to the folder
	return d, err
}

// Point is the progress of a run at a moment.
type Point struct {
	T           float64 `json:"t"` // seconds since the first request
	Done        int     `json:"done"`
	Rate        float64 `json:"rate"` // results per second since the previous point
	Concurrency int     `json:"concurrency"`
	InFlight    int     `json:"in_flight"`
	Refused     int64   `json:"refused"` // answers with status 429 since the previous point
}

func (e *entry) history() []Point {
	e.mu.Lock()
	seen, own := e.seen, e.own
	e.mu.Unlock()
	points := []Point{}
	before := task.Snapshot{}
	add := func(s task.Snapshot) {
		if s.Elapsed <= before.Elapsed && len(points) > 0 {
			return
		}
		p := Point{T: s.Elapsed.Seconds(), Done: s.Done, Concurrency: s.Concurrency, InFlight: s.InFlight}
		p.Refused = s.Refused - before.Refused
		if d := (s.Elapsed - before.Elapsed).Seconds(); d > 0 {
			p.Rate = float64(s.Done-before.Done) / d
		}
		points, before = append(points, p), s
	}
	if seen != nil {
		for _, m := range seen.marks {
			add(m.Snapshot)
		}
	}
	if own != nil {
		own.steer(func(w *pool.Progress) { add(w.Snapshot()) })
	}
	return points
}

// Row is one row of a run.
type Row struct {
	*rows.Row
	Inputs  []string // the columns of its table, parallel to its values
	Columns []Column // the completion columns, parallel to its cells
}

// Column describes a completion column to someone who edits its answers.
type Column struct {
	System  string
	Choices []string
	Schema  bool
}

// RowOf returns a row of a view, nil if it does not exist.
func RowOf(ctx context.Context, v *rows.View, index int) (*Row, error) {
	row, columns, err := v.Row(ctx, index)
	if row == nil || err != nil {
		return nil, err
	}
	r := &Row{Row: row, Inputs: v.Columns()}
	for _, c := range columns {
		r.Columns = append(r.Columns, Column{System: c.System, Choices: c.Choices, Schema: len(c.Schema) > 0})
	}
	return r, nil
}

// Export is a temporary file for a download. Close removes it. A workbook that cannot hold all texts whole is in a ZIP file, together with
// the file that can.
type Export struct {
	*os.File
	Name     string
	Modified time.Time
	folder   *scratch.Folder
}

func (x *Export) Close() error { return errors.Join(x.File.Close(), x.folder.Close()) }

func (e *entry) export(ctx context.Context, what Shown, format string, l messages.Language) (*Export, error) {
	if err := e.readable(); err != nil {
		return nil, err
	}
	dialect := ""
	if slices.Contains(table.CSVDialects, format) {
		dialect, format = format, string(table.CSV)
	}
	name := filepath.Base(spec.OutputPath(strings.TrimSuffix(filepath.Base(e.rel), journalSuffix), false))
	if s := e.standing(); s != nil {
		if err := (&jobs.Job{Input: s.Input, Settings: s.Settings}).Within(e.board.Dir, false); err != nil {
			return nil, err
		}
		if s.Settings.Output != "" && s.Settings.Output != "-" {
			name = filepath.Base(s.Settings.Output)
		}
	}
	name = strings.TrimSuffix(name, filepath.Ext(name)) + "." + format
	folder, err := scratch.NewFolder()
	if err != nil {
		return nil, err
	}
	sum, err := jobs.Export(ctx, e.journal(), filepath.Join(folder.Path, name), jobs.Copy{
		Number: what.Run, Epoch: what.Epoch, Dialect: dialect, Language: l, Change: what.Change,
	})
	if err == nil && sum.Long != "" {
		sum.Output, err = zipped(sum.Output, sum.Long)
		name = strings.TrimSuffix(name, filepath.Ext(name)) + ".zip"
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(sum.Output)
	}
	_ = folder.Close() // where an open file can be removed, the download needs only its content
	if err != nil {
		return nil, err
	}
	return &Export{File: f, Name: name, Modified: time.Now(), folder: folder}, nil
}

// zipped puts a workbook and the file with its overlong texts into a ZIP file beside them, and returns its path.
func zipped(book, long string) (path string, err error) {
	path = strings.TrimSuffix(book, filepath.Ext(book)) + ".zip"
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	z := zip.NewWriter(f)
	for _, name := range []string{book, long} {
		method := zip.Deflate
		if name == book {
			method = zip.Store // a workbook is compressed
		}
		err = errors.Join(err, addFile(z, name, method))
	}
	return path, errors.Join(err, z.Close(), f.Close())
}

func addFile(z *zip.Writer, name string, method uint16) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w, err := z.CreateHeader(&zip.FileHeader{Name: filepath.Base(name), Method: method, Modified: time.Now()})
	if err == nil {
		_, err = io.Copy(w, f)
	}
	return err
}
