package jobs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
)

// TestRunGoesOnFromEveryMomentOfACrash copies the journal after each fsync of a run, as a crash at that moment would leave it, and
// continues the run from each copy.
func TestRunGoesOnFromEveryMomentOfACrash(t *testing.T) {
	t.Parallel()
	const rows = 12
	g := newRig(t, "q.csv", "id,prompt\n"+numbered(rows))
	copies := snapshots(t, g)
	want := g.output(t)
	for i, text := range copies {
		c := newRig(t, "q.csv", "id,prompt\n"+numbered(rows))
		jobstest.WriteFile(t, c.journal(), text)
		sum := c.run(t)
		asked := c.takeAsked()
		held := strings.Count(text[:strings.LastIndex(text, "\n")+1], `"state":"completed"`)
		if len(asked)+held != rows {
			t.Errorf("copy %d holds %d results, and %d rows were asked, want %d together", i, held, len(asked), rows)
		}
		if got := c.output(t); got != want || sum.Completed != rows {
			t.Errorf("copy %d: output\n%s\nwant\n%s", i, got, want)
		}
		if c.run(t); c.takeAsked() != nil {
			t.Errorf("copy %d: the run after the next asked again", i)
		}
	}
}

// snapshots runs g and returns the content of the journal after each fsync, and a torn one after each write.
func snapshots(t *testing.T, g *rig, change ...func(*Job)) []string {
	t.Helper()
	var mu sync.Mutex // guards copies
	var copies []string
	r := g.new(change...)
	r.tests.sync = syncOnceStarted(r, func(f *os.File) error {
		b, err := os.ReadFile(f.Name())
		mu.Lock()
		defer mu.Unlock()
		copies = append(copies, string(b[:len(b)-3]), string(b))
		return err
	})
	if _, err := r.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if len(copies) < 6 {
		t.Fatalf("%d copies, want more", len(copies))
	}
	return copies
}

// TestRunGoesOnFromEveryMomentOfABadDay does the same with a service whose answers are empty, or which fails, at the first attempt. The
// journal has what each of its answers cost, and a row that failed for a temporary cause is asked again in a round.
func TestRunGoesOnFromEveryMomentOfABadDay(t *testing.T) {
	t.Parallel()
	const rows = 12
	bad := func() (func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error), *int) {
		var mu sync.Mutex
		attempts, spent := map[string]int{}, 0
		return func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			mu.Lock()
			defer mu.Unlock()
			attempts[p]++
			switch {
			case attempts[p] > 1:
			case strings.HasSuffix(p, "1"):
				spent++
				return &gigachat.ChatResponse{FinishReason: "stop", Usage: gigachat.Usage{PromptTokens: 7}}, nil
			case strings.HasSuffix(p, "2"):
				return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindServer, Status: 500, Message: "oh"}
			}
			return nil, nil
		}, &spent
	}
	twice := func(j *Job) { j.Limits.MaxAttempts = 2 }
	g := newRig(t, "q.csv", "id,prompt\n"+numbered(rows))
	var spent *int
	g.AnswerFunc, spent = bad()
	copies := snapshots(t, g, twice)
	want := g.output(t)
	if *spent == 0 {
		t.Fatal("no empty answer")
	}
	for i, text := range copies {
		c := newRig(t, "q.csv", "id,prompt\n"+numbered(rows))
		c.AnswerFunc, spent = bad()
		jobstest.WriteFile(t, c.journal(), text)
		whole := text[:strings.LastIndex(text, "\n")+1]
		held := strings.Count(whole, `"state":"completed"`)
		sum := c.run(t, twice)
		if got := c.output(t); got != want || sum.Completed != rows || sum.FromJournal != held {
			t.Errorf("copy %d: %d completed, %d of them before, want %d and %d; output\n%s", i, sum.Completed, sum.FromJournal, rows, held, got)
		}
		before, after := strings.Count(whole, `"state":"spent"`), strings.Count(jobstest.ReadFile(t, c.journal()), `"state":"spent"`)
		if after != before+*spent {
			t.Errorf("copy %d: %d spent answers in the journal, want %d and %d", i, after, before, *spent)
		}
		if want := int64(7 * *spent); sum.PromptTokens != want+int64(3*(rows-held)) {
			t.Errorf("copy %d: %d prompt tokens for %d answers and %d empty ones", i, sum.PromptTokens, rows-held, *spent)
		}
	}
}

// TestRoundsGoOnFromEveryMomentOfACrash copies the journal after each fsync of a run with rounds.
func TestRoundsGoOnFromEveryMomentOfACrash(t *testing.T) {
	t.Parallel()
	const text = "prompt\na\nb\nfails 1\nfails 2\nc\n"
	g := newRig(t, "q.csv", text)
	g.AnswerFunc, _ = failsTimes()
	for i, journal := range snapshots(t, g, oneAtATime) {
		c := newRig(t, "q.csv", text)
		jobstest.WriteFile(t, c.journal(), journal)
		held := strings.Count(journal[:strings.LastIndex(journal, "\n")+1], `"state":"completed"`)
		if sum := c.run(t); sum.Completed != 5 || sum.Requests != int64(5-held) {
			t.Errorf("copy %d: %d completed with %d requests; the journal had %d", i, sum.Completed, sum.Requests, held)
		}
	}
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d,p%d\n", i, i)
	}
	return b.String()
}

func TestCrashBetweenJournalAndRenameIsForgiven(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t)
	old := g.output(t)
	g.write(t, "prompt\na\nb\n")
	g.run(t) // the commit of this output is journaled …
	jobstest.WriteFile(t, filepath.Join(g.dir, "q.answers.csv"), old)
	g.run(t) // … but the file still has its previous content
	if want := "prompt,completion,finish_reason,error\na,answer to a,stop,\nb,answer to b,stop,\n"; g.output(t) != want {
		t.Errorf("output\n%s\nwant\n%s", g.output(t), want)
	}
}
