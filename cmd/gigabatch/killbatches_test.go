package main

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestKillBatches kills runs through batches with SIGKILL while they wait and collect. Nothing is paid for twice. (The tests of jobs kill at
// every step, but a run that was killed while it posted waits for minutes to be sure.)
func TestKillBatches(t *testing.T) {
	t.Parallel()
	rows, kills := 3000, 10
	if raced {
		rows, kills = 1200, 6
	}
	if testing.Short() {
		rows, kills = 600, 3
	}
	s := openStand(t, "batch-delay=1200ms", "batch-lines=100")
	p := newProgram(t, s.env()...)
	p.write("q.csv", string(manyRows(rows)))
	random := rand.New(rand.NewPCG(17, 26))
	for range kills {
		run, err := startProcess(p.command("run", "q.csv", "--via", "batch", "--batch-lines", "100"))
		if err != nil {
			t.Fatal(err)
		}
		for posted := false; !posted; {
			select {
			case <-run.done:
				posted = true
			case <-time.After(time.Millisecond):
				posted = s.box.Counts().BatchLines == int64(rows)
			}
		}
		select {
		case <-run.done:
		case <-time.After(time.Duration(50+random.IntN(1500)) * time.Millisecond):
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
