//go:build unix

package board

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
)

// specials is how many journals special makes.
const specials = 4

// special puts what is not a regular file in the places of journals.
func special(t *testing.T, dir string) {
	t.Helper()
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo.csv.gigabatch"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"dangling link": "nowhere", "link to a device": "/dev/zero", "link": journalID} {
		if err := os.Symlink(to, filepath.Join(dir, name+".gigabatch")); err != nil {
			t.Fatal(err)
		}
	}
}

// An output outside the folder is not read for its edits, and none that is not a regular file: it may have no end.
func TestEditsOfAnOutputThatMustNotBeRead(t *testing.T) {
	t.Parallel()
	for _, inside := range []bool{true, false} {
		b, s := open(t, map[string]string{"q.csv": "prompt\na\n"})
		input, j, output := filepath.Join(b.Dir, "q.csv"), filepath.Join(b.Dir, "j.gigabatch"), filepath.Join(b.Dir, "o.csv")
		if !inside {
			output = filepath.Join(t.TempDir(), "o.csv")
		}
		runs(t, s, j, input, output)
		if err := journal.AppendEdit(j, journal.Edit{Key: task.Key{1}, Text: "one", Sandbox: true}); err != nil {
			t.Fatal(err)
		}
		write(t, input, "prompt\na\nb\n")
		runs(t, s, j, input, output) // another version of the output, with other edits
		if err := os.Remove(output); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(output, 0o600); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { defer close(done); b.search() }()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Error("the board waits for a file that has no end")
			if f, err := os.OpenFile(output, os.O_RDWR, 0); err == nil { // the reader goes on
				f.Close()
			}
		}
	}
}
