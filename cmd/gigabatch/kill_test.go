package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat/sandbox"
)

// TestKill kills the program with SIGKILL at random moments and starts it again. No row is lost, duplicated, or asked again after its
// answer was kept, and the reported number of completions paid twice is not too small.
func TestKill(t *testing.T) {
	t.Parallel()
	rows, kills := 5000, 12
	if raced {
		rows = 1500
	}
	if testing.Short() {
		rows, kills = 400, 4
	}
	const flight = 10
	s := openStand(t, "streams=10", "latency=3ms")
	p := newProgram(t, s.env()...)
	p.write("q.csv", string(manyRows(rows)))
	random := rand.New(rand.NewPCG(2, 26))
	for n := range kills {
		// The moments are spread over the run; some are at its start.
		from := s.box.Counts().Billed
		killAt(t, p, s, from+int64(random.IntN(2*rows/kills)*(n%4)/2))
	}
	got := p.run("run", "q.csv", "-c", strconv.Itoa(flight))
	if got.code != 0 {
		t.Fatalf("the last run: exit code %d\n%s", got.code, got.errors)
	}
	checkKilled(t, p, s, rows, int64(rows+kills*flight), got.errors)
}

// killAt starts a run and kills it when the service has billed that many completions.
func killAt(t *testing.T, p *program, s *stand, billed int64) {
	t.Helper()
	killCommandAt(t, p, s, billed, "run", "q.csv", "-c", "10")
}

// killCommandAt is killAt for any command.
func killCommandAt(t *testing.T, p *program, s *stand, billed int64, command ...string) {
	t.Helper()
	run, err := startProcess(p.command(command...))
	if err != nil {
		t.Fatal(err)
	}
	defer run.kill()
	timeout := time.After(patience)
	for s.box.Counts().Billed < billed {
		more, _ := s.gate.more()
		select {
		case <-more:
		case <-time.After(time.Millisecond): // requests for vectors do not pass the gate
		case <-run.done:
			return // the run was faster
		case <-timeout:
			t.Fatalf("%d billed, want %d; it said\n%s", s.box.Counts().Billed, billed, run.err.String())
		}
	}
}

func checkKilled(t *testing.T, p *program, s *stand, rows int, most int64, said string) {
	t.Helper()
	c, err := checkAnswers(p.dir+"/q.answers.csv", "prompt", "completion")
	if err != nil {
		t.Fatal(err)
	}
	if c.rows != rows || c.pending != 0 {
		t.Errorf("%d rows, %d of them pending; want %d and none", c.rows, c.pending, rows)
	}
	n := s.box.Counts()
	if n.Billed > most || n.BilledPrompts != int64(rows) {
		t.Errorf("billed %d completions of %d prompts, want at most %d of %d", n.Billed, n.BilledPrompts, most, rows)
	}
	if twice := paidTwice(said); twice < n.Billed-int64(rows) {
		t.Errorf("it says that %d may have been paid twice; it was %d", twice, n.Billed-int64(rows))
	}
	if left, err := os.ReadDir(p.dir); err != nil || len(left) != 4 {
		t.Errorf("files: %v %v, want the input, the output and the journal's two", left, err)
	}
	for i := range rows {
		prompt := fmt.Sprintf("question number %d", i+1)
		if s.box.Billed(prompt) == 0 {
			t.Fatalf("%q was never asked, and answered %q", prompt, sandbox.Answer(prompt))
		}
	}
	t.Logf("%d rows, billed %d, may have been paid twice %d", rows, n.Billed, paidTwice(said))
}

// paidTwice returns the number of completions that the summary reports as perhaps paid twice.
func paidTwice(said string) int64 {
	m := regexp.MustCompile(`up to ([0-9,]+) completions? may have been paid twice`).FindStringSubmatch(said)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
	return n
}
