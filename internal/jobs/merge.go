package jobs

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// merger makes one second pass.
type merger struct {
	run    *Run
	src    table.Source
	seen   table.Identity // the input, as it was opened
	dst    string
	strict bool
	sel    *spec.Selector
	keeper *cellKeeper // nil where nothing of the user's could be lost
	pass   *pass       // nil where the plan tells the keys
	keys   *rowKeys    // nil where the rows themselves do
	cells  cellWriter
	files  *outDir // nil where there is none
	sink   table.Sink
	sum    task.Summary
}

func (r *Run) reached(stage string) {
	if r.merging != nil {
		r.merging(stage)
	}
}

// changed reports whether the input is no longer what was opened.
func (m *merger) changed() bool {
	return m.run.differs(m.seen)
}

func (m *merger) write(ctx context.Context) error {
	if m.dst != "" {
		if err := m.run.checkOurs(m.src); err != nil {
			return err
		}
	}
	if err := m.begin(); err != nil {
		return err
	}
	var err error
	if m.sink, err = m.run.sink(m.src, m.dst); err != nil {
		return err
	}
	defer m.sink.Close()
	m.keeper = m.run.newCellKeeper(m.src, m.dst, m.pass)
	m.run.reached("opened")
	if err := m.rows(ctx); err != nil {
		return err
	}
	m.run.reached("read")
	a := m.sink.Altered()
	m.sum.Cut, m.sum.Long, m.sum.Guarded = a.Cut, a.Long, a.Guarded
	return m.commit()
}

// take takes over what a second pass counted.
func take(s, f *task.Summary) {
	duplicates := s.Duplicates
	s.Tally, s.Written, s.Folder = f.Clone(), f.Written, f.Folder
	s.Duplicates = duplicates
}

// begin finds out which rows are selected and what their keys are. The plan tells the keys if it was made of this very input and
// nothing but a key decides a row: no answer was edited by hand.
func (m *merger) begin() (err error) {
	s := &m.run.Settings
	m.cells = newCellWriter(s)
	if m.files, err = m.run.outDir(m.src); err != nil {
		return err
	}
	if m.sel, err = s.Selector(m.src); err != nil {
		return err
	}
	k, err := m.run.askers(m.src)
	if err != nil {
		return err
	}
	p := m.run.pass(k)
	if p.edits == nil && p.err == nil && m.strict && m.run.rows != nil && m.run.planned.Same(m.src.Stat()) {
		m.keys = m.run.rows
		return nil
	}
	m.pass = p
	m.pass.reading, m.pass.forget = true, m.run.forget
	return nil
}

// rows writes every row. Where the plan tells the keys, the results are read ahead of the rows.
func (m *merger) rows(ctx context.Context) error {
	if m.keys == nil {
		return m.writeRows(ctx, &rowFinder{m.pass})
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	results := resultReader{journal: m.run.journal, sandbox: m.run.Sandbox}
	a := &aheadFinder{keys: m.keys, results: results, batches: make(chan []cell, 1)}
	var g errgroup.Group
	g.Go(func() error { return a.read(ctx) })
	err := m.writeRows(ctx, a)
	stop()
	if readErr := g.Wait(); readErr != nil && !errors.Is(readErr, context.Canceled) {
		return readErr
	}
	return err
}

// writeRows writes every row.
func (m *merger) writeRows(ctx context.Context, results finder) error {
	m.sum.Tally = newTally(&m.run.Settings)
	for row, err := range m.src.Rows() {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = m.writeRow(row, results)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writeRow writes one row. What is not selected is left as it is.
func (m *merger) writeRow(row table.Row, results finder) error {
	if !m.sel.Has(row) {
		return m.writeOther(row, results)
	}
	cells, err := results.find(row)
	if err != nil {
		return err
	}
	if m.pass == nil { // a pass has done so, before other columns used the cells
		m.run.forget(&cells[0])
	}
	count(&m.sum.Tally, &m.run.Settings, cells, m.run.began)
	countValues(&m.sum.Tally, m.cells.counted, cells)
	if err := m.files.write(row, cells, &m.sum); err != nil {
		return err
	}
	out := m.cells.row(cells)
	if err := m.keep(row, cells, out); err != nil {
		return err
	}
	return m.sink.Write(row, out...)
}

// keep leaves the user's own texts where they are.
func (m *merger) keep(row table.Row, cells []cell, out []any) error {
	kept, err := m.keeper.keep(row, cells, out)
	if kept != "" {
		if m.sum.Kept++; m.sum.Kept == 1 {
			m.sum.KeptLine, m.sum.KeptSheet, m.sum.KeptColumn = row.Line, row.Sheet, kept
		}
	}
	return err
}

// writeOther writes a row that is not part of the run. In the input itself it stays as it is; elsewhere it has what the journal knows.
func (m *merger) writeOther(row table.Row, results finder) error {
	kept := m.cells.kept()
	if m.run.Settings.InPlace {
		if m.pass != nil {
			if err := m.pass.over(row); err != nil {
				return err
			}
		}
		return m.sink.Write(row, kept...)
	}
	cells, err := results.find(row)
	var bad *table.Error
	if err != nil && !errors.As(err, &bad) {
		return err
	}
	if err != nil || !slices.ContainsFunc(cells, func(c cell) bool { return c.result != nil }) {
		return m.sink.Write(row, kept...)
	}
	return m.sink.Write(row, m.cells.row(cells)...)
}

// forget makes a cell pending whose failure is one of an earlier run that this run was to ask again and did not.
func (r *Run) forget(c *cell) {
	res := c.result
	if res != nil && r.asked && c.off < r.began && res.State == task.Failed && (res.Cause.Passing() || r.RetryFailed && res.Cause.Retried()) {
		c.result, c.off, c.standing = nil, -1, toAsk
	}
}
