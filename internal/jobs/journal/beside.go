package journal

import (
	"bytes"
	"errors"
	"io"
	"os"
	"regexp"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// ownLock matches the content of our lock files, including one emptied by a power failure. Where signAt is not 0, zeros come first.
var ownLock = regexp.MustCompile(`^(?:\x00*|\x00?(.+), process (\d+), since (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\n)$`)

// CheckBeside rejects a journal if foreign files are in the place of its lock or its edits, a journal that is a file of edits, and a journal
// beside which a run has rescued the answers of the one that was there before: they would be paid for again. The error is a *spec.UsageError
// or a *ForeignError.
func CheckBeside(journal string) error {
	rescued := rescuePath(journal, 1)
	if _, err := os.Lstat(rescued); err == nil {
		return &spec.UsageError{
			Msg:  messages.Sprintf("%s: the journal was replaced during a run, and the answers of that run are in %s", journal, rescued),
			Hint: messages.Sprintf("to keep them, rename %s to %s; to do without them, delete %s", rescued, journal, rescued),
		}
	}
	lock := lockPath(journal)
	if isLink(lock) || !ownLock.Match(headOf(lock)) {
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
	if info, err := os.Lstat(lock); err == nil && !info.Mode().IsRegular() || !ownLock.Match(headOf(lock)) {
		return notOurs(lock)
	}
	_, err := readEdits(editsPath(journal), func(Edit, int64) {})
	return err
}

func notOurs(name string) error {
	msg := messages.Sprintf("%s: the file was not created by gigabatch, and the journal would replace it", name)
	var link *atomicfile.LinkError
	if errors.As(atomicfile.CheckName(name), &link) {
		msg = link.Message()
	}
	return &spec.UsageError{Msg: msg, Hint: messages.Sprintf("choose another journal with --journal, or move the file away")}
}

func isLink(name string) bool {
	return errors.As(atomicfile.CheckName(name), new(*atomicfile.LinkError))
}

// headOf returns the beginning of a regular file, or nothing if it cannot be read.
func headOf(name string) []byte {
	if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := openFile(name, os.O_RDONLY)
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
