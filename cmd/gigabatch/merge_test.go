package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/jobs/journal"
)

// TestMergeKilled kills merges at many moments. Whatever they left, the next merge makes the same journal and output, and the run after it has
// nothing to ask.
func TestMergeKilled(t *testing.T) {
	t.Parallel()
	s := openStand(t, "answer-bytes=20000")
	p := newProgram(t, s.env()...)
	const rows, shards = 600, 3
	table := "id,prompt\n"
	for i := range rows {
		table += fmt.Sprintf("%d,question %d\n", i, i)
	}
	p.write("q.csv", table)
	for i := range shards {
		p.run("run", "q.csv", "--quiet", "--shard", fmt.Sprintf("%d+1/%d", i, shards)).want(t, "shard", 0, "^$")
	}
	began := time.Now()
	whole := p.in(t, p.copied(t))
	whole.run("merge", "q.csv", "--quiet").want(t, "merge", 0, "^$")
	took := time.Since(began)
	want := whole.merged(t, rows)
	early, late := 0, 0
	const kills = 8
	for i := range kills {
		killed := p.in(t, p.copied(t))
		run, err := startProcess(killed.command("merge", "q.csv", "--quiet"))
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-run.done:
			late++
		case <-time.After(took * time.Duration(i+1) / kills):
			run.kill()
		}
		if _, err := os.Stat(filepath.Join(killed.dir, "q.csv.gigabatch")); err != nil {
			early++
		} else {
			killed.holds(t, rows) // all or nothing
		}
		killed.run("merge", "q.csv", "--quiet").want(t, fmt.Sprintf("merge after kill %d", i), 0, "^$")
		if got := killed.merged(t, rows); got != want {
			t.Errorf("kill %d: the output differs", i)
		}
		killed.run("run", "q.csv").want(t, "run", 0, "nothing to ask")
	}
	t.Logf("%d merges were killed before the journal was there, %d had ended", early, late)
	if n := s.box.Counts().Billed; int(n) != rows {
		t.Errorf("%d requests were paid for, want %d", n, rows)
	}
}

// copied copies the folder of a program.
func (p *program) copied(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(dir, os.DirFS(p.dir)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// in returns the program in another folder.
func (p *program) in(t *testing.T, dir string) *program { return &program{t: t, dir: dir, env: p.env} }

// merged returns the output, after it has checked the journal and that no other file is left.
func (p *program) merged(t *testing.T, rows int) string {
	t.Helper()
	p.holds(t, rows)
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s is left", e.Name())
		}
	}
	text, err := os.ReadFile(filepath.Join(p.dir, "q.answers.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// holds checks that the merged journal has one answer for each row.
func (p *program) holds(t *testing.T, rows int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, "q.csv.gigabatch"))
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Read(filepath.Join(p.dir, "q.csv.gigabatch"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	n := 0
	for range j.Keys(false) {
		n++
	}
	if results := strings.Count(string(text), `"state":"completed"`); n != rows || results != rows || len(j.Damaged()) > 0 {
		t.Errorf("the journal has %d answers and %d keys, want %d; damaged: %v", results, n, rows, j.Damaged())
	}
}
