package rows

import (
	"errors"
	"maps"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

const (
	maxPatched = 1000   // rows that one call resolves again
	maxPatches = 10_000 // rows of a scan that differ from its files
)

// errAgain means that the rows must be read again.
var errAgain = errors.New("again")

// isWhole reports whether a row can be resolved again from the values that a scan stores.
func isWhole(row *resolve.Row, s *spec.Settings) bool {
	if _, nested := row.Record.(table.Object); nested || row.Path != "" || row.Sheet != "" || row.Uncalculated != nil || s.NoDedupe {
		return false
	}
	for _, c := range s.All() {
		if c.Attach != "" {
			return false
		}
	}
	for _, value := range row.Values {
		if task.Beginning(value) != value {
			return false
		}
	}
	return true
}

// patch resolves the rows of a deep scan again that were edited since it read them: the edited row, the rows with the same request, and
// with them the columns that use their answers. If that is not enough, the scan stays behind, and a new one is due. The caller holds the
// mu of the view.
func (s *scan) patch(edits *journal.Edits) {
	size := edits.Size()
	if !s.prepared().deep || !task.Closed(s.done) || s.end.err != nil || size == s.edits {
		return
	}
	changed, ever := map[task.Key]bool{}, map[task.Key]int{}
	for _, e := range edits.Since(s.edits) {
		changed[e.Key] = true
	}
	for _, e := range edits.Since(0) {
		ever[e.Key] = 0
	}
	patches := map[int]patch{}
	for i, p := range s.file.patched() {
		if !p.provisional {
			patches[i] = p
		}
	}
	s.file.lay(patches)
	patches = maps.Clone(patches)
	type change struct {
		patch
		before patch
		cells  []resolve.Cell
	}
	var all []change
	err := s.eachRow(ever, changed, func(i int, before func(task.Key) int) error {
		if len(all) == maxPatched || len(patches) == maxPatches {
			return errAgain
		}
		row, e, err := s.file.read(i)
		if err != nil {
			return err
		}
		now, cells, err := s.again(&row, &e, edits, before)
		if err != nil {
			return err
		}
		for c := range e.cells {
			if was, is := e.cells[c].plain, now.entry.cells[c].plain; was != is && len(edits.Ever(was))+len(edits.Ever(is)) > 0 {
				return errAgain // edits of other rows may now belong to different ones
			}
		}
		all = append(all, change{now, patch{row: &row, entry: &e}, append([]resolve.Cell{}, cells...)})
		patches[i] = now
		return nil
	})
	if err != nil || size < s.edits {
		return
	}
	s.mu.Lock()
	for _, c := range all {
		if c.entry.selected {
			s.count.Replace(outcomesOf(c.before.entry), c.before.text, c.cells)
		}
	}
	s.mu.Unlock()
	s.edits = size
	s.file.lay(patches)
}

// eachRow calls visit for the rows that have a request in wanted. before returns how many cells of the rows before it have a request that
// is a key of count.
func (s *scan) eachRow(
	count map[task.Key]int, wanted map[task.Key]bool, visit func(i int, before func(task.Key) int) error,
) (err error) {
	before := func(k task.Key) int { return count[k] }
	eachErr := s.file.each(0, func(i int, e *entry) bool {
		for c := range e.cells {
			if wanted[e.cells[c].plain] {
				err = visit(i, before)
				break
			}
		}
		for c := range e.cells {
			if n, counted := count[e.cells[c].plain]; counted {
				count[e.cells[c].plain] = n + 1
			}
		}
		return err == nil
	})
	return errors.Join(err, eachErr)
}

// again resolves a stored row of a deep scan that has ended with the results and edits of now. The caller holds the mu of the view.
func (s *scan) again(row *Row, e *entry, edits *journal.Edits, before func(task.Key) int) (patch, []resolve.Cell, error) {
	if !e.whole {
		return patch{}, nil, errAgain
	}
	known := s.prepared()
	options := *known.as
	options.Edits = edits
	r := resolve.Row{Row: table.Row{Index: row.Index, Line: row.Line, Columns: known.names, Values: row.Values}, Selected: e.selected}
	var err error
	if r.Cells, err = resolve.Again(options, r.Row, r.Selected, before); err != nil || r.Cells == nil {
		return patch{}, nil, errors.Join(errAgain, err)
	}
	now, err := newRow(options.Columns, &r, true)
	if err != nil {
		return patch{}, nil, err
	}
	entry := newEntry(&r, true)
	entry.whole, entry.off, entry.len = true, e.off, e.len
	return patch{row: &now, entry: entry}, r.Cells, nil
}

func outcomesOf(e *entry) []task.Outcome {
	var all []task.Outcome
	for i := range e.cells {
		all = append(all, e.cells[i].found)
	}
	return all
}

// text returns the text of an output column of a completed cell.
func (p patch) text(o spec.OutputColumn) string {
	c := &p.row.Cells[o.Column]
	switch {
	case o.Value < 0:
		return c.Completion
	case o.Value < len(c.Fields):
		return c.Fields[o.Value]
	}
	return ""
}

// lay replaces the rows that differ from the files. The map must not be changed afterwards.
func (f *scratchFile) lay(patches map[int]patch) { f.patches.Store(&patches) }
