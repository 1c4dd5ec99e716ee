package workbench

import (
	"path/filepath"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/web/board"
)

// kept returns the version that was chosen for the table, "" if that is the newest or no longer counts.
func (p *place) kept(versions []Version) string {
	c := board.Choices{Board: p.bench.Board}.Of(p.rel)
	if c.Version == "" || len(versions) == 0 || c.Version == versions[0].ID {
		return ""
	}
	if runs, err := p.whole(); err != nil || runs != c.Runs {
		return ""
	}
	if _, _, err := find(versions, c.Version); err != nil {
		return ""
	}
	return c.Version
}

// whole returns the number of runs of a table that were no trials.
func (p *place) whole() (n int, err error) {
	runs, err := p.runs()
	for i := range runs {
		if !runs[i].Preview {
			n++
		}
	}
	return n, err
}

// edited fills in how many answers of each version of a column are edited by hand, as far as the edits say it.
func (p *place) edited(versions []Version) error {
	edits, err := journal.OpenEdits(filepath.Join(p.bench.Dir, p.rel))
	if err != nil {
		return err
	}
	real, sandbox := edits.Asked(false), edits.Asked(true)
	for i := range versions {
		for k := range versions[i].Asked {
			a := &versions[i].Asked[k]
			a.Edited = real[a.ID] + sandbox[a.ID] // a version is of one of them
		}
	}
	return nil
}

// written identifies the columns that the output has, as versions do; nil if none was written.
func (p *place) written() []string {
	if m := p.bench.WrittenBy(p.ID); m != nil {
		return columnsOf(m)
	}
	return []string{}
}
