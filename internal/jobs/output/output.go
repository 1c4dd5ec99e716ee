package output

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
)

// Output is where the completions of an input go. Its fields are set before its methods are called; Journal and Sandbox may be set later,
// when they are known. It is not safe for concurrent use.
type Output struct {
	Input       string // the table that is read, or what stands for the documents
	Settings    *spec.Settings
	Destination string // where the output is really written; default Settings.Output
	Sandbox     bool
	Leave
	Export      bool // nothing is journaled, and no file of ours is removed
	JournalPath string
	Journal     *journal.Journal // nil until there is one
	Edits       *journal.Edits   // nil where nothing was edited by hand

	Source
	Reached func(stage string) // for tests: a pass has "opened" the input, or has "read" it
	claims
}

// Source is the input, as the run reads it.
type Source struct {
	Open     func(utf8 bool) (table.Source, error)           // utf8 asks for an output in UTF-8
	Changed  func(was table.Identity) bool                   // it is no longer what it was
	HasSheet func(name string) bool                          // the workbook has a sheet of that name
	Resolve  func(src table.Source) (resolve.Options, error) // how its rows are resolved
	Ahead    func(src table.Source) *resolve.Keys            // the keys of its rows, nil where they are not known; may be nil
}

// Leave is what the user allows.
type Leave struct {
	Overwrite bool     // files and texts that are not ours may be replaced
	Replaces  [32]byte // the hash of a file that may be replaced, zero for none
}

// claims are what was found to be ours.
type claims struct {
	files   map[string]table.Identity // when they were last found to be ours
	columns map[string]bool           // of the input: they are named like ours and have nothing in them
	utf8    bool                      // the output is in UTF-8, because the input's encoding cannot express it
}

// path is where the output is written, "" for nowhere.
func (o *Output) path() string {
	if o.Destination != "" {
		return o.Destination
	}
	return o.Settings.Output
}

// name is what messages call the input.
func (o *Output) name() string {
	if o.Settings.Documents != nil {
		return strings.Join(o.Settings.Documents, " ")
	}
	return o.Input
}

// isInput reports whether a path is that of the table that is read.
func (o *Output) isInput(path string) bool {
	return o.Settings.Documents == nil && sameFile(path, o.Input)
}

// CheckSettings refuses what cannot be done with this input.
func (o *Output) CheckSettings() error {
	s := o.Settings
	switch {
	case s.Output == "" && s.OutDir == "":
		return &spec.UsageError{Msg: "there is nowhere to write the answers", Hint: "name a file with -o, or a folder with --out-dir"}
	case s.Documents != nil && s.InPlace:
		return &spec.UsageError{Msg: "answers cannot be written into documents", Hint: "leave out --in-place, and name a file with -o or a folder with --out-dir"}
	case s.OutName != "" && s.OutDir == "":
		return &spec.UsageError{Msg: "--out-name is for --out-dir", Hint: "name the folder with --out-dir"}
	}
	if info, err := os.Stat(s.OutDir); s.OutDir != "" && err == nil && !info.IsDir() {
		return &spec.UsageError{Msg: fmt.Sprintf("--out-dir %s: there is a file of that name", s.OutDir), Hint: "name a folder"}
	}
	return nil
}

// Check finds out before any money is spent that the output could not be written.
func (o *Output) Check(src table.Source) error {
	dst := o.path()
	if dst == "" {
		return nil
	}
	if err := o.CheckApart(dst, "the output"); err != nil {
		return err
	}
	inPlace := o.isInput(dst)
	if inPlace && !o.Settings.InPlace {
		return &spec.UsageError{Msg: fmt.Sprintf("%s: the output is the input", dst), Hint: "say --in-place to write the answers into the input itself"}
	}
	if err := o.checkColumns(src); err != nil {
		return err
	}
	// An input that its owner made read-only is not written to; an output of ours that has its mode from such an input is.
	err := atomicfile.Check(dst)
	if info, statErr := os.Stat(dst); statErr == nil && inPlace && info.Mode().Perm()&0o222 == 0 {
		err = fmt.Errorf("%s is read-only", dst)
	}
	if err != nil {
		return &spec.UsageError{Msg: fmt.Sprintf("the output cannot be written: %v", err), Hint: "choose another place with -o"}
	}
	if inPlace {
		return o.checkAnswers(src)
	}
	if err := o.mayReplace(dst); err != nil {
		return err
	}
	return o.checkSheet(src)
}

// CheckApart refuses a file of the user's that is one of the run's own.
func (o *Output) CheckApart(name, what string) error {
	for _, own := range journal.FilesOf(o.JournalPath) {
		if sameFile(own, name) || filepath.Clean(own) == filepath.Clean(name) {
			return &spec.UsageError{Msg: fmt.Sprintf("%s: %s cannot be where the journal is kept", name, what), Hint: "choose another place for the journal with --journal"}
		}
	}
	return nil
}

// checkSheet refuses to replace an output that holds the completions of another sheet.
func (o *Output) checkSheet(src table.Source) error {
	if o.Journal == nil || o.Overwrite || o.Settings.AllSheets || src.Format() != table.XLSX {
		return nil
	}
	c, known := o.Journal.Committed(filepath.Base(o.path()))
	if !known || !exists(o.path()) || !c.AllSheets && (c.Sheet == src.Sheet() || !o.HasSheet(c.Sheet)) {
		return nil
	}
	return &spec.UsageError{
		Msg:  o.path() + " holds the answers of another sheet, which this run would replace",
		Hint: "name another file with -o, ask every sheet with --all-sheets, or replace it with --overwrite",
	}
}

// Fits refuses more rows, or more cells in one of them, than the output can hold, and an output that cannot hold what the input has.
// Nothing stays of what it tries.
func (o *Output) Fits(src table.Source, rows, width int) error {
	if f, known := table.FormatOf(o.path()); known && f == table.XLSX && src.Format() != table.XLSX {
		if n := width + len(o.Settings.OutputNames()); n > table.MaxColumns {
			return &spec.UsageError{Msg: fmt.Sprintf("%s: a row of %d cells does not fit on a sheet of a workbook", o.name(), n), Hint: "name a .csv with -o"}
		}
		if rows >= table.MaxRows {
			return &spec.UsageError{Msg: fmt.Sprintf("%s: %d rows do not fit on a sheet of a workbook", o.name(), rows), Hint: "name a .csv with -o"}
		}
	}
	sink, err := o.sink(src, o.path())
	if errors.Is(err, table.ErrEncoding) {
		return nil // it will be in UTF-8
	}
	if err != nil {
		return err
	}
	return sink.Close()
}

// sink begins an output at dst, and one that goes nowhere if there is none.
func (o *Output) sink(src table.Source, dst string) (table.Sink, error) {
	if dst == "" {
		return noSink{}, nil
	}
	return src.Sink(dst, o.Settings.OutputNames()...)
}

// noSink takes rows that are written elsewhere only.
type noSink struct{}

func (noSink) Write(table.Row, ...any) error         { return nil }
func (noSink) Altered() table.Altered                { return table.Altered{} }
func (noSink) Commit(func(sum [32]byte) error) error { return nil }
func (noSink) Close() error                          { return nil }
