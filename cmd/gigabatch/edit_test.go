package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
)

// cmdEdit edits an answer of the only column as the page does when it shows the last run; with ! the edit is undone.
func cmdEdit(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 || neg != (len(args) == 3) {
		ts.Fatalf("usage: [!] edit JOURNAL ANSWER N [TEXT]")
	}
	e, err := editOf(ts.ReadFile(args[0]), args[1])
	ts.Check(err)
	e.Occurrence, err = strconv.Atoi(args[2])
	ts.Check(err)
	j, err := journal.Read(ts.MkAbs(args[0]))
	ts.Check(err)
	defer j.Close()
	e.Asked = j.Last().Settings.Asks(e.Sandbox)[0]
	e.Undo = neg
	if !neg {
		e.Text = args[3]
	}
	ts.Check(journal.AppendEdit(ts.MkAbs(args[0]), e))
}

// editOf begins an edit of the answer that contains a text.
func editOf(text, answer string) (e journal.Edit, err error) {
	completed := regexp.MustCompile(`^\{"key":"([0-9a-f]{32})","state":"completed"(,"sandbox":true)?`)
	for line := range strings.Lines(text) {
		if m := completed.FindStringSubmatch(line); m != nil && strings.Contains(line, answer) {
			e.Key, err = task.ParseKey(m[1])
			e.Sandbox = m[2] != ""
			return e, err
		}
	}
	return e, fmt.Errorf("the journal has no answer with %q", answer)
}

// editor is a program that edits answers of a journal until it is killed. It prints the number of every edit that is kept.
func editor() {
	for n := 0; ; n++ {
		err := journal.AppendEdit(os.Args[1], journal.Edit{Occurrence: n, Text: editedText(n)})
		if err != nil {
			panic(err)
		}
		fmt.Println(n)
	}
}

// editedText returns a text long enough that a write of it can be cut off.
func editedText(n int) string { return strings.Repeat(fmt.Sprintf("edit %d, ", n), 20_000) }

// TestKilledEditor kills a writer of edits with SIGKILL at random moments. All acknowledged edits are kept, and at most one more; the next
// writer need not wait for a lock.
func TestKilledEditor(t *testing.T) {
	t.Parallel()
	kills := 12
	if testing.Short() {
		kills = 3
	}
	p := newProgram(t)
	p.write("j", "")
	kept := p.dir + "/j"
	random := rand.New(rand.NewPCG(7, 26))
	for range kills {
		os.Remove(kept + ".edits")
		last := killEditor(t, kept, 1+random.IntN(8))
		e, err := journal.OpenEdits(kept)
		if err != nil {
			t.Fatal(err)
		}
		for n := range last + 1 {
			if got, ok := e.Lookup(task.Key{}, n, false); !ok || got.Text != editedText(n) {
				t.Errorf("edit %d of %d was acknowledged, and is lost", n, last)
			}
		}
		if _, ok := e.Lookup(task.Key{}, last+2, false); ok {
			t.Errorf("edit %d is there, and the one before was not acknowledged", last+2)
		}
		killEditor(t, kept, 1) // over the same file: its first edit is reported again
		if _, err := e.Refresh(); err != nil {
			t.Error(err)
		}
		if got, ok := e.Lookup(task.Key{}, last, false); !ok || got.Text != editedText(last) {
			t.Errorf("edit %d is lost once another writer came", last)
		}
	}
}

// killEditor kills an editor after a number of acknowledged edits, and returns the last of them.
func killEditor(t *testing.T, kept string, edits int) (last int) {
	t.Helper()
	c := exec.Command("editor", kept)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for last = -1; lines.Scan(); {
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
		if last == edits-1 {
			c.Process.Kill()
		}
	}
	c.Wait()
	if last < edits-1 {
		t.Fatalf("it ended after %d edits", last+1)
	}
	return last
}
