package journal

import (
	"bytes"
	"io"
	"os"
	"regexp"

	"gigabatch/internal/jobs/spec"
)

// ownLock matches a lock file of ours, also one that a power cut emptied.
var ownLock = regexp.MustCompile(`^(\x00*|.+, process \d+, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n)$`)

// CheckBeside refuses a journal beside which files of others stand where its lock and its edits belong, and one that is
// the edits of another.
func CheckBeside(journal string) error {
	lock := lockPath(journal)
	if !ownLock.Match(headOf(lock)) {
		return notOurs(lock)
	}
	if ownEdits.Match(headOf(journal)) {
		return &ForeignError{Journal: journal}
	}
	return checkEdits(journal)
}

// rowMagic begins a file that older releases kept beside a journal, JOURNAL.rows. Nothing reads it any more.
const rowMagic = "gigabatch rows 1"

// removeRows removes that file; one of somebody else's stays.
func removeRows(journal string) {
	if name := journal + ".rows"; bytes.HasPrefix(headOf(name), []byte(rowMagic)) {
		os.Remove(name)
	}
}

// ownEdits matches how edits begin.
var ownEdits = regexp.MustCompile(`^\{"key":"[0-9a-f]{32}","state":"(edit|undo)"`)

// checkEdits refuses files of others where the edits of a journal and their lock belong.
func checkEdits(journal string) error {
	lock := editsLockPath(journal)
	if info, err := os.Stat(lock); err == nil && !info.Mode().IsRegular() || !ownLock.Match(headOf(lock)) {
		return notOurs(lock)
	}
	_, err := readEdits(editsPath(journal), func(Edit) {})
	return err
}

func notOurs(name string) error {
	return &spec.UsageError{Msg: name + ": the file is not ours, and the journal would replace it", Hint: "choose another place with --journal, or move the file away"}
}

// headOf is how a regular file begins, nothing where none can be read.
func headOf(name string) []byte {
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, 1<<10))
	if err != nil {
		return nil
	}
	return head
}
