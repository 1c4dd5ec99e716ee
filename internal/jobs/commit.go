package jobs

import (
	"encoding/hex"
	"os"
	"path/filepath"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
)

// commit makes the output visible.
func (m *merger) commit() error {
	if err := m.sink.Commit(m.beforeCommit); err != nil {
		return err
	}
	if m.sum.Long == "" && !m.run.dry {
		m.run.dropLong(m.dst)
	}
	return nil
}

// beforeCommit makes sure that nobody else has touched the input and the output, and journals that the output is ours before it
// appears.
func (m *merger) beforeCommit(hash [32]byte) error {
	if m.strict && m.changed() {
		return errInputChanged
	}
	if !m.run.isInput(m.dst) && m.run.mayReplace(m.dst) != nil {
		return &takenError{m.dst, "was changed by somebody else during the run"}
	}
	if m.run.dry {
		return nil
	}
	if a := m.sink.Altered(); a.Long != "" {
		if err := m.noteLong(a); err != nil {
			return err
		}
	}
	return m.noteOutput(hash)
}

// noteLong journals that the file of long texts is ours.
func (m *merger) noteLong(a table.Altered) error {
	if m.run.mayReplace(a.Long) != nil {
		return &takenError{a.Long, "exists and this journal did not write it"}
	}
	return m.run.journal.commit(&commit{
		Key: noKey, State: kindCommit, Sandbox: m.run.Sandbox, Output: filepath.Base(a.Long), SHA256: hex.EncodeToString(a.LongSum[:]),
		LongOf: filepath.Base(m.dst),
	})
}

// noteOutput journals the hash of an output, once.
func (m *merger) noteOutput(hash [32]byte) error {
	r := m.run
	return r.journal.commit(&commit{
		Key: noKey, State: kindCommit, Sandbox: r.Sandbox, Output: filepath.Base(m.dst), SHA256: hex.EncodeToString(hash[:]),
		InPlace: r.Settings.InPlace && r.isInput(m.dst), Columns: r.Settings.columnNames(),
		Sheet: m.src.Sheet(), AllSheets: r.Settings.AllSheets, Sheets: sheetsWith(m.src, ""),
	})
}

// dropLong removes the file of long texts that an earlier output of that name had, if it is as we left it. Where that cannot be done
// it stays, which harms nobody.
func (r *Run) dropLong(dst string) {
	long := r.journal.history.longs[filepath.Base(dst)]
	if long == "" {
		return
	}
	long = filepath.Join(filepath.Dir(dst), long)
	if sum, err := hashFile(long); err == nil && r.journal.history.madeBy(long, sum) {
		os.Remove(long)
	}
}

// checkSheet refuses to replace an output that holds the answers of another sheet.
func (r *Run) checkSheet(src table.Source) error {
	if r.journal == nil || r.Overwrite || r.Settings.AllSheets || src.Format() != table.XLSX {
		return nil
	}
	c, known := r.journal.history.sheets[filepath.Base(r.dst())]
	if !known || !exists(r.dst()) || !c.AllSheets && (c.Sheet == src.Sheet() || !r.hasSheet(c.Sheet)) {
		return nil
	}
	return &UsageError{
		Msg:  r.dst() + " holds the answers of another sheet, which this run would replace",
		Hint: "name another file with -o, ask every sheet with --all-sheets, or replace it with --overwrite",
	}
}

// hasSheet reports whether the input still has a sheet.
func (r *Run) hasSheet(name string) bool {
	src, err := open.Open(r.Input, table.Options{Format: r.Settings.Format, Sheet: name})
	if err != nil {
		return false
	}
	return src.Close() == nil
}
