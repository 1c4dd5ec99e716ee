package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gigabatch/internal/gigachat/sandbox"
)

// TestSoak runs for 20 minutes over a service that fails now and then, and is killed every minute. No row is lost, no more is paid for
// twice than the program says, and its memory does not grow with the time.
func TestSoak(t *testing.T) {
	if !long {
		t.Skip("takes 20 minutes: GIGABATCH_LONG=1")
	}
	t.Parallel()
	const rows, kills = 55_000, 19
	const answers = 20 * time.Minute * most / rows // each answer takes that long, so that the rows are asked in 20 minutes
	p := &plant{
		files: table(rows), service: sandbox.Options{Latency: answers / 2, Jitter: answers, Streams: most},
		command: "run q.csv -c 10", journal: "q.csv.gigabatch", took: 2 * time.Minute,
	}
	w := newWorld(t, newProgram, p.service, p.files)
	w.inject("500=0.002,reset-before=0.002,reset-in=0.001,truncated=0.001,429=0.005,oauth-429=0.05,revoked=0.0001")
	random := rand.New(rand.NewPCG(18, 20))
	began := time.Now()
	var peaks []float64
	for n := range kills {
		at := began.Add(time.Duration(n)*time.Minute + time.Duration(random.IntN(60_000))*time.Millisecond)
		c, killed := w.killed(p, func() bool { return time.Now().After(at) })
		if !killed {
			t.Fatalf("the run ended before it was killed for the %dth time: make it longer", n+1)
		}
		peaks = append(peaks, c.peak)
	}
	w.box.settle(t)
	had := int64(len(kept(w.read(p.journal))))
	before := w.box.Counts()
	if had < rows/2 {
		t.Errorf("only %d of %d rows were asked before the last run", had, rows)
	}
	last := w.do(p.command)
	c := w.box.Counts()
	if said := paidTwice(last.errors); last.code != 0 || c.BilledPrompts != rows || c.Billed > rows+said {
		t.Errorf("exit code %d, billed %d completions of %d requests, and the summary says that %d may have been paid twice\n%s",
			last.code, c.Billed, c.BilledPrompts, said, last.errors)
	}
	if n := w.answered(t, "q.answers.csv"); n != rows {
		t.Errorf("%d of %d rows have the answer to their prompt", n, rows)
	}
	half := len(peaks) / 2
	if early, late := slices.Max(peaks[:half]), slices.Max(peaks[half:]); late > early*1.15+5 {
		t.Errorf("the memory grows: %.0f MB in the first half, %.0f MB in the second, %.0f", early, late, peaks)
	}
	t.Logf("%d kills in %.0f s; %d of %d answers kept before the last run, billed %d then and %d in all, %d said; MB %.0f; faults %v", kills,
		time.Since(began).Seconds(), had, rows, before.Billed, c.Billed, paidTwice(last.errors), peaks, c.Faults)
}

// answered returns how many rows of a table have the answer to their prompt, and fails for each other answer.
func (w *world) answered(t *testing.T, name string) (n int) {
	t.Helper()
	for i, row := range w.rows(name) {
		prompt, got := row["prompt"], row["completion"]
		if want := fmt.Sprintf("question number %d", i+1); prompt != want {
			t.Fatalf("row %d is %q, want %q", i+1, prompt, want)
		}
		if got == sandbox.Answer(prompt) {
			n++
		} else if got != "" {
			t.Errorf("%q is answered with %q", prompt, got)
		}
	}
	return n
}
