package workbench

import (
	"path/filepath"
	"slices"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/web/board"
)

// usual returns the version that a table shows if none was chosen: the newest that was no trial, else the newest; nil if there is none.
func usual(versions []Version) *Version {
	if len(versions) == 0 {
		return nil
	}
	return &versions[max(0, slices.IndexFunc(versions, func(v Version) bool { return !v.Trial }))]
}

// kept returns the version that was chosen for the table, "" if that is the usual one or no longer counts.
func (p *place) kept(versions []Version) string {
	c := board.Choices{Board: p.bench.Board}.Of(p.rel)
	if v := usual(versions); v == nil || c.Version == "" || c.Version == v.ID {
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

// written identifies the columns that each output has, by its name, as versions do.
func (p *place) written() map[string][]string {
	all := map[string][]string{}
	for name, c := range p.bench.Outputs(p.ID) {
		if c.By != nil {
			all[name] = c.By.Settings.Asks(c.By.Sandbox)
		}
	}
	return all
}
