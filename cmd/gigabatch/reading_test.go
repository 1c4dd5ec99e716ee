package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/internal/jobs/journal"
)

// TestOtherReading checks what is said over a journal whose answers were asked when cells were read differently, and that a run of some rows
// does not take the answers of the others out of the output.
func TestOtherReading(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.write("q.csv", "prompt\nold a\nold b\n")
	if got := p.run("run", "--sandbox", "q.csv", "-o", "out.csv"); got.code != outcome.OK {
		t.Fatalf("exit code %d\n%s", got.code, got.errors)
	}
	j, err := journal.Open(filepath.Join(p.dir, "q.csv.gigabatch"))
	if err != nil {
		t.Fatal(err)
	}
	older := *j.Last()
	older.Reading = 0
	c, known := j.Committed("out.sandbox.csv")
	if !known {
		t.Fatal("the output is not in the journal")
	}
	again := *c
	again.Edits++ // else the record would add nothing
	for _, err := range []error{j.Start(&older), j.Commit(&again), j.End(&journal.End{Sandbox: true}), j.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	p.write("q.csv", "prompt\na\nb\n") // stands for the same file, read differently
	before, err := os.ReadFile(filepath.Join(p.dir, "out.sandbox.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"status q.csv", outcome.OK, "cells are read differently than by the program that wrote the journal; pending rows"},
		{"status --json q.csv", outcome.OK, `"cells_read_differently": true`},
		{"output q.csv", outcome.Usage, "(reading version 0, now 1)"},
		{"run --sandbox --limit 1 q.csv -o out.csv", outcome.Usage, "may have answers for 1 row that this run does not select"},
		{"run --sandbox --limit 1 q.csv -o other.csv", outcome.OK, "(reading version 0, now 1); 1 row is asked"},
	} {
		got := p.run(strings.Fields(tt.args)...)
		if got.code != tt.code || !strings.Contains(got.out+got.errors, tt.want) {
			t.Errorf("%s: exit code %d, want %d; it said\n%s%swant %q", tt.args, got.code, tt.code, got.out, got.errors, tt.want)
		}
		if now, err := os.ReadFile(filepath.Join(p.dir, "out.sandbox.csv")); err != nil || string(now) != string(before) {
			t.Errorf("%s: the output is %q, error %v", tt.args, now, err)
		}
	}
	if got := p.run("run", "--sandbox", "q.csv", "-o", "out.csv"); !strings.Contains(got.errors, "1 row is asked") {
		t.Errorf("a run of all rows said\n%s", got.errors)
	}
	if got := p.run("status", "q.csv"); strings.Contains(got.out, "differently") {
		t.Errorf("then the status is\n%s", got.out)
	}
}
