package board

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Answers are those of the runs of a board, to be written into files.
type Answers struct {
	*Board
	Language messages.Language // of what people read in the files
}

// The ways of saving the answers of a table.
const (
	saveNew     = "new"      // into a file beside the table
	saveInPlace = "in_place" // into the table itself
)

// Saving says how the answers of a table are saved.
type Saving struct {
	How   string `json:"how"`
	Dry   bool   `json:"dry"` // only say what would be done
	Where        // the output, if something else is in its place
	Shown `json:"-"`
}

// Shown is what a version of a table shows, and what is written of it: the columns of a run.
type Shown struct {
	Run     int     // its number, as reports have it; 0 is the last one
	Columns Columns // instead of those of the run; nil for these
	Epoch   *int64  // the answers count from there on in the journal; nil for those that count in the run
}

// Change puts the columns that are written into settings of the run.
func (w *Shown) Change(set *spec.Settings) {
	if w.Columns == nil {
		return
	}
	usual := slices.Equal(set.OutputColumns, usualColumns(set))
	if set.Column, set.Columns = w.Columns[0], nil; len(w.Columns) > 1 {
		set.Column, set.Columns = spec.Column{CompletionColumn: spec.DefaultCompletionColumn, Params: spec.Params{Model: w.Columns[0].Model}}, w.Columns
	}
	if usual {
		set.OutputColumns = usualColumns(set)
	}
}

// Saved says what saving does, or has done.
type Saved struct {
	Output   string          `json:"output"` // relative to the folder
	Says     []messages.Text `json:"says"`
	Outdated int             `json:"outdated"` // rows whose answers are not written, since they use one that was edited by hand
	Note     messages.Text   `json:"note"`     // what the user must know of the output
}

// Save writes the answers of a table into the table or into a file beside it, with the edits by hand that these columns have. Nothing is asked.
// Rows that were not part of the run get the answers that they have, too. A file that a spreadsheet program has open is not touched, and
// neither is one that another program has changed, unless it may be overwritten.
func (b Answers) Save(ctx context.Context, id string, how Saving) (*Saved, error) {
	e, err := b.entry(id)
	if err != nil {
		return nil, err
	}
	if _, err := b.ours(id); !errors.Is(err, ErrOver) {
		return nil, cmp.Or(err, ErrBusy)
	}
	if err := e.readable(); err != nil {
		return nil, err
	}
	j, err := jobs.ResumeRun(e.journal(), how.Run)
	if err != nil {
		return nil, b.Plain(err)
	}
	j.Overwrite, j.All, j.Language, j.Epoch = how.Overwrite, true, b.Language, how.Epoch
	change, err := saving(&how, j)
	if err != nil {
		return nil, err
	}
	set := j.Settings
	if err := change(&set); err != nil {
		return nil, b.Plain(err)
	}
	if how.NewOutput || how.NewColumns {
		spare := *j
		spare.Settings = set
		if err := spare.Free(how.NewOutput, how.NewColumns); err != nil {
			return nil, b.Plain(err)
		}
		set = spare.Settings
		change = func(s *spec.Settings) error {
			*s = set
			return nil
		}
	}
	if err := (&jobs.Job{Input: j.Input, Settings: set}).Within(b.Dir, true); err != nil {
		return nil, err
	}
	s := &Saved{Output: b.Below(set.Output), Says: b.saySaving(b.Below(j.Input), &set)}
	if open := table.OpenMark(set.Output); open != "" {
		return nil, &spec.UsageError{
			Msg: messages.Sprintf("%s is open in a spreadsheet program", s.Output), Hint: messages.Sprintf("close it there and try again"),
		}
	}
	if how.Dry {
		t, earlier, err := j.CheckRewrite(ctx, true, change)
		if err != nil {
			return nil, b.Plain(err)
		}
		edits, err := journal.OpenEdits(e.journal())
		if err != nil {
			return nil, b.Plain(err)
		}
		s.Says = append(append(s.Says, sayRows(&t, earlier)...), sayEdits(t.Edited, edits.Active(j.Sandbox))...)
		s.Outdated = t.Outdated
		return s, nil
	}
	o, e, err := b.occupy(e.rel, j)
	if err != nil {
		return nil, err
	}
	sum, err := j.Rewrite(ctx, true, change)
	b.end(e, o, err)
	b.vacate(e, o)
	e.refresh() // the rows can be counted again
	if err != nil {
		return nil, b.Plain(err)
	}
	s.Note, s.Output = sum.Note, cmp.Or(b.Below(sum.Output), s.Output)
	return s, nil
}

// saving returns the change of the settings of a run that saves its answers in a way.
func saving(how *Saving, j *jobs.Job) (func(*spec.Settings) error, error) {
	inPlace := how.How == saveInPlace
	switch {
	case how.How != saveNew && !inPlace:
		return nil, &spec.UsageError{Msg: messages.Sprintf("there is no way of saving called %q", how.How), Hint: messages.Sprintf("choose new or in_place")}
	case inPlace && j.Sandbox:
		return nil, &spec.UsageError{
			Msg: messages.Sprintf("the answers of the sandbox do not go into the table"), Hint: messages.Sprintf("save them as a new file"),
		}
	case inPlace && j.Settings.Documents != nil:
		return nil, &spec.UsageError{
			Msg: messages.Sprintf("documents are not a table, so the answers cannot go into it"), Hint: messages.Sprintf("save them as a new file"),
		}
	}
	input, sandbox := j.Input, j.Sandbox
	return func(set *spec.Settings) error {
		how.Change(set)
		switch {
		case inPlace:
			set.InPlace, set.Output, set.OutDir, set.CSVDialect = true, input, "", ""
		case set.InPlace, set.Output == "", set.Output == "-":
			set.InPlace, set.Output, set.OutDir = false, usualOutput(set, input, sandbox), ""
		}
		return set.Check()
	}, nil
}

// saySaving says what saving by settings does.
func (b Answers) saySaving(input string, set *spec.Settings) []messages.Text {
	name := b.Below(set.Output)
	names := messages.Quoted(set.OutputNames())
	says := []messages.Text{}
	_, err := os.Stat(set.Output)
	switch {
	case set.InPlace && set.Sheet != "":
		says = append(says, messages.Sprintf("the answers go into the sheet %q of %s itself, into these columns: %s; all else in the file stays as it is", set.Sheet, name, names))
	case set.InPlace:
		says = append(says, messages.Sprintf("the answers go into %s itself, into these columns: %s; all else in the file stays as it is", name, names))
	case err == nil:
		says = append(says, messages.Sprintf("%s is written again: a copy of %s with these columns: %s", name, input, names))
	case strings.EqualFold(filepath.Ext(set.Output), filepath.Ext(input)):
		says = append(says, messages.Sprintf("%s is a new file: a copy of %s with these columns: %s", name, input, names))
	default:
		says = append(says, messages.Sprintf("%s is a new file with the rows of %s and these columns: %s", name, input, names))
	}
	if f, _ := table.FormatOf(set.Output); f == table.XLSX {
		says = append(says, messages.Sprintf("answers that are too long for a cell are cut, and are whole in a file beside the workbook"))
	}
	return says
}

// sayRows says which rows of what is saved have no answer and why, and which have one of an earlier run.
func sayRows(t *task.Tally, earlier int) (says []messages.Text) {
	var why []messages.Text
	for _, of := range []struct {
		n    int
		text messages.Text
	}{
		{t.FailedRows(), messages.Sprintf("failed: %d", t.FailedRows())}, {t.Blocked, messages.Sprintf("blocked: %d", t.Blocked)},
		{t.Skipped, messages.Sprintf("skipped: %d", t.Skipped)}, {t.Outdated, messages.Sprintf("out of date: %d", t.Outdated)},
		{t.Pending - t.Outdated, messages.Sprintf("not asked: %d", t.Pending-t.Outdated)},
	} {
		if of.n > 0 {
			why = append(why, of.text)
		}
	}
	if n := t.Rows - t.Completed; n > 0 {
		says = append(says, messages.Sprintf("%d {row has|rows have} no answer (%s)", n, messages.Join(why, ", ")))
	}
	if earlier > 0 {
		says = append(says, messages.Sprintf("rows outside the last run with these columns that keep an earlier answer: %d", earlier))
	}
	return says
}

// sayEdits says how many edits by hand are written, and how many belong to what is not.
func sayEdits(written, all int) (says []messages.Text) {
	if written > 0 {
		says = append(says, messages.Sprintf("answers edited by hand that are written: %d", written))
	}
	if n := all - written; n > 0 {
		says = append(says, messages.Sprintf("answers edited by hand that are not written, since they are of other versions or other rows: %d; they are kept", n))
	}
	return says
}

// Export writes the current answers of a table into a temporary file, with the edits by hand that these columns have. The format is given by
// its extension without the dot, or by a dialect of CSV.
func (b Answers) Export(ctx context.Context, id string, what Shown, format string) (*Export, error) {
	return with(b.Board, id, func(e *entry) (*Export, error) { return e.export(ctx, what, format, b.Language) })
}
