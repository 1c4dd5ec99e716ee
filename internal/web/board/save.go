package board

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// The ways of saving the answers of a table.
const (
	saveNew     = "new"      // into a file beside the table
	saveInPlace = "in_place" // into the table itself
)

// Saving says how the answers of a table are saved.
type Saving struct {
	How       string `json:"how"`
	Dry       bool   `json:"dry"` // only say what would be done
	Overwrite bool   `json:"overwrite"`
}

// Saved says what saving does, or has done.
type Saved struct {
	Output string          `json:"output"` // relative to the folder
	Says   []messages.Text `json:"says"`
	Note   messages.Text   `json:"note"` // what the user must know of the output
}

// Save writes the answers of the last run of a table into the table or into a file beside it. Nothing is asked.
func (b *Board) Save(ctx context.Context, id string, how Saving) (*Saved, error) {
	p, err := b.place(id)
	if err != nil {
		return nil, b.plain(err)
	}
	if p.entry == nil {
		return nil, b.plain(jobs.NoRuns(p.input, filepath.Join(b.Dir, p.rel)))
	}
	if _, err := b.ours(id); !errors.Is(err, ErrOver) {
		return nil, cmp.Or(err, ErrBusy)
	}
	if err := p.entry.readable(); err != nil {
		return nil, err
	}
	j, err := jobs.Resume(p.entry.journal())
	if err != nil {
		return nil, b.plain(err)
	}
	j.Overwrite = how.Overwrite
	change, err := b.saving(how.How, j)
	if err != nil {
		return nil, err
	}
	set := j.Settings
	if err := change(&set); err != nil {
		return nil, b.plain(err)
	}
	if err := (&jobs.Job{Input: j.Input, Settings: set}).Within(b.Dir, true); err != nil {
		return nil, err
	}
	s := &Saved{Output: b.below(set.Output), Says: b.saySaving(p, &set)}
	if open := table.OpenMark(set.Output); open != "" {
		return nil, &spec.UsageError{
			Msg: messages.Sprintf("%s is open in a spreadsheet program", s.Output), Hint: messages.Sprintf("close it there and try again"),
		}
	}
	if how.Dry {
		return s, b.plain(j.CheckRewrite(true, change))
	}
	o, e, err := b.occupy(p.rel, j)
	if err != nil {
		return nil, err
	}
	sum, err := j.Rewrite(ctx, true, change)
	b.end(e, o, err)
	b.vacate(e, o)
	e.refresh() // the rows can be counted again
	if err != nil {
		return nil, b.plain(err)
	}
	s.Note, s.Output = sum.Note, cmp.Or(b.below(sum.Output), s.Output)
	return s, nil
}

// saving returns the change of the settings of a run that saves its answers in a way.
func (b *Board) saving(how string, j *jobs.Job) (func(*spec.Settings) error, error) {
	switch {
	case how != saveNew && how != saveInPlace:
		return nil, &spec.UsageError{Msg: messages.Sprintf("there is no way of saving called %q", how), Hint: messages.Sprintf("choose new or in_place")}
	case how == saveInPlace && j.Sandbox:
		return nil, &spec.UsageError{
			Msg: messages.Sprintf("the answers of the sandbox do not go into the table"), Hint: messages.Sprintf("save them as a new file"),
		}
	case how == saveInPlace && j.Settings.Documents != nil:
		return nil, &spec.UsageError{
			Msg: messages.Sprintf("documents are not a table, so the answers cannot go into it"), Hint: messages.Sprintf("save them as a new file"),
		}
	}
	input, sandbox := j.Input, j.Sandbox
	return func(set *spec.Settings) error {
		switch {
		case how == saveInPlace:
			set.InPlace, set.Output, set.OutDir, set.CSVDialect = true, input, "", ""
		case set.InPlace, set.Output == "", set.Output == "-":
			set.InPlace, set.Output, set.OutDir = false, usualOutput(set, input, sandbox), ""
		}
		return set.Check()
	}, nil
}

// saySaving says what saving by settings does.
func (b *Board) saySaving(p *place, set *spec.Settings) []messages.Text {
	name := b.below(set.Output)
	names := messages.Quoted(set.OutputNames())
	says := []messages.Text{}
	_, err := os.Stat(set.Output)
	switch {
	case set.InPlace && set.Sheet != "":
		says = append(says, messages.Sprintf("the answers go into the sheet %q of %s itself, into these columns: %s; all else in the file stays as it is", set.Sheet, name, names))
	case set.InPlace:
		says = append(says, messages.Sprintf("the answers go into %s itself, into these columns: %s; all else in the file stays as it is", name, names))
	case err == nil:
		says = append(says, messages.Sprintf("%s is written again: a copy of %s with these columns: %s", name, p.Name, names))
	case strings.EqualFold(filepath.Ext(set.Output), filepath.Ext(p.input)):
		says = append(says, messages.Sprintf("%s is a new file: a copy of %s with these columns: %s", name, p.Name, names))
	default:
		says = append(says, messages.Sprintf("%s is a new file with the rows of %s and these columns: %s", name, p.Name, names))
	}
	if p.entry != nil {
		if i := p.entry.info(); i.Pending > 0 {
			says = append(says, messages.Sprintf("%d {row|rows} without an answer stay empty", i.Pending))
		}
	}
	if f, _ := table.FormatOf(set.Output); f == table.XLSX {
		says = append(says, messages.Sprintf("answers that are too long for a cell are cut, and are whole in a file beside the workbook"))
	}
	return says
}
