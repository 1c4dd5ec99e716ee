package oracle

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"gigabatch/internal/gigachat/sandbox"
)

// TestKillGrowing kills runs over a file that grows while they ask, in any of their rounds and while they write. No row is lost, and no
// answer is asked for again after it was kept.
func TestKillGrowing(t *testing.T) {
	t.Parallel()
	rows, kills := column(500, 1500), column(5, 100)
	service := sandbox.Options{Latency: 3 * time.Millisecond, Streams: most}
	p := &plant{files: table(rows), service: service, command: "run q.csv -c 10", journal: "q.csv.gigabatch"}
	p.prepare(t)
	w := newWorld(t, newProgram, service, table(rows/4))
	file, err := os.OpenFile(w.path("q.csv"), os.O_APPEND|os.O_WRONLY, 0)
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
			select {
			case <-w.box.another():
				grow()
			case <-stop:
				return
			}
		}
	}()
	random := rand.New(rand.NewPCG(6, 26))
	for n := range kills {
		billed := w.box.Counts().Billed + int64(random.IntN(2*rows/kills)*(n%4)/2)
		w.killed(p, func() bool { return w.box.Counts().Billed >= billed })
	}
	close(stop)
	<-stopped
	for written < rows {
		grow()
	}
	p.resume(t, fmt.Sprint(kills, " kills"), w, kills*most)
}
