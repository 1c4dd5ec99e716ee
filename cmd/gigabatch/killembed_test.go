package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// TestKillEmbed kills the program at random moments while it makes vectors, some of them while packs are asked again in halves. What was
// recorded is not asked again: at most the packs in flight are, and the program says how many texts that may be.
func TestKillEmbed(t *testing.T) {
	t.Parallel()
	rows, kills := 6000, 20
	if raced {
		rows = 2000
	}
	if testing.Short() {
		rows, kills = 800, 5
	}
	const flight, texts = 4, 20
	s := openStand(t, "streams=4", "latency=2ms", "fault=embeddings-422=~\"number 77\",embeddings-500=0.05")
	p := newProgram(t, s.env()...)
	p.write("q.csv", string(manyRows(rows)))
	command := []string{"embed", "q.csv", "--column", "prompt", "-c", "4"}
	random := rand.New(rand.NewPCG(17, 17))
	for n := range kills {
		from := s.box.Counts().Billed
		killCommandAt(t, p, s, from+int64(random.IntN(2*rows/kills)*(n%4)/2), command...)
	}
	got := p.run(command...)
	if got.code != 3 { // the texts with 77 fail
		t.Fatalf("the last run: exit code %d\n%s", got.code, got.errors)
	}
	f, err := os.Open(p.dir + "/q.vectors.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n, failed := 0, 0
	for lines := bufio.NewScanner(f); lines.Scan(); n++ {
		var row struct {
			Prompt    string
			Embedding []float64
			Error     string
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatalf("%s: %v", lines.Bytes(), err)
		}
		bad := strings.Contains(row.Prompt, "number 77")
		if bad {
			failed++
		}
		if (row.Error != "") != bad || (len(row.Embedding) > 0) == bad || row.Prompt != fmt.Sprintf("question number %d", n+1) {
			t.Errorf("row %d: got %+v", n+1, row)
		}
		if (s.box.Billed(row.Prompt) == 0) != bad {
			t.Errorf("row %d was billed %d times", n+1, s.box.Billed(row.Prompt))
		}
	}
	c := s.box.Counts()
	paid := int64(rows - failed)
	if n != rows || c.BilledPrompts != paid || c.Billed > paid+int64(kills*flight*texts) {
		t.Errorf("%d rows, billed %d vectors of %d texts, want %d and %d", n, c.Billed, c.BilledPrompts, rows, paid)
	}
	if twice := paidTwice(got.errors); twice < c.Billed-paid {
		t.Errorf("it says that %d may have been paid twice; it was %d", twice, c.Billed-paid)
	}
	t.Logf("%d rows, billed %d, may have been paid twice %d, requests %d", rows, c.Billed, paidTwice(got.errors), c.Requests)
}
