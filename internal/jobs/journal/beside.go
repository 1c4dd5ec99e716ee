package journal

import (
	"bytes"
	"io"
	"os"
	"regexp"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// ownLock matches the content of our lock files, including one emptied by a power failure.
var ownLock = regexp.MustCompile(`^(?:\x00*|(.+), process (\d+), since (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\n)$`)

// CheckBeside rejects a journal if foreign files are in the place of its lock or its edits, and a journal that is a file of edits. The
// error is a *spec.UsageError or a *ForeignError.
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

// removeRows removes JOURNAL.rows, an unused file of older releases. A foreign file of that name stays.
func removeRows(journal string) {
	if name := journal + ".rows"; bytes.HasPrefix(headOf(name), []byte("gigabatch rows 1")) {
		os.Remove(name)
	}
}

// ownEdits matches the beginning of a file of edits.
var ownEdits = regexp.MustCompile(`^\{"key":"[0-9a-f]{32}","state":"(edit|undo)"`)

// checkEdits rejects foreign files in the place of the edits of a journal and of their lock.
func checkEdits(journal string) error {
	lock := editsLockPath(journal)
	if info, err := os.Stat(lock); err == nil && !info.Mode().IsRegular() || !ownLock.Match(headOf(lock)) {
		return notOurs(lock)
	}
	_, err := readEdits(editsPath(journal), func(Edit, int64) {})
	return err
}

func notOurs(name string) error {
	return &spec.UsageError{
		Msg:  messages.Sprintf("%s: the file was not created by gigabatch, and the journal would replace it", name),
		Hint: messages.Sprintf("choose another journal with --journal, or move the file away"),
	}
}

// headOf returns the beginning of a regular file, or nothing if it cannot be read.
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
