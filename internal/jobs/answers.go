package jobs

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"gigabatch/internal/io/table"
)

// checkAnswers makes sure, before a run writes into the input, that the completions there are ours: the file is as we left it, or at
// least one of them is what the journal holds for its row, or they may be overwritten. A sandbox never writes over answers of the real
// service.
func (r *Run) checkAnswers(src table.Source) error {
	name := r.Settings.CompletionColumn
	if r.journal == nil || !slices.Contains(src.Columns(), name) {
		return nil
	}
	sum, err := hashFile(r.Input)
	if err != nil {
		return err
	}
	by, ours := r.journal.history.origins[hex.EncodeToString(sum[:])]
	if !ours {
		if by, ours, err = r.whoAnswered(src, name); err != nil {
			return err
		}
	}
	switch {
	case !ours && !r.Overwrite:
		return &UsageError{
			Msg:  fmt.Sprintf("%s: the column %q holds nothing that this journal knows; it was made by somebody else", r.Input, name),
			Hint: "choose another name with --completion-column, take the column out of the file, or replace what it holds with --overwrite",
		}
	case ours && r.Sandbox && by != origin(true):
		return &UsageError{
			Msg:  fmt.Sprintf("%s: the column %q holds answers of the real service, which a sandbox would replace", r.Input, name),
			Hint: "leave out --in-place, or choose another --completion-column",
		}
	}
	return nil
}

// mostCells is how many completions of the input are looked for in the whole journal.
const mostCells = 1000

// whoAnswered looks for a completion in the input that the journal holds, for its row or, where prompts were edited since, for any, and
// returns its origin. A column without any completion is ours.
func (r *Run) whoAnswered(src table.Source, column string) (by int, ours bool, err error) {
	a, err := newAsker(&r.Settings, src, r.owned(src))
	if err != nil {
		return 0, false, err
	}
	keys, cells, at := a.keyer(), &cellSet{}, slices.Index(src.Columns(), column)
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
		k, _, err := keys.key(row)
		if err != nil {
			return 0, false, err
		}
		if by, ours, err := r.answeredBy(k, newCellSet(cell)); ours || err != nil {
			return by, ours, err
		}
	}
	if cells.n == 0 {
		return origin(r.Sandbox), true, nil
	}
	return r.anyAnswered(cells)
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
func (r *Run) answeredBy(k Key, cells *cellSet) (by int, ours bool, err error) {
	for o := range r.journal.index {
		at, ok := r.journal.index[o].get(k)
		if !ok || at.state != Completed {
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
