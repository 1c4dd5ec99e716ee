package jobs

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
)

// A damaged is a finished run whose journal a test damages in copies.
type damaged struct {
	table   string
	journal []byte
	output  string
	rows    int
}

// finishedRun makes the run.
func finishedRun(t *testing.T) *damaged {
	t.Helper()
	const rows = 6
	d := &damaged{table: "id,prompt\n" + numbered(rows), rows: rows}
	g := newRig(t, "q.csv", d.table)
	g.run(t, oneAtATime)
	d.journal, d.output = []byte(jobstest.ReadFile(t, g.journal())), g.output(t)
	return d
}

// resume runs the job with another journal, with or without the output beside it. It checks that the output is that of the undisturbed run,
// and that exactly the rows are asked again whose records are damaged. A run may be refused if the journal no longer says whose output is beside
// it, or if more of it is damaged than not: nothing is asked or changed then.
func (d *damaged) resume(t *testing.T, where string, content []byte, beside bool) (refused bool) {
	t.Helper()
	g := newRig(t, "q.csv", d.table)
	jobstest.WriteFile(t, g.journal(), string(content))
	if beside {
		jobstest.WriteFile(t, spec.OutputPath(g.input, false), d.output)
	}
	_, err := g.try(t, func(j *Job) { j.tests.sync = func(*os.File) error { return nil } })
	asked := g.takeAsked()
	if err != nil {
		foreign := errors.As(err, new(*journal.ForeignError)) && jobstest.ReadFile(t, g.journal()) == string(content)
		unknown := beside && g.output(t) == d.output && strings.Contains(err.Error(), "not what this journal last wrote")
		if !foreign && !unknown || len(asked) > 0 {
			t.Errorf("%s: asked %q, error %v", where, asked, err)
		}
		return true
	}
	if got := g.output(t); got != d.output {
		t.Errorf("%s: output\n%s\nwant\n%s", where, got, d.output)
	}
	var want []string
	for i := range d.rows {
		p := fmt.Sprintf("p%d", i)
		for line := range bytes.Lines(d.journal) {
			if bytes.Contains(line, []byte(`"completion":"answer to `+p+`"`)) && !intact(content, bytes.TrimSuffix(line, []byte("\n"))) {
				want = append(want, p)
			}
		}
	}
	slices.Sort(want)
	if !slices.Equal(asked, want) {
		t.Errorf("%s: asked %q, want %q", where, asked, want)
	}
	os.RemoveAll(filepath.Dir(g.input))
	return false
}

// intact reports whether a journal has a record. A flipped bit may make a letter of the checksum upper case, which is the same number.
func intact(journal, record []byte) bool {
	body, sum := record[:len(record)-len(`01234567"}`)], record[len(record)-len(`01234567"}`):]
	_, rest, found := bytes.Cut(journal, body)
	return found && len(rest) >= len(sum) && bytes.EqualFold(rest[:len(sum)], sum)
}

// inParallel calls do for the numbers below n, several at once.
func inParallel(n int, do func(i int)) {
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				do(i)
			}
		})
	}
	wg.Wait()
}

// TestRunGoesOnFromAJournalCutAnywhere cuts the journal at 300 offsets or, in the long form, at each one.
func TestRunGoesOnFromAJournalCutAnywhere(t *testing.T) {
	t.Parallel()
	d := finishedRun(t)
	cuts := min(jobstest.Rounds(300, len(d.journal)+1), len(d.journal)+1)
	inParallel(cuts, func(i int) {
		cut := i * (len(d.journal) + 1) / cuts
		d.resume(t, fmt.Sprintf("cut at %d of %d", cut, len(d.journal)), d.journal[:cut], false)
	})
	t.Logf("%d cuts", cuts)
}

// TestRunGoesOnFromAJournalWithFlippedBits flips one to eight bits of the journal, near each other or anywhere.
func TestRunGoesOnFromAJournalWithFlippedBits(t *testing.T) {
	t.Parallel()
	d := finishedRun(t)
	flips := jobstest.Rounds(300, 10_000)
	var mu sync.Mutex // guards refused
	refused := 0
	inParallel(flips, func(seed int) {
		r := rand.New(rand.NewPCG(18, uint64(seed)))
		content := bytes.Clone(d.journal)
		var at []string
		place := r.IntN(len(content) * 8)
		for range 1 + r.IntN(8) {
			if r.IntN(2) == 0 {
				place = (place + r.IntN(100)) % (len(content) * 8)
			} else if len(at) > 0 {
				place = r.IntN(len(content) * 8)
			}
			content[place/8] ^= 1 << (place % 8)
			at = append(at, fmt.Sprintf("%d.%d", place/8, place%8))
		}
		if d.resume(t, fmt.Sprintf("seed %d: bits %s flipped", seed, strings.Join(at, " ")), content, r.IntN(2) == 0) {
			mu.Lock()
			refused++
			mu.Unlock()
		}
	})
	t.Logf("%d journals, %d of them refused", flips, refused)
	if refused > flips/4 {
		t.Error("too many are refused")
	}
}
