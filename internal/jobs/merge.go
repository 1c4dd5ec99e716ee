package jobs

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/io/table"
)

// errInputChanged says that the input is not what the pass has read.
var errInputChanged = errors.New("the input changed while it was read")

// errOutputTaken says that somebody else has written the output meanwhile.
var errOutputTaken = errors.New("the output was changed by somebody else")

// mostMerges is how often the second pass is made when the input changes meanwhile.
const mostMerges = 3

// merge makes the second pass: it reads the input again, looks each row's result up and writes the output, which then becomes visible
// at once. If the input changes meanwhile the pass is made again; after the third time the output goes beside the input.
func (r *Run) merge(ctx context.Context, sum *Summary) error {
	for range mostMerges {
		err := r.mergeOnce(ctx, sum, r.dst(), true)
		switch {
		case errors.Is(err, errOutputTaken):
			return r.mergeAside(ctx, sum, filepath.Base(r.dst())+" was changed by somebody else during the run")
		case !errors.Is(err, errInputChanged):
			return err
		}
	}
	return r.mergeAside(ctx, sum, "the input kept changing while the output was written")
}

// mergeAside writes the output where it is in nobody's way.
func (r *Run) mergeAside(ctx context.Context, sum *Summary, why string) error {
	dst, err := r.spareOutput()
	if err != nil {
		return err
	}
	sum.Note = fmt.Sprintf("%s, so the answers are in %s", why, dst)
	return r.mergeOnce(ctx, sum, dst, false)
}

// spareOutput names an output that is not the input and not a file of somebody else's.
func (r *Run) spareOutput() (string, error) {
	name := r.dst()
	if r.Settings.InPlace {
		name = OutputPath(r.Input, r.Sandbox)
	}
	ext := filepath.Ext(name)
	for i := 1; i < 100; i++ {
		dst := name
		if i > 1 {
			dst = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), i, ext)
		}
		if err := r.mayReplace(dst); err == nil {
			return dst, nil
		}
	}
	return "", errInputChanged
}

// mergeOnce makes one pass. With strict, the input must be the same from its opening until the output appears.
func (r *Run) mergeOnce(ctx context.Context, sum *Summary, dst string, strict bool) error {
	src, err := r.open()
	if err != nil {
		return err
	}
	defer src.Close()
	m := &merger{run: r, src: src, seen: src.Stat(), dst: dst, strict: strict}
	if err := m.write(ctx); err != nil {
		if strict && m.changed() {
			return errInputChanged
		}
		return err
	}
	m.sum.Output = dst
	sum.take(&m.sum)
	return nil
}

// merger makes one second pass.
type merger struct {
	run    *Run
	src    table.Source
	seen   table.Identity // the input, as it was opened
	dst    string
	strict bool
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
	keys, done, err := m.keys()
	if err != nil {
		return err
	}
	defer done()
	sink, err := m.src.Sink(m.dst, m.run.Settings.columnNames()...)
	if err != nil {
		return err
	}
	defer sink.Close()
	m.run.reached("opened")
	if err := m.rows(ctx, keys, sink); err != nil {
		return err
	}
	m.run.reached("read")
	m.sum.Cut = sink.Altered().Cut
	m.src.Close()
	return sink.Commit(m.beforeCommit)
}

// take copies what a second pass counted.
func (s *Summary) take(f *Summary) {
	s.Rows, s.Completed, s.Failed, s.Blocked, s.Skipped = f.Rows, f.Completed, f.Failed, f.Blocked, f.Skipped
	s.Pending, s.Truncated, s.FromJournal, s.Waiting = f.Pending, f.Truncated, f.FromJournal, f.Waiting
	s.Cut, s.Output = f.Cut, f.Output
}

// keys tells the keys of the rows. The row index tells them if this run made it of this very input, and it has all that is needed.
func (m *merger) keys() (keyer, func() error, error) {
	s := &m.run.Settings
	if !m.strict || !m.run.indexed || (s.Limit > 0 && !s.InPlace) {
		return m.run.rowKeys(m.src)
	}
	return m.run.mergeKeys(m.src)
}

// rows writes every row. Where a row index tells the keys, the results are read ahead of the rows.
func (m *merger) rows(ctx context.Context, keys keyer, sink table.Sink) error {
	results := resultReader{journal: m.run.journal, sandbox: m.run.Sandbox}
	indexed, ok := keys.(*indexKeyer)
	if !ok {
		return m.writeRows(ctx, &rowFinder{keys: keys, results: results}, sink)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	a := &aheadFinder{index: indexed.index, results: results, batches: make(chan []found, 1)}
	var g errgroup.Group
	g.Go(func() error { return a.read(ctx) })
	err := m.writeRows(ctx, a, sink)
	stop()
	if readErr := g.Wait(); readErr != nil && !errors.Is(readErr, context.Canceled) {
		return readErr
	}
	return err
}

// writeRows writes every row, and a row index that tells where each result stands.
func (m *merger) writeRows(ctx context.Context, results finder, sink table.Sink) error {
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
			err = m.writeRow(row, results, sink, index)
		}
		if err != nil {
			return err
		}
	}
	return index.commit()
}

// writeRow writes one row. What is not selected is left as it is.
func (m *merger) writeRow(row table.Row, results finder, sink table.Sink, index *rowIndexWriter) error {
	s := &m.run.Settings
	if !s.selected(row) {
		return m.writeOther(row, results, sink)
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
	return sink.Write(row, s.cells(f.result, f.key)...)
}

// writeOther writes a row that is not part of the run. In the input itself it stays as it is; elsewhere it has what the journal knows.
func (m *merger) writeOther(row table.Row, results finder, sink table.Sink) error {
	s := &m.run.Settings
	if s.InPlace {
		return sink.Write(row, s.kept()...)
	}
	f, err := results.find(row)
	var bad *table.Error
	if err != nil && !errors.As(err, &bad) {
		return err
	}
	if err != nil || f.result == nil {
		return sink.Write(row, s.kept()...)
	}
	return sink.Write(row, s.cells(f.result, f.key)...)
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

// beforeCommit makes sure that nobody else has touched the input and the output, and journals that the output is ours before it
// appears.
func (m *merger) beforeCommit(hash [32]byte) error {
	if m.strict && m.changed() {
		return errInputChanged
	}
	if !sameFile(m.dst, m.run.Input) && m.run.mayReplace(m.dst) != nil {
		return errOutputTaken
	}
	return m.run.noteOutput(m.dst, hash)
}

// noteOutput journals the hash of an output, once.
func (r *Run) noteOutput(dst string, hash [32]byte) error {
	c := &commit{
		Key: noKey, State: kindCommit, Sandbox: r.Sandbox, Output: filepath.Base(dst), SHA256: hex.EncodeToString(hash[:]),
		InPlace: r.Settings.InPlace && sameFile(dst, r.Input), Columns: r.Settings.columnNames(),
	}
	return r.journal.commit(c)
}
