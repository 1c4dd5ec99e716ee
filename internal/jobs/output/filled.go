package output

import (
	"context"
	"slices"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// filledColumn is an input column that the run fills with completions or with values from them.
type filledColumn struct {
	spec.OutputColumn
	out int // its index among the cells written
	in  int // its index in the input
	// form reports that its completions have a form: they have few distinct values, so a text that the user writes is often another row's
	// completion.
	form bool
}

// filledColumns returns the input columns that the run fills.
func filledColumns(s *spec.Settings, src table.Source) []filledColumn {
	var all []filledColumn
	for out, c := range s.Outputs() {
		if c.What != "completion" && c.Value < 0 {
			continue
		}
		if in := slices.Index(src.Columns(), c.Name); in >= 0 {
			all = append(all, filledColumn{c, out, in, len(s.All()[c.Column].Choices) > 0 || c.Value >= 0})
		}
	}
	return all
}

// filled is an input and the columns of it that the run fills.
type filled struct {
	*Output
	src     table.Source
	columns []filledColumn
}

// check makes sure, before a run writes into the input, that its completions are ours: the file is unchanged since we wrote it, or at least
// one completion is in the journal, or every row with text had a completion when the input was last written (the user has changed them all,
// and keeps them), or overwriting is permitted. A sandbox run never overwrites completions from the real service.
func (f *filled) check() error {
	if f.Journal == nil || len(f.columns) == 0 {
		return nil
	}
	name := f.columns[0].Name
	sum, err := hashFile(f.Input)
	if err != nil {
		return err
	}
	by, ours := f.Journal.OriginOf(sum)
	if !ours {
		if by, ours, err = f.origin(); err != nil {
			return err
		}
		if !ours {
			if ours, err = f.isSameTable(); err != nil {
				return err
			}
			by = f.Sandbox
		}
	}
	switch {
	case !ours && !f.Overwrite:
		return &spec.UsageError{
			Msg: messages.Sprintf("%s: nothing in column %q was written by a run of this journal", f.Input, name),
			Hint: messages.Sprintf("choose another name with --completion-column, remove the column from the file, " +
				"or overwrite it with --overwrite"),
			Cure: spec.CureOutput,
		}
	case ours && f.Sandbox && !by:
		return &spec.UsageError{
			Msg:  messages.Sprintf("%s: column %q holds answers from the real service, which the sandbox would overwrite", f.Input, name),
			Hint: messages.Sprintf("omit --in-place, or choose another name with --completion-column"),
		}
	}
	return nil
}

// isSameTable reports whether every row with text asks what had a completion of this origin when the input was last written.
func (f *filled) isSameTable() (same bool, err error) {
	k := newKeeper(f.Output, f.src)
	if k == nil || k.by == nil || k.by.Sandbox != f.Sandbox {
		return false, nil
	}
	options, err := f.Resolve(f.src)
	if err != nil {
		return false, err
	}
	options.Read, options.Others = resolve.ReadAll, true
	for row, err := range resolve.Rows(context.Background(), options) {
		if err == nil {
			err = k.row(row.Row)
		}
		if err != nil {
			return false, err
		}
		cells := row.Cells
		if k.earlier != nil {
			cells = k.earlier.cells
		}
		placed := slices.ContainsFunc(cells, func(c resolve.Cell) bool { return k.placed(&c) })
		for _, c := range f.columns {
			if text := valueAt(row.Row, c.in); strings.TrimSpace(text) != "" && (!placed || isPart(text)) {
				return false, nil
			}
		}
	}
	return true, nil
}

// hasText reports whether a column has text in any row.
func (f *filled) hasText() (bool, error) {
	for row, err := range f.src.Rows() {
		if err != nil {
			return false, err
		}
		for _, c := range f.columns {
			if strings.TrimSpace(valueAt(row, c.in)) != "" {
				return true, nil
			}
		}
	}
	return false, nil
}

// maxCells limits how many completions of the input are searched for in the whole journal.
const maxCells = 1000

// origin searches the journal for a completion of the input, and reports whether it came from a sandbox. ours is false if none is found.
// Columns without text are ours.
func (f *filled) origin() (sandbox, ours bool, err error) {
	options, err := f.Resolve(f.src)
	if err != nil {
		return false, false, err
	}
	if options.Columns.Deep() || len(options.Columns.List) > 1 || options.Edits != nil {
		return f.originOfTexts()
	}
	options.Others = true
	cells := &cellSet{}
	for row, err := range resolve.Rows(context.Background(), options) {
		if err != nil {
			return false, false, err
		}
		text := valueAt(row.Row, f.columns[0].in)
		if strings.TrimSpace(text) == "" || row.Cells == nil {
			continue
		}
		if cells.n < maxCells {
			cells.add(text)
		}
		if by, ours, err := f.originOf(row.Cells[0].Key, newCellSet(text)); ours || err != nil {
			return by, ours, err
		}
	}
	if cells.n == 0 {
		return f.Sandbox, true, nil
	}
	for _, sandbox := range []bool{false, true} { // prompts may have changed since, so the completion of any row is accepted
		for k := range f.Journal.Keys(sandbox) {
			if by, ours, err := f.originOf(k, cells); ours || err != nil {
				return by, ours, err
			}
		}
	}
	return false, false, nil
}

// originOf reports the origin of the newest result with the key, if its completion is one of the cells.
func (f *filled) originOf(k task.Key, cells *cellSet) (sandbox, ours bool, err error) {
	for _, sandbox := range []bool{false, true} {
		at, ok := f.Journal.Latest(k, sandbox)
		if !ok || at.State != task.Completed {
			continue
		}
		res, _, err := f.Journal.ReadResult(at, nil)
		if err != nil {
			return false, false, err
		}
		if cells.has(res.Completion) {
			return sandbox, true, nil
		}
	}
	return false, false, nil
}

// originOfTexts is origin for completions that need not be single results: it searches for any text that was ever in the journal.
func (f *filled) originOfTexts() (sandbox, ours bool, err error) {
	sets := map[bool]*textSet{}
	for _, sandbox := range []bool{false, true} {
		if sets[sandbox], err = journalTexts(f.Journal, f.Settings.Forms(), func(by bool) bool { return by == sandbox }); err != nil {
			return false, false, err
		}
	}
	empty := true
	for row, err := range f.src.Rows() {
		if err != nil {
			return false, false, err
		}
		for _, c := range f.columns {
			text := valueAt(row, c.in)
			if strings.TrimSpace(text) == "" {
				continue
			}
			empty = false
			for _, sandbox := range []bool{false, true} {
				if sets[sandbox].hasCell(text) {
					return sandbox, true, nil
				}
			}
		}
	}
	return f.Sandbox, empty, nil
}
