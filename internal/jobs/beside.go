package jobs

import (
	"bytes"
	"io"
	"os"
	"regexp"
)

// ownLock matches a lock file of ours, also one that a power cut emptied.
var ownLock = regexp.MustCompile(`^(\x00*|.+, process \d+, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n)$`)

// checkBeside refuses a journal beside which files of others stand where its lock and its row index would replace them.
func checkBeside(journal string) error {
	lock, rows := lockPath(journal), rowIndexPath(journal)
	if !ownLock.Match(headOf(lock)) {
		return notOurs(lock)
	}
	if head := headOf(rows); len(head) > 0 && !bytes.HasPrefix(head, []byte(rowMagic)) {
		return notOurs(rows)
	}
	return nil
}

func notOurs(name string) error {
	return &UsageError{Msg: name + ": the file is not ours, and the journal would replace it", Hint: "choose another place with --journal, or move the file away"}
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
