package output

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// checkAnswers makes sure, before a run writes into the input, that the completions there are ours: the file is as we left it, or at
// least one of them is what the journal holds for its row, or they may be overwritten. A sandbox never writes over answers of the real
// service.
func (o *Output) checkAnswers(src table.Source) error {
	columns := answersIn(o.Settings, src)
	if o.Journal == nil || len(columns) == 0 {
		return nil
	}
	name := columns[0].Name
	sum, err := hashFile(o.Input)
	if err != nil {
		return err
	}
	by, ours := o.Journal.OriginOf(sum)
	if !ours {
		if by, ours, err = o.whoAnswered(src, columns); err != nil {
			return err
		}
	}
	switch {
	case !ours && !o.Overwrite:
		return &spec.UsageError{
			Msg:  fmt.Sprintf("%s: the column %q holds nothing that this journal knows; it was made by somebody else", o.Input, name),
			Hint: "choose another name with --completion-column, take the column out of the file, or replace what it holds with --overwrite",
		}
	case ours && o.Sandbox && !by:
		return &spec.UsageError{
			Msg:  fmt.Sprintf("%s: the column %q holds answers of the real service, which a sandbox would replace", o.Input, name),
			Hint: "leave out --in-place, or choose another --completion-column",
		}
	}
	return nil
}

// maxCells is how many completions of the input are looked for in the whole journal.
const maxCells = 1000

// answerColumn is a column of the input in which answers stand.
type answerColumn struct {
	spec.OutputColumn
	out int // its place among the cells that are written
	in  int // its place in the input
	// form says that its answers have a form: there are few of them, so that what the user writes is often the answer of another row.
	form bool
}

// answersIn are the columns of the input into which the run writes answers.
func answersIn(s *spec.Settings, src table.Source) []answerColumn {
	var all []answerColumn
	for out, c := range s.Outputs() {
		if c.What != "completion" && c.Value < 0 {
			continue
		}
		if in := slices.Index(src.Columns(), c.Name); in >= 0 {
			a := s.All()[c.Column]
			all = append(all, answerColumn{c, out, in, len(a.Choices) > 0 || c.Value >= 0})
		}
	}
	return all
}

// whoAnswered looks for a completion in the input that the journal holds, and reports whether a sandbox gave it. Columns without any text
// are ours.
func (o *Output) whoAnswered(src table.Source, columns []answerColumn) (sandbox, ours bool, err error) {
	options, err := o.Resolve(src)
	if err != nil {
		return false, false, err
	}
	if options.Columns.Deep() || len(options.Columns.List) > 1 || options.Edits != nil {
		return o.whoBrought(src, columns)
	}
	options.Others = true
	cells := &cellSet{}
	for row, err := range resolve.Rows(context.Background(), options) {
		if err != nil {
			return false, false, err
		}
		text := valueAt(row.Row, columns[0].in)
		if strings.TrimSpace(text) == "" || row.Cells == nil {
			continue
		}
		if cells.n < maxCells {
			cells.add(text)
		}
		if by, ours, err := o.answeredBy(row.Cells[0].Key, newCellSet(text)); ours || err != nil {
			return by, ours, err
		}
	}
	if cells.n == 0 {
		return o.Sandbox, true, nil
	}
	for _, sandbox := range []bool{false, true} { // prompts may have been edited since: the completion of any row will do
		for k := range o.Journal.Keys(sandbox) {
			if by, ours, err := o.answeredBy(k, cells); ours || err != nil {
				return by, ours, err
			}
		}
	}
	return false, false, nil
}

// whoBrought looks for a text that the journal ever brought.
func (o *Output) whoBrought(src table.Source, columns []answerColumn) (sandbox, ours bool, err error) {
	sets := map[bool]*textSet{}
	for _, sandbox := range []bool{false, true} {
		if sets[sandbox], err = brought(o.Journal, o.Settings.Forms(), func(by bool) bool { return by == sandbox }); err != nil {
			return false, false, err
		}
	}
	empty := true
	for row, err := range src.Rows() {
		if err != nil {
			return false, false, err
		}
		for _, c := range columns {
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
	return o.Sandbox, empty, nil
}

// answeredBy reports who answered a job, if one of the cells is the completion that the journal holds for it.
func (o *Output) answeredBy(k task.Key, cells *cellSet) (sandbox, ours bool, err error) {
	for _, sandbox := range []bool{false, true} {
		at, ok := o.Journal.Newest(k, sandbox)
		if !ok || at.State != task.Completed {
			continue
		}
		res, _, err := o.Journal.ReadResult(at, nil)
		if err != nil {
			return false, false, err
		}
		if cells.has(res.Completion) {
			return sandbox, true, nil
		}
	}
	return false, false, nil
}
