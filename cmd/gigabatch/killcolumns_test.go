package main

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

const killedJob = `input: q.csv
output: out.csv
concurrency: 10
columns:
  - {name: mood, prompt: "mood {{prompt}}", choices: [good, bad]}
  - {name: facts, prompt: "facts {{prompt}}", schema: {type: object, properties: {city: {type: string}}, required: [city]}}
  - {name: reply, prompt: "reply {{mood}} {{facts.city}} {{prompt}}"}
  - {name: short, prompt: "short {{reply}}"}
`

// TestKillColumns kills runs with columns that use each other's answers, in every pass. No cell is lost, and only requests under way are
// sent again.
func TestKillColumns(t *testing.T) {
	t.Parallel()
	rows, kills := 300, 8
	if raced || testing.Short() {
		rows, kills = 80, 4
	}
	const flight, columns = 10, 4
	s := openStand(t, "streams=10", "latency=2ms")
	p := newProgram(t, s.env()...)
	p.write("q.csv", string(manyRows(rows)))
	p.write("job.yaml", killedJob)
	random := rand.New(rand.NewPCG(5, 26))
	for range kills {
		killCommandAt(t, p, s, s.box.Counts().Billed+int64(random.IntN(columns*rows/kills)), "run", "job.yaml")
	}
	got := p.run("run", "job.yaml")
	if got.code != 0 {
		t.Fatalf("the last run: exit code %d\n%s", got.code, got.errors)
	}
	n := s.box.Counts()
	if n.BilledPrompts != int64(columns*rows) || n.Billed > int64(columns*rows+kills*flight) {
		t.Errorf("billed %d completions of %d requests, want at most %d of %d", n.Billed, n.BilledPrompts, columns*rows+kills*flight, columns*rows)
	}
	if twice := paidTwice(got.errors); twice < n.Billed-int64(columns*rows) {
		t.Errorf("it says that %d may have been paid twice; it was %d", twice, n.Billed-int64(columns*rows))
	}
	out, err := os.ReadFile(p.dir + "/out.csv")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(out), "“short "); lines != rows || strings.Contains(string(out), "pending") {
		t.Errorf("%d rows have their last column, want %d and none pending", lines, rows)
	}
	again := p.run("run", "job.yaml")
	if m := s.box.Counts().Billed; again.code != 0 || m != n.Billed {
		t.Errorf("once more: exit code %d, billed %d more", again.code, m-n.Billed)
	}
	t.Logf("%d rows × %d columns, billed %d, reported as paid twice %d", rows, columns, n.Billed, paidTwice(got.errors))
}
