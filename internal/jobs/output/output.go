package output

import (
	"errors"
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// Output is where the completions of an input go. Its fields are set before its methods are called; Journal and Sandbox may be set later,
// when they are known. It is not safe for concurrent use.
type Output struct {
	Input       string // the path of the table that is read, or one that identifies the documents
	Settings    *spec.Settings
	Destination string // the path where the output is written; default Settings.Output
	Sandbox     bool
	Leave
	Export      bool // nothing is journaled, and no file of ours is removed
	JournalPath string
	Journal     *journal.Journal // nil until there is one
	Edits       *journal.Edits   // nil if nothing was edited by hand

	Source
	Reached func(stage string) // for tests: a pass has "opened" the input, or has "read" it; may be nil
	claims
}

// Source is the input, as the run reads it.
type Source struct {
	Open     func(utf8 bool) (table.Source, error)           // utf8 asks for an output in UTF-8
	Changed  func(was table.Identity) bool                   // reports that the input is no longer what it was
	HasSheet func(name string) bool                          // reports that the workbook has a sheet of that name
	Resolve  func(src table.Source) (resolve.Options, error) // says how the rows are resolved
	Ahead    func(src table.Source) *resolve.Keys            // returns the keys of the rows, nil if they are not known; may be nil
}

// Leave is what the user allows.
type Leave struct {
	Overwrite bool     // to replace files and texts that are not ours
	Replaces  [32]byte // to replace the file with this hash, zero for none
}

// claims are what was found out about the input and about what is ours.
type claims struct {
	files   map[string]table.Identity // by path: files as they were when they were last found to be ours
	columns map[string]bool           // columns of the input that are named like ours and are empty
	utf8    bool                      // the output is in UTF-8, because the input's encoding cannot express it
}

// path returns where the output is written, "" for nowhere.
func (o *Output) path() string {
	if o.Destination != "" {
		return o.Destination
	}
	return o.Settings.Output
}

// name returns the name of the input in messages.
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

// CheckSettings refuses settings that this input rules out. The error is a *spec.UsageError.
func (o *Output) CheckSettings() error {
	s := o.Settings
	switch {
	case s.Output == "" && s.OutDir == "":
		return &spec.UsageError{Msg: messages.Sprintf("there is nowhere to write the answers"), Hint: messages.Sprintf("name a file with -o, or a folder with --out-dir")}
	case s.Documents != nil && s.InPlace:
		return &spec.UsageError{
			Msg:  messages.Sprintf("answers cannot be written into documents"),
			Hint: messages.Sprintf("leave out --in-place, and name a file with -o or a folder with --out-dir"),
		}
	case s.OutName != "" && s.OutDir == "":
		return &spec.UsageError{Msg: messages.Sprintf("--out-name is for --out-dir"), Hint: messages.Sprintf("name the folder with --out-dir")}
	}
	if info, err := os.Stat(s.OutDir); s.OutDir != "" && err == nil && !info.IsDir() {
		return &spec.UsageError{Msg: messages.Sprintf("--out-dir %s: there is a file of that name", s.OutDir), Hint: messages.Sprintf("name a folder")}
	}
	return nil
}

// Check refuses, before any money is spent, an output that cannot be written. The error is then a *spec.UsageError.
func (o *Output) Check(src table.Source) error {
	dst := o.path()
	if dst == "" {
		return nil
	}
	if err := o.CheckApart(dst, "the output"); err != nil {
		return err
	}
	inPlace := o.isInput(dst)
	o.Overwrite = o.Overwrite || inPlace && o.mayBeReplaced(dst)
	if inPlace && !o.Settings.InPlace {
		return &spec.UsageError{
			Msg:  messages.Sprintf("%s: the output is the input", dst),
			Hint: messages.Sprintf("say --in-place to write the answers into the input itself"),
		}
	}
	if err := o.checkColumns(src); err != nil {
		return err
	}
	// An input that its owner made read-only is left alone; an output of ours that has its mode from such an input is written.
	err := atomicfile.Check(dst)
	if info, statErr := os.Stat(dst); statErr == nil && inPlace && info.Mode().Perm()&0o222 == 0 {
		err = messages.Errorf("%s is read-only", dst)
	}
	if err != nil {
		return &spec.UsageError{Msg: messages.Sprintf("the output cannot be written: %v", err), Hint: messages.Sprintf("choose another place with -o")}
	}
	if inPlace {
		return (&filled{o, src, filledColumns(o.Settings, src)}).check()
	}
	if err := o.mayReplace(dst); err != nil {
		return err
	}
	return o.checkSheet(src)
}

// CheckApart refuses a path that is the journal or one of the files that belong to it. what names the path in the message.
func (o *Output) CheckApart(name, what string) error {
	for _, own := range journal.FilesOf(o.JournalPath) {
		if sameFile(own, name) || filepath.Clean(own) == filepath.Clean(name) {
			return &spec.UsageError{
				Msg:  messages.Sprintf("%s: %s cannot be where the journal is kept", name, what),
				Hint: messages.Sprintf("choose another place for the journal with --journal"),
			}
		}
	}
	return nil
}

// checkSheet refuses to replace an output that holds the completions of another sheet.
func (o *Output) checkSheet(src table.Source) error {
	if o.Journal == nil || o.Overwrite || o.mayBeReplaced(o.path()) || o.Settings.AllSheets || src.Format() != table.XLSX {
		return nil
	}
	c, known := o.Journal.Committed(filepath.Base(o.path()))
	if !known {
		return nil
	}
	if _, err := os.Stat(o.path()); errors.Is(err, fs.ErrNotExist) || !c.AllSheets && (c.Sheet == src.Sheet() || !o.HasSheet(c.Sheet)) {
		return nil
	}
	return &spec.UsageError{
		Msg:  messages.Sprintf("%v holds the answers of another sheet, which this run would replace", o.path()),
		Hint: messages.Sprintf("name another file with -o, ask every sheet with --all-sheets, or replace it with --overwrite"),
	}
}

// Fits refuses more rows, or wider ones, than the output can hold, and an output that cannot hold what the input has. It leaves no trace.
func (o *Output) Fits(src table.Source, rows, width int) error {
	if f, known := table.FormatOf(o.path()); known && f == table.XLSX && src.Format() != table.XLSX {
		if n := width + len(o.Settings.OutputNames()); n > table.MaxColumns {
			return &spec.UsageError{
				Msg:  messages.Sprintf("%s: a row of %d cells does not fit on a sheet of a workbook", o.name(), n),
				Hint: messages.Sprintf("name a .csv with -o"),
			}
		}
		if rows >= table.MaxRows {
			return &spec.UsageError{
				Msg:  messages.Sprintf("%s: %d rows do not fit on a sheet of a workbook", o.name(), rows),
				Hint: messages.Sprintf("name a .csv with -o"),
			}
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

// NewFolder returns the folder of a traversal, nil if the run has none.
func (o *Output) NewFolder(src table.Source) (*Folder, error) {
	if o.Settings.OutDir == "" {
		return nil, nil
	}
	f := &Folder{out: o, source: src, at: map[string]int{}, seed: maphash.MakeSeed(), seen: map[uint64]int{}}
	for i, c := range src.Columns() {
		f.at[spec.ColumnName(c)] = i
	}
	if o.Settings.OutName == "" {
		return f, nil
	}
	var err error
	if f.name, err = spec.ParseTemplate(o.Settings.OutName); err != nil {
		return nil, &spec.UsageError{Msg: messages.Sprintf("--out-name: %v", err), Hint: messages.Sprintf("a column is named {{column}}")}
	}
	for _, c := range f.name.Columns() {
		if _, ok := f.at[c]; !ok && !src.Has(c) {
			return nil, &spec.UsageError{
				Msg:  messages.Sprintf("--out-name: %s has no column %q", src.Name(), c),
				Hint: messages.Sprintf("the columns are %v", messages.Quoted(spec.NamesOf(src))),
			}
		}
	}
	return f, nil
}

// sink begins an output at dst. If dst is "" it begins one that goes nowhere.
func (o *Output) sink(src table.Source, dst string) (table.Sink, error) {
	if dst == "" {
		return noSink{}, nil
	}
	return src.Sink(dst, o.Settings.OutputNames()...)
}

// noSink is the sink of a run whose only output is a folder.
type noSink struct{}

func (noSink) Write(table.Row, ...any) error         { return nil }
func (noSink) Altered() table.Altered                { return table.Altered{} }
func (noSink) Commit(func(sum [32]byte) error) error { return nil }
func (noSink) Close() error                          { return nil }
