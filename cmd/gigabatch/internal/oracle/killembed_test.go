package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat/sandbox"
)

// TestKillEmbed kills the program at random moments while it makes vectors, some of them while packs are asked again in halves. What was
// recorded is not asked again: at most the packs in flight are, and the program says how many texts that may be.
func TestKillEmbed(t *testing.T) {
	t.Parallel()
	rows, kills := column(2000, 6000), column(8, 100)
	const flight, texts = 4, 20
	w := newWorld(t, newProgram, sandbox.Options{Streams: flight, Latency: 2 * time.Millisecond}, table(rows))
	w.inject(`embeddings-422=~"number 77",embeddings-500=0.05`)
	p := &plant{command: "embed q.csv --column prompt -c 4", journal: "q.csv.gigabatch", took: time.Second}
	random := rand.New(rand.NewPCG(17, 17))
	for n := range kills {
		billed := w.box.Counts().Billed + int64(random.IntN(2*rows/kills)*(n%4)/2)
		w.killed(p, func() bool { return w.box.Counts().Billed >= billed })
	}
	got := w.do(p.command)
	if got.code != 3 { // the texts with 77 fail
		t.Fatalf("the last run: exit code %d\n%s", got.code, got.errors)
	}
	n, failed := 0, 0
	for line := range bytes.Lines(w.read("q.vectors.jsonl")) {
		var row struct {
			Prompt    string
			Embedding []float64
			Error     string
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		n++
		bad := strings.Contains(row.Prompt, "number 77")
		if bad {
			failed++
		}
		if (row.Error != "") != bad || (len(row.Embedding) > 0) == bad || row.Prompt != fmt.Sprintf("question number %d", n) {
			t.Errorf("row %d: got %+v", n, row)
		}
		if (w.box.Billed(row.Prompt) == 0) != bad {
			t.Errorf("row %d was billed %d times", n, w.box.Billed(row.Prompt))
		}
	}
	c := w.box.Counts()
	paid := int64(rows - failed)
	if n != rows || c.BilledPrompts != paid || c.Billed > paid+int64(kills*flight*texts) {
		t.Errorf("%d rows, billed %d vectors of %d texts, want %d and %d", n, c.Billed, c.BilledPrompts, rows, paid)
	}
	if twice := paidTwice(got.errors); twice < c.Billed-paid {
		t.Errorf("it says that %d may have been paid twice; it was %d", twice, c.Billed-paid)
	}
	t.Logf("%d rows, billed %d, may have been paid twice %d, requests %d", rows, c.Billed, paidTwice(got.errors), c.Requests)
}
