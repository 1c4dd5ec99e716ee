package jobs

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"gigabatch/internal/io/table"
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
	by, ours := r.journal.history.origins[hex.EncodeToString(sum[:])]
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
	case ours && r.Sandbox && by != origin(true):
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
func (r *Run) whoAnswered(src table.Source, columns []answerColumn) (by int, ours bool, err error) {
	k, err := r.askers(src)
	if err != nil {
		return 0, false, err
	}
	e, err := r.edits()
	if err != nil {
		return 0, false, err
	}
	if k.deep() || len(k.list) > 1 || e != nil {
		return r.whoBrought(src, columns)
	}
	return r.whoCompleted(src, k, columns[0].in)
}

// whoCompleted looks for the completion of a row or, where prompts were edited since, of any.
func (r *Run) whoCompleted(src table.Source, k *askers, at int) (by int, ours bool, err error) {
	p, cells := r.pass(k), &cellSet{}
	for row, err := range src.Rows() {
		if err != nil {
			return 0, false, err
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
			return 0, false, err
		}
		if by, ours, err := r.answeredBy(known[0].key, newCellSet(cell)); ours || err != nil {
			return by, ours, err
		}
	}
	if cells.n == 0 {
		return origin(r.Sandbox), true, nil
	}
	return r.anyAnswered(cells)
}

// whoBrought looks for a text that the journal ever brought.
func (r *Run) whoBrought(src table.Source, columns []answerColumn) (by int, ours bool, err error) {
	var sets [2]*textSet
	for o := range sets {
		if sets[o], err = r.journal.brought(r.Settings.Forms(), func(h header) bool { return origin(h.sandbox) == o }); err != nil {
			return 0, false, err
		}
	}
	empty := true
	for row, err := range src.Rows() {
		if err != nil {
			return 0, false, err
		}
		for _, c := range columns {
			text := valueAt(row, c.in)
			if strings.TrimSpace(text) == "" {
				continue
			}
			empty = false
			for o, set := range sets {
				if set.hasCell(text) {
					return o, true, nil
				}
			}
		}
	}
	return origin(r.Sandbox), empty, nil
}

// anyAnswered looks for one of the cells in the whole journal.
func (r *Run) anyAnswered(cells *cellSet) (by int, ours bool, err error) {
	for o := range r.journal.index {
		x := &r.journal.index[o]
		for i := range x.n {
			if by, ours, err := r.answeredBy(x.at(i).key, cells); ours || err != nil {
				return by, ours, err
			}
		}
	}
	return 0, false, nil
}

// answeredBy reports who answered a job, if one of the cells is the completion that the journal holds for it.
func (r *Run) answeredBy(k task.Key, cells *cellSet) (by int, ours bool, err error) {
	for o := range r.journal.index {
		at, ok := r.journal.index[o].get(k)
		if !ok || at.state != task.Completed {
			continue
		}
		res, _, err := r.journal.read(at, nil)
		if err != nil {
			return 0, false, err
		}
		if cells.has(res.Completion) {
			return o, true, nil
		}
	}
	return 0, false, nil
}
