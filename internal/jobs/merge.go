package jobs

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/io/table"
)

// merger makes one second pass.
type merger struct {
	run    *Run
	src    table.Source
	seen   table.Identity // the input, as it was opened
	dst    string
	strict bool
	sel    *selector
	keys   keyer
	keeper *cellKeeper // nil where nothing of the user's could be lost
	sink   table.Sink
	sum    Summary
}

func (r *Run) reached(stage string) {
	if r.merging != nil {
		r.merging(stage)
	}
}

// changed reports whether the input is no longer what was opened.
func (m *merger) changed() bool {
	now, err := table.Identify(m.run.Input)
	return err != nil || !now.Same(m.seen)
}

func (m *merger) write(ctx context.Context) error {
	if err := m.run.checkOurs(m.src); err != nil {
		return err
	}
	done, err := m.begin()
	if err != nil {
		return err
	}
	defer done()
	if m.sink, err = m.src.Sink(m.dst, m.run.Settings.columnNames()...); err != nil {
		return err
	}
	defer m.sink.Close()
	m.keeper = m.run.newCellKeeper(m.src, m.dst)
	m.run.reached("opened")
	if err := m.rows(ctx); err != nil {
		return err
	}
	m.run.reached("read")
	a := m.sink.Altered()
	m.sum.Cut, m.sum.Long, m.sum.Guarded = a.Cut, a.Long, a.Guarded
	return m.commit()
}

// take copies what a second pass counted.
func (s *Summary) take(f *Summary) {
	s.Rows, s.Completed, s.Failed, s.Blocked, s.Skipped = f.Rows, f.Completed, f.Failed, f.Blocked, f.Skipped
	s.Pending, s.Truncated, s.FromJournal, s.Waiting = f.Pending, f.Truncated, f.FromJournal, f.Waiting
	s.Cut, s.Long, s.Guarded, s.Output = f.Cut, f.Long, f.Guarded, f.Output
	s.Kept, s.KeptLine, s.KeptSheet = f.Kept, f.KeptLine, f.KeptSheet
}

// begin finds out which rows are selected and what their keys are. The row index tells the keys if this run made it of this very input,
// and every row stands in it.
func (m *merger) begin() (done func() error, err error) {
	s := &m.run.Settings
	if m.sel, err = s.selector(m.src); err != nil {
		return nil, err
	}
	if !m.strict || !m.run.indexed || s.selects() {
		m.keys, done, err = m.run.rowKeys(m.src)
		return done, err
	}
	m.keys, done, err = m.run.mergeKeys(m.src)
	return done, err
}

// rows writes every row. Where a row index tells the keys, the results are read ahead of the rows.
func (m *merger) rows(ctx context.Context) error {
	results := resultReader{journal: m.run.journal, sandbox: m.run.Sandbox}
	indexed, ok := m.keys.(*indexKeyer)
	if !ok {
		return m.writeRows(ctx, &rowFinder{keys: m.keys, results: results})
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	a := &aheadFinder{index: indexed.index, results: results, batches: make(chan []found, 1)}
	var g errgroup.Group
	g.Go(func() error { return a.read(ctx) })
	err := m.writeRows(ctx, a)
	stop()
	if readErr := g.Wait(); readErr != nil && !errors.Is(readErr, context.Canceled) {
		return readErr
	}
	return err
}

// writeRows writes every row, and a row index that tells where each result stands.
func (m *merger) writeRows(ctx context.Context, results finder) error {
	index, err := m.run.newRowIndex(m.src)
	if err != nil {
		return err
	}
	defer index.close()
	m.sum.Failed = map[Cause]int{}
	for row, err := range m.src.Rows() {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = m.writeRow(row, results, index)
		}
		if err != nil {
			return err
		}
	}
	return index.commit()
}

// writeRow writes one row. What is not selected is left as it is.
func (m *merger) writeRow(row table.Row, results finder, index *rowIndexWriter) error {
	if !m.sel.has(row) {
		if err := index.add(Key{}, -1); err != nil {
			return err
		}
		return m.writeOther(row, results)
	}
	f, err := results.find(row)
	if err != nil {
		return err
	}
	m.pend(&f)
	m.count(f)
	if err := index.add(f.key, f.off); err != nil {
		return err
	}
	cells := m.run.Settings.cells(f.result, f.key)
	if kept, err := m.keeper.keeps(row, f.result); err != nil {
		return err
	} else if kept {
		cells[m.keeper.cell] = table.Keep
		m.sum.keep(row)
	}
	return m.sink.Write(row, cells...)
}

// writeOther writes a row that is not part of the run. In the input itself it stays as it is; elsewhere it has what the journal knows.
func (m *merger) writeOther(row table.Row, results finder) error {
	s := &m.run.Settings
	if s.InPlace {
		if err := passOver(m.keys, row); err != nil {
			return err
		}
		return m.sink.Write(row, s.kept()...)
	}
	f, err := results.find(row)
	var bad *table.Error
	if err != nil && !errors.As(err, &bad) {
		return err
	}
	if err != nil || f.result == nil {
		return m.sink.Write(row, s.kept()...)
	}
	return m.sink.Write(row, s.cells(f.result, f.key)...)
}

// pend forgets a failure of an earlier run that this run was to ask again and did not.
func (m *merger) pend(f *found) {
	r := f.result
	if r != nil && m.run.asked && f.off < m.run.began && r.State == Failed && (r.Cause.Passing() || m.run.RetryFailed) {
		f.result, f.off = nil, -1
	}
}

func (m *merger) count(f found) {
	if f.key == (Key{}) {
		m.sum.Rows++
		m.sum.Skipped++
		return
	}
	m.sum.add(f.result)
	if f.result != nil && f.off < m.run.began {
		m.sum.FromJournal++
	}
}
