package output

import (
	"os"
	"slices"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/task"
)

// lacking returns how many cells were edited, or had their edit undone, since a commit. It does not count a cell that is as it was then. has are
// the versions of the columns in the output, of those that count.
func lacking(edits *journal.Edits, c *journal.Commit, sandbox bool, has, of []string) (n int) {
	was, is := map[editedCell]string{}, map[editedCell]string{}
	for off, e := range edits.All() {
		cell, text := editedCell{e.Key, e.Occurrence}, ""
		if !e.Undo {
			text = "=" + e.Text
		}
		switch known := e.Asked != ""; {
		case e.Sandbox != sandbox || known && !slices.Contains(of, e.Asked):
		case off < c.Edits && (!known || slices.Contains(has, e.Asked)):
			was[cell] = text
		default:
			is[cell] = text
		}
	}
	for cell, text := range is {
		if text != was[cell] {
			n++
		}
	}
	return n
}

// editedCell identifies the cell of an edit.
type editedCell struct {
	key        task.Key
	occurrence int
}

// corrected are the edits that a pass writes, by their cells.
type corrected map[editedCell]bool

func (k corrected) note(cells []resolve.Cell) {
	for i := range cells {
		if e := cells[i].Edited; e != nil {
			k[editedCell{e.Key, e.Occurrence}] = true
		}
	}
}

// leaves returns the edits that the file has, according to its commit, and that the pass does not write there, because they are of other versions
// of its columns. In place, columns of other names stay as they are.
func (p *pass) leaves(last *journal.Commit) (left task.LeftOut, err error) {
	if _, missing := os.Stat(p.dst); missing != nil || last.By == nil || p.Edits == nil {
		return left, nil
	}
	before, now := last.By.Settings.Asks(last.By.Sandbox), p.Settings.Asks(p.Sandbox)
	gone := map[string]bool{}
	for _, c := range last.By.Settings.Outputs() {
		if c.Column >= 0 && !slices.Contains(now, before[c.Column]) && (!p.Settings.InPlace || slices.Contains(p.Settings.OutputNames(), c.Name)) {
			gone[before[c.Column]] = true
		}
	}
	cells := map[editedCell]bool{}
	for off, e := range p.Edits.All() {
		cell := editedCell{e.Key, e.Occurrence}
		switch {
		case e.Sandbox != p.Sandbox:
		case e.Undo:
			delete(cells, cell)
		case off < last.Edits && gone[e.Asked] && !p.corrected[cell]:
			cells[cell] = true
		}
	}
	if len(cells) == 0 {
		return left, nil
	}
	left = task.LeftOut{Edits: len(cells), Most: p.Settings.Selects() && !p.fillsOthers()}
	number, trial := 0, true
	return left, journal.Manifests(p.Journal.Path(), func(m *journal.Manifest) {
		if number++; slices.Equal(m.Settings.Asks(m.Sandbox), before) && (trial || !m.Preview) {
			left.Run, trial = number, m.Preview
		}
	})
}
