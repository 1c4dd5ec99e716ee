package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// TestKillGrowing kills runs over a file that grows while they ask, in any of their rounds and while they write. No row is lost, and no
// answer is asked for again after it was kept.
func TestKillGrowing(t *testing.T) {
	t.Parallel()
	rows, kills := 1500, 8
	if testing.Short() || raced {
		rows, kills = 400, 4
	}
	const flight = 10
	s := openStand(t, "streams=10", "latency=3ms")
	p := newProgram(t, s.env()...)
	p.write("q.csv", string(manyRows(rows/4)))
	file, err := os.OpenFile(filepath.Join(p.dir, "q.csv"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	written := rows / 4
	grow := func() {
		written++
		if _, err := fmt.Fprintf(file, "%d,question number %d\n", written, written); err != nil {
			t.Error(err)
		}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() { // with each request, until the last run
		defer close(stopped)
		for written < rows {
			more, _ := s.gate.more()
			select {
			case <-more:
				grow()
			case <-stop:
				return
			}
		}
	}()
	random := rand.New(rand.NewPCG(6, 26))
	for n := range kills {
		killAt(t, p, s, s.box.Counts().Billed+int64(random.IntN(2*rows/kills)*(n%4)/2))
	}
	close(stop)
	<-stopped
	for written < rows {
		grow()
	}
	got := p.run("run", "q.csv", "-c", "10")
	if got.code != 0 {
		t.Fatalf("the last run: exit code %d\n%s", got.code, got.errors)
	}
	checkKilled(t, p, s, rows, int64(rows+kills*flight), got.errors)
}
