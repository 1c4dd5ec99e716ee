package main

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestKillBatches kills runs through batches with SIGKILL, some while they post and some while they collect. Nothing is paid for twice. (The
// tests of jobs kill at every step.)
func TestKillBatches(t *testing.T) {
	t.Parallel()
	rows, kills := 3000, 10
	if raced {
		rows, kills = 1200, 6
	}
	if testing.Short() {
		rows, kills = 600, 3
	}
	s := openStand(t, "batch-delay=700ms", "batch-lines=100")
	p := newProgram(t, s.env()...)
	p.write("q.csv", string(manyRows(rows)))
	random := rand.New(rand.NewPCG(17, 26))
	for n := range kills {
		run, err := startProcess(p.command("run", "q.csv", "--via", "batch", "--batch-lines", "100"))
		if err != nil {
			t.Fatal(err)
		}
		posted := s.box.Counts().Batches + int64(n)
		for began := time.Now(); time.Since(began) < time.Duration(random.IntN(2500))*time.Millisecond && (n%2 == 0 || s.box.Counts().Batches < posted); {
			select {
			case <-run.done:
				began = time.Time{}
			case <-time.After(time.Millisecond):
			}
		}
		run.kill()
	}
	got := p.run("run", "q.csv", "--via", "batch", "--batch-lines", "100")
	if got.code != 0 {
		t.Fatalf("the last run: exit code %d\n%s", got.code, got.errors)
	}
	checkKilled(t, p, s, rows, int64(rows), got.errors)
	if c := s.box.Counts(); c.BilledTwice > 0 || c.BatchLinesTwice > 0 || c.BatchBilled != int64(rows) {
		t.Errorf("got %+v, want %d lines, each once", c.BatchCounts, rows)
	}
}
