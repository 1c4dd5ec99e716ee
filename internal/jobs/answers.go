package jobs

import (
	"fmt"
	"slices"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// checkAnswers makes sure, before a run writes into the input, that the completions there are ours: the file is as we left it, or at
// least one of them is what the journal holds for its row, or they may be overwritten. A sandbox never writes over answers of the real
// service.
func (r *Run) checkAnswers(src table.Source) error {
	columns := answersIn(&r.Settings, src)
	if r.journal == nil || len(columns) == 0 {
		return nil
	}
	name := columns[0].Name
	sum, err := hashFile(r.Input)
	if err != nil {
		return err
	}
	by, ours := r.journal.OriginOf(sum)
	if !ours {
		if by, ours, err = r.whoAnswered(src, columns); err != nil {
			return err
		}
	}
	switch {
	case !ours && !r.Overwrite:
		return &spec.UsageError{
			Msg:  fmt.Sprintf("%s: the column %q holds nothing that this journal knows; it was made by somebody else", r.Input, name),
			Hint: "choose another name with --completion-column, take the column out of the file, or replace what it holds with --overwrite",
		}
	case ours && r.Sandbox && !by:
		return &spec.UsageError{
			Msg:  fmt.Sprintf("%s: the column %q holds answers of the real service, which a sandbox would replace", r.Input, name),
			Hint: "leave out --in-place, or choose another --completion-column",
		}
	}
	return nil
}

// mostCells is how many completions of the input are looked for in the whole journal.
const mostCells = 1000

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

// whoAnswered looks for an answer in the input that the journal holds, and returns its origin. Columns without any answer are ours.
func (r *Run) whoAnswered(src table.Source, columns []answerColumn) (by, ours bool, err error) {
	k, err := r.askers(src)
	if err != nil {
		return false, false, err
	}
	e, err := r.edits()
	if err != nil {
		return false, false, err
	}
	if k.Deep() || len(k.List) > 1 || e != nil {
		return r.whoBrought(src, columns)
	}
	return r.whoCompleted(src, k, columns[0].in)
}

// whoCompleted looks for the completion of a row or, where prompts were edited since, of any.
func (r *Run) whoCompleted(src table.Source, k *prompt.Columns, at int) (by, ours bool, err error) {
	p, cells := r.pass(k), &cellSet{}
	for row, err := range src.Rows() {
		if err != nil {
			return false, false, err
		}
		cell := valueAt(row, at)
		if strings.TrimSpace(cell) == "" {
			continue
		}
		if cells.n < mostCells {
			cells.add(cell)
		}
		known, err := p.row(row)
		if err != nil {
			return false, false, err
		}
		if by, ours, err := r.answeredBy(known[0].key, newCellSet(cell)); ours || err != nil {
			return by, ours, err
		}
	}
	if cells.n == 0 {
		return r.Sandbox, true, nil
	}
	return r.anyAnswered(cells)
}

// whoBrought looks for a text that the journal ever brought.
func (r *Run) whoBrought(src table.Source, columns []answerColumn) (by, ours bool, err error) {
	sets := map[bool]*textSet{}
	for _, o := range []bool{false, true} {
		if sets[o], err = broughtBy(r.journal, r.Settings.Forms(), func(sandbox bool) bool { return sandbox == o }); err != nil {
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
			for _, o := range []bool{false, true} {
				if sets[o].hasCell(text) {
					return o, true, nil
				}
			}
		}
	}
	return r.Sandbox, empty, nil
}

// anyAnswered looks for one of the cells in the whole journal.
func (r *Run) anyAnswered(cells *cellSet) (by, ours bool, err error) {
	for _, o := range []bool{false, true} {
		for k := range r.journal.Keys(o) {
			if by, ours, err := r.answeredBy(k, cells); ours || err != nil {
				return by, ours, err
			}
		}
	}
	return false, false, nil
}

// answeredBy reports who answered a job, if one of the cells is the completion that the journal holds for it.
func (r *Run) answeredBy(k task.Key, cells *cellSet) (by, ours bool, err error) {
	for _, o := range []bool{false, true} {
		at, ok := r.journal.Newest(k, o)
		if !ok || at.State != task.Completed {
			continue
		}
		res, _, err := r.journal.ReadResult(at, nil)
		if err != nil {
			return false, false, err
		}
		if cells.has(res.Completion) {
			return o, true, nil
		}
	}
	return false, false, nil
}
