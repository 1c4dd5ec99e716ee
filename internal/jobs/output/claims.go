package output

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// Owned returns the input columns that are ours: a run of the journal wrote them, or Adopt found them empty.
func (o *Output) Owned(src table.Source) map[string]bool {
	owned := map[string]bool{}
	maps.Copy(owned, o.columns)
	if o.Journal == nil {
		return owned
	}
	for _, name := range o.Journal.Owned(func(column string) []string { return sheetsWith(src, column) }) {
		owned[name] = true
	}
	return owned
}

// sheetsWith returns the sheets that are read and have a column with the name; all sheets that are read if name is "". A file without
// sheets has one sheet named "".
func sheetsWith(src table.Source, name string) []string {
	if src.Format() != table.XLSX {
		return []string{""}
	}
	var sheets []string
	for _, f := range src.Found() {
		if name == "" || slices.Contains(f.Columns, name) {
			sheets = append(sheets, f.Sheet)
		}
	}
	return sheets
}

// Adopt marks input columns that have the name of an output column and are empty in every row as ours, as in a form to fill in. If one of
// them has text, Adopt marks none of them and returns the name of that column.
func (o *Output) Adopt(src table.Source) (full string, err error) {
	owned := o.Owned(src)
	var foreign []string
	var places []int
	for _, c := range o.Settings.Outputs() {
		if at := slices.Index(src.Columns(), c.Name); at >= 0 && !owned[c.Name] && c.What != spec.ModifiedColumn {
			foreign, places = append(foreign, c.Name), append(places, at)
		}
	}
	if foreign == nil {
		return "", nil
	}
	for row, err := range src.Rows() {
		if err != nil {
			return "", err
		}
		for i, at := range places {
			if strings.TrimSpace(valueAt(row, at)) != "" || slices.Contains(row.Uncalculated, at) {
				return foreign[i], nil
			}
		}
	}
	if o.columns == nil {
		o.columns = map[string]bool{}
	}
	for _, name := range foreign {
		o.columns[name] = true
	}
	return "", nil
}

// valueAt returns the cell at the index of a column, "" if the row is shorter.
func valueAt(row table.Row, column int) string {
	if column >= len(row.Values) {
		return ""
	}
	return row.Values[column]
}

// checkColumns refuses an input column that has the name of an output column and holds text, unless a run of this journal wrote it.
func (o *Output) checkColumns(src table.Source) error {
	name, err := o.Adopt(src)
	if err == nil && name != "" {
		var came bool
		if came, err = o.cameBack(src); came {
			return nil
		}
	}
	switch {
	case err != nil || name == "":
		return err
	case o.Journal == nil:
		return &spec.UsageError{
			Msg: messages.Sprintf("%s already has a column %q, and no journal %s shows that an earlier run wrote it",
				o.Input, name, o.JournalPath),
			Hint: messages.Sprintf("if an earlier run wrote it, put the journal of that run beside the file; otherwise, %s",
				o.Settings.RenameHint(name)),
			Cure: spec.CureColumns,
		}
	}
	hint := o.Settings.RenameHint(name)
	if o.Journal.HasWritten(name) && !o.Settings.InPlace {
		hint = messages.Sprintf("if these are answers of this journal, continue the file with --in-place; otherwise, %s", hint)
	}
	return &spec.UsageError{
		Msg:  messages.Sprintf("%s already has a column %q, and no run of this journal wrote it", o.Input, name),
		Hint: hint,
		Cure: spec.CureColumns,
	}
}

// FreeColumns renames output columns that have the name of an input column with text of the user. It leaves those with answers, unless
// answers is true or the journal shows that no run wrote a column of that name: they may be the answers of a run whose journal is missing.
// If they look so, the journal, which may be that of a later run, does not matter.
func (o *Output) FreeColumns(src table.Source, answers bool) error {
	has := func(name string) bool { return slices.Contains(src.Columns(), name) }
	if o.Journal != nil && o.Journal.Whole() != nil {
		o.Settings.KeepNames(&o.Journal.Whole().Settings, has)
	}
	former := o.Former && slices.Equal(o.Settings.OutputColumns, spec.DefaultOutputColumns) && o.hasFormer(has)
	if former {
		o.Settings.OutputColumns = spec.FormerOutputColumns
	}
	for {
		name, err := o.Adopt(src)
		if err != nil || name == "" {
			return err
		}
		if former && name == formerColumn { // a column of the user
			o.Settings.OutputColumns, former = spec.DefaultOutputColumns, false
			continue
		}
		if came, err := o.cameBack(src); came || err != nil {
			return err
		}
		owned := o.Owned(src)
		theirs := answers || o.Journal != nil && o.Journal.Whole() != nil && !o.Journal.HasWritten(name) && !looksOurs(src, name)
		if !o.Settings.Rename(name, theirs, func(name string) bool { return has(name) && !owned[name] }) {
			return nil
		}
	}
}

// looksOurs reports whether the column after one with answers is the one that outputs have there.
func looksOurs(src table.Source, name string) bool {
	at := slices.Index(src.Columns(), name) + 1
	return at < len(src.Columns()) && slices.Contains(spec.FormerOutputColumns[1:], src.Columns()[at])
}

// formerColumn is the column of spec.FormerOutputColumns that is no longer written by default.
const formerColumn = "finish_reason"

// hasFormer reports whether the output has the column formerColumn: the input, which is to be filled, or the file that earlier runs wrote.
func (o *Output) hasFormer(has func(name string) bool) bool {
	if o.isInput(o.Path()) || o.Journal == nil || has(formerColumn) {
		return has(formerColumn)
	}
	c, known := o.Journal.Committed(filepath.Base(o.Path()))
	_, err := os.Stat(o.Path())
	return known && err == nil && slices.Contains(c.Columns, formerColumn)
}

// FreeOutput changes the output to the first file that is free or ours.
func (o *Output) FreeOutput(src table.Source) error {
	s, usual, inPlace := o.Settings, o.Settings.Output, o.Settings.InPlace
	for i := 1; ; i++ {
		s.Output, s.InPlace = usual, inPlace
		dst, at, err := o.spare(i)
		if err != nil {
			return err
		}
		if s.Output, s.InPlace = dst, false; o.checkSheet(src) == nil && !o.ReadOtherwise() {
			return nil
		}
		i = at
	}
}

// ReadOtherwise reports whether the output was written when cells were read differently, so that a run of some rows may not find the answers
// that it has in the others.
func (o *Output) ReadOtherwise() bool {
	if o.Journal == nil || o.Settings.InPlace || !o.Settings.Selects() || o.Journal.Reading(o.Input) == spec.ReadingVersion {
		return false
	}
	c, known := o.Journal.Committed(filepath.Base(o.Path()))
	_, err := os.Stat(o.Path())
	return known && c.Reading != spec.ReadingVersion && err == nil
}

// cameBack reports whether the input, which is to be written in place, is an output of this journal that another program has saved again:
// runs wrote columns of these names into outputs, and at least one completion is that of the journal. These columns are ours from then on.
func (o *Output) cameBack(src table.Source) (bool, error) {
	if o.Journal == nil || !o.Settings.InPlace || !o.isInput(o.Path()) {
		return false, nil
	}
	owned, before := o.Owned(src), o.columns
	o.columns = maps.Clone(before)
	if o.columns == nil {
		o.columns = map[string]bool{}
	}
	for _, name := range o.Settings.OutputNames() {
		if slices.Contains(src.Columns(), name) && !owned[name] {
			if !o.Journal.HasWritten(name) {
				o.columns = before
				return false, nil
			}
			o.columns[name] = true
		}
	}
	f := &filled{o, src, filledColumns(o.Settings, src)}
	ours, err := f.hasText()
	if ours && err == nil {
		_, ours, err = f.origin()
	}
	if o.returned = ours && err == nil; !o.returned {
		o.columns = before
		return false, err
	}
	return true, nil
}

// mayReplace refuses to replace a file that is not an output of this journal or has changed since. In place, --overwrite permits
// overwriting cells of the input only, never another file.
func (o *Output) mayReplace(dst string) error {
	if err := atomicfile.CheckName(dst); err != nil {
		return err
	}
	if o.Overwrite && !o.Settings.InPlace {
		return nil
	}
	now, err := table.Identify(dst)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && now.Same(o.files[dst])) {
		return nil
	}
	if err != nil {
		return err
	}
	sum, err := hashFile(dst)
	if err != nil {
		return err
	}
	leave := sum == o.Replaces && dst == o.Path() && !o.Settings.InPlace
	if !leave && o.Journal == nil {
		return &spec.UsageError{
			Msg: messages.Sprintf("%s already exists, but the journal %s, which would show who wrote it, does not", dst, o.JournalPath),
			Hint: messages.Sprintf("if gigabatch wrote it, put the journal back: without it, everything is asked and paid for again; " +
				"otherwise choose another output file with -o, or replace this one with --overwrite"),
			Cure: spec.CureOutput,
		}
	}
	if err := o.users(dst, sum); !leave && err != nil {
		return err
	}
	if o.files == nil {
		o.files = map[string]table.Identity{}
	}
	o.files[dst] = now
	return nil
}

// users returns an error if a file has, or may have, what the user has written into it: it is not the version that this journal committed
// last, or it was committed in place, with the texts of the user.
func (o *Output) users(dst string, sum [32]byte) error {
	c, ours := o.Journal.Committed(filepath.Base(dst))
	err := &spec.UsageError{
		Msg:  messages.Sprintf("%s already exists, and its content is not what this journal last wrote", dst),
		Hint: messages.Sprintf("choose another output file with -o, or replace this one with --overwrite"),
		Cure: spec.CureOutput,
	}
	switch made := o.Journal.MadeFile(dst, sum); {
	case made && !c.InPlace || o.Settings.InPlace && o.isInput(dst):
		return nil
	case made:
		err.Msg = messages.Sprintf("%s was last completed in place, so it may have texts of yours", dst)
	}
	if ours && c.LongOf == "" && o.Settings.Documents == nil {
		err.Hint = messages.Sprintf("to keep what you changed in it, continue it: the same command with %s as the input, --in-place and --journal %s; "+
			"otherwise choose another output file with -o, or replace this one with --overwrite", messages.Argument(dst), messages.Argument(o.JournalPath))
	}
	return err
}

// editsName returns the name under which the journal notes the edits in the output: of the table or, without one, of the folder.
func (o *Output) editsName() string {
	if o.Path() == "" {
		return filepath.Base(o.Settings.OutDir) + "/"
	}
	return filepath.Base(o.Path())
}

// EditsKnown is a journal or a watch of one: it knows which edits an output has.
type EditsKnown interface {
	Holding(output string, sum func() string) *journal.Commit
}

// Missing returns the path of the output and the number of edits and undoings that it lacks: of the versions of columns that it has or, with
// wanted, of those of the settings. The path is "" if the output is not kept.
func (o *Output) Missing(known EditsKnown, edits *journal.Edits, wanted bool) (path string, n int) {
	path = cmp.Or(o.Path(), o.Settings.OutDir)
	if path == "-" || path == "" || edits.Size() == 0 {
		return "", 0
	}
	c := &journal.Commit{}
	if _, err := os.Stat(path); err == nil {
		c = cmp.Or(known.Holding(o.editsName(), func() string {
			sum, _ := hashFile(path)
			return hex.EncodeToString(sum[:])
		}), c)
	}
	of := o.Settings.Asks(o.Sandbox)
	has := of
	if c.By != nil {
		has = c.By.Settings.Asks(c.By.Sandbox)
	}
	if !wanted {
		of = has
	}
	return path, lacking(edits, c, o.Sandbox, has, of)
}

// holdsReal reports whether a file is an output with answers from the real service that a run of the sandbox would replace.
func (o *Output) holdsReal(dst string) bool {
	if !o.Sandbox || o.Journal == nil || o.Overwrite && !o.Settings.InPlace {
		return false
	}
	c, known := o.Journal.Committed(filepath.Base(dst))
	if !known || c.Sandbox {
		return false
	}
	sum, err := hashFile(dst)
	return err == nil && c.SHA256 == hex.EncodeToString(sum[:])
}

// mayBeReplaced reports whether a file is the one that an earlier run of the job was allowed to replace, unchanged since.
func (o *Output) mayBeReplaced(name string) bool {
	if o.Replaces == [32]byte{} {
		return false
	}
	sum, err := hashFile(name)
	return err == nil && sum == o.Replaces
}

// Replaced returns the hash, in hex, of the file that --overwrite permits to replace, "" if there is none. A run resumed with it in
// Leave.Replaces may replace that file and no other.
func (o *Output) Replaced() string {
	if !o.Overwrite && !o.mayBeReplaced(o.Path()) {
		return ""
	}
	sum, err := hashFile(o.Path())
	if err != nil {
		return ""
	}
	return hex.EncodeToString(sum[:])
}

// hashFile returns the hash of a regular file. Others may have no end.
func hashFile(name string) (sum [32]byte, err error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return sum, atomicfile.ErrNotRegular
	}
	f, err := os.Open(name)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}

// sameFile reports whether two paths name the same file and it exists.
func sameFile(a, b string) bool {
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(x, y)
}
