package output

import (
	"errors"
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Output is the destination of the completions of an input. Its fields must be set before its methods are called, except Journal and
// Sandbox, which may be set once they are known. It is not safe for concurrent use.
type Output struct {
	Input       string // the path of the table, or one that identifies the documents
	Settings    *spec.Settings
	Destination string // the path of the output; default Settings.Output
	Sandbox     bool
	Leave
	Export      bool // nothing is journaled, and no file is removed
	JournalPath string
	Language    messages.Language // of the messages in a CSV file or a workbook
	Journal     *journal.Journal  // nil until it exists
	Edits       *journal.Edits    // nil if there are none
	EditsSize   int64             // the length of the file of edits

	Source
	Reached func(stage string) // for tests: a pass has "opened" or "read" the input; may be nil
	claims
}

// Source gives access to the input. Its functions are those of the run.
type Source struct {
	Open     func(utf8 bool) (table.Source, error)                                 // utf8 requests an output in UTF-8
	Again    func() (table.Source, error)                                          // opens the input once more; the caller closes it
	Changed  func(was table.Identity) bool                                         // reports whether the input has changed
	Begins   func(d table.Digest) (begins, more bool)                              // reports whether the input begins with these rows, and has more
	HasSheet func(name string) bool                                                // reports whether the workbook has the sheet
	Resolve  func(src table.Source) (resolve.Options, error)                       // returns the options to resolve the rows
	Earlier  func(src table.Source, by *journal.Manifest) (resolve.Options, error) // Resolve for an earlier run
	Ahead    func(src table.Source) *resolve.Keys                                  // returns the keys of the rows, nil if unknown; may be nil
}

// Leave is what the user permits.
type Leave struct {
	Overwrite bool     // replacing files and texts that are not ours
	Replaces  [32]byte // replacing the file with this hash; zero for none
	Former    bool     // writing the columns of spec.FormerOutputColumns into a file that has them
	All       bool     // writing in place the answers of rows that are not part of the run, too
}

// claims record which files and columns are ours.
type claims struct {
	files    map[string]table.Identity // by path: files that were ours when last checked
	columns  map[string]bool           // input columns that have the name of an output column and are empty
	returned bool                      // the input is an output of the journal that another program has saved again
	Growing  bool                      // rows were added to the input during the run: another program writes it
	left     task.LeftOut              // by this run, from the file that was there
	utf8     bool                      // the output is UTF-8 because the input's encoding cannot express it
}

// Path returns the path of the output table, "" if there is none.
func (o *Output) Path() string {
	switch {
	case o.Destination != "":
		return o.Destination
	case o.Settings.Shard != "":
		return "" // that of all shards is written once they are merged
	}
	return o.Settings.Output
}

// languageOf returns the language of the messages in a file. People read CSV files and workbooks, and programs read JSONL.
func (o *Output) languageOf(dst string) messages.Language {
	if f, known := table.FormatOf(dst); known && f != table.JSONL {
		return o.Language
	}
	return messages.English
}

// name returns the name of the input in messages.
func (o *Output) name() string {
	if o.Settings.Documents != nil {
		return strings.Join(o.Settings.Documents, " ")
	}
	return o.Input
}

// isInput reports whether a path is that of the input table.
func (o *Output) isInput(path string) bool {
	return o.Settings.Documents == nil && sameFile(path, o.Input)
}

// CheckSettings refuses settings of the output that do not fit together or do not fit the input. The error is a *spec.UsageError.
func (o *Output) CheckSettings() error {
	s := o.Settings
	switch {
	case s.Output == "" && s.OutDir == "":
		return &spec.UsageError{
			Msg:  messages.Sprintf("no output file or folder is given"),
			Hint: messages.Sprintf("name a file with -o or a folder with --out-dir"),
		}
	case s.Documents != nil && s.InPlace:
		return &spec.UsageError{
			Msg:  messages.Sprintf("answers cannot be written into documents"),
			Hint: messages.Sprintf("omit --in-place, and name a file with -o or a folder with --out-dir"),
		}
	case s.Documents == nil && slices.Contains(s.OutputColumns, spec.ModifiedColumn):
		return &spec.UsageError{
			Msg:  messages.Sprintf("the output column %q is for documents", spec.ModifiedColumn),
			Hint: messages.Sprintf("leave it out by selecting the columns, for example --columns completion"),
		}
	case s.OutName != "" && s.OutDir == "":
		return &spec.UsageError{
			Msg:  messages.Sprintf("--out-name works only with --out-dir"),
			Hint: messages.Sprintf("name the output folder with --out-dir"),
		}
	}
	if s.OutDir == "" {
		return nil
	}
	for _, d := range s.Documents {
		if info, err := os.Stat(d); err == nil && info.IsDir() && below(s.OutDir, d) && !below(d, s.OutDir) {
			return &spec.UsageError{
				Msg:  messages.Sprintf("--out-dir %s is inside the folder of the documents, so the next run would take the answers for documents", s.OutDir),
				Hint: messages.Sprintf("choose an --out-dir outside the folder of the documents"),
			}
		}
	}
	info, err := os.Stat(s.OutDir)
	if errors.Is(err, fs.ErrNotExist) {
		err = atomicfile.CheckName(s.OutDir) // a link to nothing
	}
	if err != nil {
		return &spec.UsageError{
			Msg:  messages.Sprintf("--out-dir %s cannot be used: %s", s.OutDir, err),
			Hint: messages.Sprintf("name a folder with --out-dir"),
		}
	}
	if info != nil && !info.IsDir() {
		return &spec.UsageError{
			Msg:  messages.Sprintf("--out-dir %s is a file, not a folder", s.OutDir),
			Hint: messages.Sprintf("name a folder with --out-dir"),
		}
	}
	return nil
}

// Check refuses an output that cannot be written or would replace what is not ours. It is called before anything is asked. The error is
// then a *spec.UsageError.
func (o *Output) Check(src table.Source) error {
	dst := o.Path()
	if dst == "" {
		return nil
	}
	if err := o.CheckApart(dst, messages.Sprintf("%s cannot be both the output and a file of the journal", dst)); err != nil {
		return err
	}
	inPlace := o.isInput(dst)
	o.Overwrite = o.Overwrite || inPlace && o.mayBeReplaced(dst)
	if inPlace && !o.Settings.InPlace {
		return &spec.UsageError{
			Msg:  messages.Sprintf("%s: the output cannot be the input file", dst),
			Hint: messages.Sprintf("add --in-place to write the answers into the input itself"),
		}
	}
	if err := o.FreeColumns(src, false); err != nil {
		return err
	}
	if err := o.checkColumns(src); err != nil {
		return err
	}
	// A read-only input is never written. An output of ours that inherited its mode from such an input is.
	check := atomicfile.Check
	if inPlace {
		check = atomicfile.CheckRewrite
	}
	err := check(dst)
	if info, statErr := os.Stat(dst); statErr == nil && inPlace && info.Mode().Perm()&0o222 == 0 {
		err = messages.Errorf("the file %s is read-only", dst)
	}
	if f, _ := table.FormatOf(dst); err == nil && f == table.XLSX {
		err = atomicfile.CheckName(table.LongPath(dst))
	}
	var link *atomicfile.LinkError
	switch {
	case errors.As(err, &link):
		hint := messages.Sprintf("name the file itself with -o, or remove the link")
		return &spec.UsageError{Msg: messages.Sprintf("the output cannot be written: %s", err), Hint: hint}
	case err != nil:
		return &spec.UsageError{
			Msg:  messages.Sprintf("the output cannot be written: %s", err),
			Hint: messages.Sprintf("choose another output file with -o"),
		}
	}
	if inPlace {
		return (&filled{o, src, filledColumns(o.Settings, src)}).check()
	}
	if err := o.mayReplace(dst); err != nil {
		return err
	}
	if o.holdsReal(dst) {
		return &spec.UsageError{
			Msg:  messages.Sprintf("%s holds answers from the real service, which the sandbox would overwrite", dst),
			Hint: messages.Sprintf("choose another output file with -o"),
		}
	}
	return o.checkSheet(src)
}

// CheckApart refuses a path that is the journal or one of the files that belong to it. refusal is the message of the error.
func (o *Output) CheckApart(name string, refusal messages.Text) error {
	for _, own := range journal.FilesOf(o.JournalPath) {
		if sameFile(own, name) || filepath.Clean(own) == filepath.Clean(name) {
			return &spec.UsageError{Msg: refusal, Hint: messages.Sprintf("choose another place for the journal with --journal")}
		}
	}
	return nil
}

// checkSheet refuses to replace an output with completions of another sheet.
func (o *Output) checkSheet(src table.Source) error {
	if o.Journal == nil || o.Overwrite || o.mayBeReplaced(o.Path()) || o.Settings.AllSheets || src.Format() != table.XLSX {
		return nil
	}
	c, known := o.Journal.Committed(filepath.Base(o.Path()))
	if !known {
		return nil
	}
	if _, err := os.Stat(o.Path()); errors.Is(err, fs.ErrNotExist) || !c.AllSheets && (c.Sheet == src.Sheet() || !o.HasSheet(c.Sheet)) {
		return nil
	}
	return &spec.UsageError{
		Msg:  messages.Sprintf("%s holds the answers of another sheet, which this run would overwrite", o.Path()),
		Hint: messages.Sprintf("name another file with -o, ask all sheets with --all-sheets, or replace this one with --overwrite"),
		Cure: spec.CureOutput,
	}
}

// Fits refuses more rows or wider rows than the output can hold, and an output whose format cannot hold the input. It leaves nothing on
// disk.
func (o *Output) Fits(src table.Source, rows, width int) error {
	if f, known := table.FormatOf(o.Path()); known && f == table.XLSX && src.Format() != table.XLSX {
		if n := width + len(o.Settings.OutputNames()); n > table.MaxColumns {
			return &spec.UsageError{
				Msg: messages.Sprintf("%s: a row of %d {cell|cells} does not fit on a sheet of a workbook, which has %d {column|columns}",
					o.name(), n, table.MaxColumns),
				Hint: messages.Sprintf("name a .csv file with -o"),
			}
		}
		if rows >= table.MaxRows {
			return &spec.UsageError{
				Msg: messages.Sprintf("%s: %d {row does|rows do} not fit on a sheet of a workbook, which has %d {row|rows} with the header",
					o.name(), rows, table.MaxRows),
				Hint: messages.Sprintf("name a .csv file with -o"),
			}
		}
	}
	sink, err := o.sink(src, o.Path())
	if errors.Is(err, table.ErrEncoding) {
		return nil // the output will be UTF-8
	}
	if err != nil {
		return err
	}
	return sink.Close()
}

// Notes returns what the user should know about the place of the answers.
func (o *Output) Notes(src table.Source) []messages.Text {
	n, ok := src.(table.Noter)
	if dst := o.Path(); ok && dst != "" {
		return n.Notes(dst, o.Settings.OutputNames()...)
	}
	return nil
}

// Copies reports whether the output has the format of the source, whose other cells it then keeps as they are.
func (o *Output) Copies(src table.Source) bool {
	f, known := table.FormatOf(o.Path())
	return o.Path() == "" || !known || f == src.Format()
}

// NewFolder returns the output folder for a traversal, nil if the run has none.
func (o *Output) NewFolder(src table.Source) (*Folder, error) {
	if o.Settings.OutDir == "" || o.Settings.Shard != "" {
		return nil, nil
	}
	f := &Folder{out: o, source: src, at: map[string]int{}, seed: maphash.MakeSeed(), seen: map[uint64]owner{}, leaves: map[string]bool{},
		within: map[uint64]owner{}, synced: map[string]bool{}}
	for i, c := range src.Columns() {
		f.at[spec.ColumnName(c)] = i
	}
	if o.Settings.OutName == "" {
		return f, nil
	}
	var err error
	if f.name, err = spec.ParseTemplate(o.Settings.OutName); err != nil {
		return nil, &spec.UsageError{
			Msg:  messages.Sprintf("--out-name: %s", err),
			Hint: messages.Sprintf(`write a column as {{column}}, such as --out-name "{{id}}"`),
		}
	}
	for _, c := range f.name.Columns() {
		if _, ok := f.at[c]; !ok && !src.Has(c) {
			return nil, &spec.UsageError{
				Msg:  messages.Sprintf("--out-name: %s has no column %q", src.Name(), c),
				Hint: messages.Sprintf("choose among these columns: %s", messages.Quoted(spec.NamesOf(src))),
			}
		}
	}
	return f, nil
}

// sink returns the sink of an output at dst. If dst is "", the sink discards the rows.
func (o *Output) sink(src table.Source, dst string) (table.Sink, error) {
	if dst == "" {
		return noSink{}, nil
	}
	return src.Sink(dst, o.Settings.OutputNames()...)
}

// noSink discards the rows of a run whose only output is a folder.
type noSink struct{}

func (noSink) Write(table.Row, ...any) error         { return nil }
func (noSink) Altered() table.Altered                { return table.Altered{} }
func (noSink) Commit(func(sum [32]byte) error) error { return nil }
func (noSink) Close() error                          { return nil }
