package jobs

import (
	"os"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
)

func TestRunWithoutAnEndCountsWhatWasInFlight(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/j"
	j := openJournal(t, path)
	begin := func(sandbox bool) *journal.Manifest {
		return &journal.Manifest{Sandbox: sandbox}
	}
	check := func(when string, real, sandbox int) {
		t.Helper()
		r := readJournal(t, path)
		for name, j := range map[string]*journal.Journal{"live": j, "read": r} {
			if a, b := j.PaidTwice(false), j.PaidTwice(true); a != real || b != sandbox {
				t.Errorf("%s, %s: paid twice %d and %d in the sandbox, want %d and %d", when, name, a, b, real, sandbox)
			}
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(j.Start(begin(false)))
	must(j.Flight(4, false))
	must(j.Flight(10, false))
	check("while the run goes on", 0, 0)
	must(j.Start(begin(false)))
	check("after the next run found no end", 10, 0)
	must(j.Flight(7, false))
	must(j.End(&journal.End{}))
	must(j.Start(begin(true)))
	check("after a run with an end", 10, 0)
	must(j.Flight(3, true))
	must(j.Start(begin(false)))
	check("after a sandbox run without an end", 10, 3)
	must(j.Lost(task.Key{1}, false))
	must(j.Lost(task.Key{1}, true))
	check("after lost attempts", 11, 4)
}

func TestAttemptSentWholeWithoutAWholeAnswerCountsOne(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if p == "a" {
			return nil, nil
		}
		return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindBadBody, Sent: p == "b"}
	}
	if sum := g.run(t); sum.PaidTwice != 2 { // b is asked again at the end
		t.Errorf("may have been paid twice: %d, want 2", sum.PaidTwice)
	}
	if sum := g.run(t); sum.PaidTwice != 3 {
		t.Errorf("may have been paid twice, over all runs: %d, want 3", sum.PaidTwice)
	}
}

func TestKilledRunCountsItsFlightsOnceAndEndedOnesNever(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	if sum := g.run(t); sum.PaidTwice != 0 {
		t.Fatalf("paid twice %d, want 0", sum.PaidTwice)
	}
	text := jobstest.ReadFile(t, g.journal())
	if !strings.Contains(text, `"state":"flight"`) {
		t.Fatal("no flight was journaled")
	}
	at := strings.LastIndex(text[:strings.LastIndex(text, `"state":"end"`)], "\n") + 1
	if err := os.Truncate(g.journal(), int64(at)); err != nil {
		t.Fatal(err)
	}
	var first int
	for i := range 3 {
		sum := g.run(t)
		if i == 0 {
			first = sum.PaidTwice
		}
		if sum.PaidTwice < 1 || sum.PaidTwice > 10 || sum.PaidTwice != first {
			t.Errorf("run %d after the kill: paid twice %d, the first said %d", i+1, sum.PaidTwice, first)
		}
	}
	g.takeAsked()
}

func TestRunWhoseOutputFailsIsNoCrash(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		jobstest.WriteFile(t, g.input, "id,other\n1,2\n") // without the prompt column
		return nil, nil
	}
	if _, err := g.try(t); err == nil {
		t.Fatal("no error")
	}
	g.AnswerFunc = nil
	g.write(t, "prompt\na\n")
	if sum := g.run(t); sum.PaidTwice != 0 {
		t.Errorf("paid twice %d, want 0", sum.PaidTwice)
	}
}

func TestRewriteAfterACrashKeepsTheCount(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t)
	text := jobstest.ReadFile(t, g.journal())
	jobstest.WriteFile(t, g.journal(), text[:strings.LastIndex(strings.TrimSuffix(text, "\n"), "\n")+1])
	if _, err := g.new().Rewrite(t.Context(), false, nil); err != nil {
		t.Fatal(err)
	}
	if sum := g.run(t); sum.PaidTwice == 0 {
		t.Error("writing the output again took the crash off the count")
	}
}
