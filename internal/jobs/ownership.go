package jobs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
)

// checkOutput finds out before any money is spent that the output could not be written.
func (r *Run) checkOutput(src table.Source) error {
	dst := r.dst()
	if dst == "" {
		return nil
	}
	if err := r.checkApart(dst, "the output"); err != nil {
		return err
	}
	inPlace := r.isInput(dst)
	if inPlace && !r.Settings.InPlace {
		return &spec.UsageError{Msg: fmt.Sprintf("%s: the output is the input", dst), Hint: "say --in-place to write the answers into the input itself"}
	}
	if err := r.checkOurs(src); err != nil {
		return err
	}
	if err := writable(dst, inPlace); err != nil {
		return &spec.UsageError{Msg: fmt.Sprintf("the output cannot be written: %v", err), Hint: "choose another place with -o"}
	}
	if !inPlace {
		if err := r.mayReplace(dst); err != nil {
			return err
		}
		return r.checkSheet(src)
	}
	return r.checkAnswers(src)
}

// fits refuses more rows, or more cells in one of them, than the output can hold.
func (r *Run) fits(src table.Source) error {
	f, known := table.FormatOf(r.dst())
	if !known || f != table.XLSX || src.Format() == table.XLSX {
		return nil
	}
	if n := r.plans.width + len(r.Settings.OutputNames()); n > table.MaxColumns {
		return &spec.UsageError{Msg: fmt.Sprintf("%s: a row of %d cells does not fit on a sheet of a workbook", r.name(), n), Hint: "name a .csv with -o"}
	}
	if r.plans.total < table.MaxRows {
		return nil
	}
	return &spec.UsageError{Msg: fmt.Sprintf("%s: %d rows do not fit on a sheet of a workbook", r.name(), r.plans.total), Hint: "name a .csv with -o"}
}

// writable reports why an output could not be made, if so. An input that its owner made read-only is not written to; an output of ours
// that has its mode from such an input is.
func writable(dst string, inPlace bool) error {
	if info, err := os.Stat(dst); err == nil && inPlace && info.Mode().Perm()&0o222 == 0 {
		return fmt.Errorf("%s is read-only", dst)
	}
	return atomicfile.Check(dst)
}

// trySink finds out whether the output can hold what the input has; nothing stays of it.
func (r *Run) trySink(src table.Source) error {
	sink, err := r.sink(src, r.dst())
	if errors.Is(err, table.ErrEncoding) {
		return nil // it will be in UTF-8
	}
	if err != nil {
		return err
	}
	return sink.Close()
}

// checkOurs refuses columns that stand in the input, have something in them, and that this journal did not make.
func (r *Run) checkOurs(src table.Source) error {
	name, err := r.adopt(src)
	switch {
	case err != nil || name == "":
		return err
	case r.journal == nil:
		return r.orphaned(name)
	}
	return &spec.UsageError{Msg: fmt.Sprintf("%s: there is a column %q already, and this journal did not make it", r.Input, name), Hint: r.Settings.RenameHint(name)}
}

// orphaned says of a column that there is no journal that could have made it.
func (r *Run) orphaned(name string) error {
	return &spec.UsageError{
		Msg:  fmt.Sprintf("%s: there is a column %q already, and no journal %s that made it", r.Input, name, r.Journal),
		Hint: "if gigabatch made it, put its journal beside the file; else " + r.Settings.RenameHint(name),
	}
}

// mayReplace refuses to replace a file that is not an output of this journal. In place, the leave to overwrite is for cells of the input
// and for no other file.
func (r *Run) mayReplace(dst string) error {
	if r.Overwrite && !r.Settings.InPlace {
		return nil
	}
	now, err := table.Identify(dst)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && now.Same(r.ours[dst])) {
		return nil
	}
	if err != nil {
		return err
	}
	sum, err := hashFile(dst)
	if err != nil {
		return err
	}
	if r.journal != nil && r.journal.MadeFile(dst, sum) {
		r.found(dst, now)
		return nil
	}
	return &spec.UsageError{Msg: fmt.Sprintf("%s exists and is not what this journal wrote last", dst), Hint: "choose another output with -o, or replace it with --overwrite"}
}

// found notes that a file is ours as it is now.
func (r *Run) found(name string, now table.Identity) {
	if r.ours == nil {
		r.ours = map[string]table.Identity{}
	}
	r.ours[name] = now
}

// checkApart refuses a file of the user's that is one of the run's own.
func (r *Run) checkApart(name, what string) error {
	for _, own := range journal.FilesOf(r.Journal) {
		if sameFile(own, name) || filepath.Clean(own) == filepath.Clean(name) {
			return &spec.UsageError{Msg: fmt.Sprintf("%s: %s cannot be where the journal is kept", name, what), Hint: "choose another place for the journal with --journal"}
		}
	}
	return nil
}
