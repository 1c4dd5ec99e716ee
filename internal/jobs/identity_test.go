package jobs

import (
	"path/filepath"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
)

func TestSameCommandAsksNothingAndWritesSameBytes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"q.csv", "q.jsonl"} {
		content := "id,prompt\n1,a\n2,b\n3,\n4,a\n"
		if name == "q.jsonl" {
			content = `{"id":1,"prompt":"a"}` + "\n" + `{"id":2,"prompt":"b"}` + "\n" + `{"id":3,"prompt":""}` + "\n" + `{"id":4,"prompt":"a"}` + "\n"
		}
		g := newRig(t, name, content)
		first := g.run(t)
		g.wantAsked(t, "a b")
		out := g.output(t)
		g.connects = 0
		second := g.run(t)
		g.wantAsked(t, "")
		if g.connects != 0 {
			t.Errorf("%s: the second run connected %d times, want never", name, g.connects)
		}
		if got := g.output(t); got != out {
			t.Errorf("%s: the second run wrote\n%s\nwant\n%s", name, got, out)
		}
		if first.FromJournal != 0 || second.FromJournal != 3 || second.Rows != 4 || second.Completed != 3 || second.Skipped != 1 {
			t.Errorf("%s: summaries %+v and %+v", name, first, second)
		}
		journal := jobstest.ReadFile(t, g.journal())
		g.run(t)
		if got := jobstest.ReadFile(t, g.journal()); got != journal {
			t.Errorf("%s: a run with nothing to ask wrote to the journal:\n%s", name, got[len(journal):])
		}
	}
}

func TestEditedRowsReaskExactlyWhatChanged(t *testing.T) {
	t.Parallel()
	const before = "id,prompt\n1,a\n2,b\n3,c\n"
	for _, tc := range []struct{ name, after, asked, output string }{
		{"inserted", "id,prompt\n0,new\n1,a\n2,b\n3,c\n", "new", "0,new,answer to new,stop,\n1,a,answer to a,stop,\n2,b,answer to b,stop,\n3,c,answer to c,stop,\n"},
		{"deleted", "id,prompt\n1,a\n3,c\n", "", "1,a,answer to a,stop,\n3,c,answer to c,stop,\n"},
		{"sorted", "id,prompt\n3,c\n2,b\n1,a\n", "", "3,c,answer to c,stop,\n2,b,answer to b,stop,\n1,a,answer to a,stop,\n"},
		{"edited", "id,prompt\n1,a\n2,B\n3,c\n", "B", "1,a,answer to a,stop,\n2,B,answer to B,stop,\n3,c,answer to c,stop,\n"},
		{"edited back", before, "", "1,a,answer to a,stop,\n2,b,answer to b,stop,\n3,c,answer to c,stop,\n"},
		{"another cell edited", "id,prompt\n9,a\n2,b\n3,c\n", "", "9,a,answer to a,stop,\n2,b,answer to b,stop,\n3,c,answer to c,stop,\n"},
	} {
		g := newRig(t, "q.csv", before)
		g.run(t)
		g.takeAsked()
		g.write(t, tc.after)
		g.run(t)
		g.wantAsked(t, tc.asked)
		if got, want := g.output(t), "id,prompt,completion,finish_reason,error\n"+tc.output; got != want {
			t.Errorf("%s: output\n%s\nwant\n%s", tc.name, got, want)
		}
	}
}

func TestAddedColumnsReaskNothing(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.run(t)
	g.takeAsked()
	g.write(t, "note,prompt,more\nx,a,1\ny,b,2\n")
	g.run(t)
	g.wantAsked(t, "")
	want := "note,prompt,more,completion,finish_reason,error\nx,a,1,answer to a,stop,\ny,b,2,answer to b,stop,\n"
	if got := g.output(t); got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
}

func TestKeyLeavesOutWhatDoesNotDecideTheCompletion(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t)
	g.takeAsked()
	for name, change := range map[string]func(*Job){
		"concurrency": func(r *Job) { r.Limits.Concurrency = 3 },
		"timeout":     func(r *Job) { r.Timeout = 1 },
		"attempts":    func(r *Job) { r.Limits.MaxAttempts = 9 },
		"rate":        func(r *Job) { r.Limits.RPM, r.Limits.TPM = 60, 60 },
		"columns":     func(r *Job) { r.Settings.OutputColumns = spec.KnownOutputColumns },
		"column name": func(r *Job) { r.Settings.CompletionColumn = "reply" },
		"output":      func(r *Job) { r.Settings.Output += ".csv" },
		"version":     func(r *Job) { r.Version = "2" },
	} {
		g.run(t, change)
		if asked := g.takeAsked(); asked != nil {
			t.Errorf("another %s: asked %q again", name, asked)
		}
	}
}

func TestKeyHoldsWhatDecidesTheCompletion(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Job){
		"model":       model("GigaChat-2-Pro"),
		"system text": func(r *Job) { r.Settings.System = "be brief" },
		"template":    withPrompt("{{prompt}}" + " please"),
		"temperature": func(r *Job) { r.Settings.Temperature = new(0.5) },
		"top_p":       func(r *Job) { r.Settings.TopP = new(0.5) },
		"max_tokens":  func(r *Job) { r.Settings.MaxTokens = new(5) },
		"repetition":  func(r *Job) { r.Settings.RepetitionPenalty = new(1.5) },
	} {
		g := newRig(t, "q.csv", "prompt\na\n")
		g.run(t)
		g.takeAsked()
		g.run(t, change)
		if asked := g.takeAsked(); len(asked) != 1 {
			t.Errorf("another %s: asked %q, want one prompt", name, asked)
		}
		g.run(t)
		if asked := g.takeAsked(); asked != nil {
			t.Errorf("the first %s again: asked %q, want nothing", name, asked)
		}
	}
}

func TestRowsThatAskTheSameShareOneAnswer(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\na\na\n")
	hot := func(r *Job) { r.Settings.Temperature = new(1.5) }
	sum := g.run(t, hot)
	g.wantAsked(t, "a b")
	if sum.Duplicates != 2 || sum.Completed != 4 {
		t.Errorf("duplicates %d, completed %d, want 2 and 4", sum.Duplicates, sum.Completed)
	}
}

func TestNoDedupeGivesEachRowItsOwnAnswerAndTheFirstThePlainKey(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\na\n")
	n := 0
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		g.mu.Lock()
		defer g.mu.Unlock()
		n++
		return answer(p + string(rune('0'+n))), nil
	}
	one := func(r *Job) { r.Limits.Concurrency = 1 }
	g.run(t, one)
	g.wantAsked(t, "a b")
	g.run(t, one, noDedupe)
	g.wantAsked(t, "a")
	want := "prompt,completion,finish_reason,error\na,a1,stop,\nb,b2,stop,\na,a3,stop,\n"
	if got := g.output(t); got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
	g.write(t, "prompt\na\na\na\nb\n")
	g.run(t, one, noDedupe)
	g.wantAsked(t, "a")
	g.run(t, one, noDedupe)
	g.wantAsked(t, "")
	want = "prompt,completion,finish_reason,error\na,a1,stop,\na,a3,stop,\na,a4,stop,\nb,b2,stop,\n"
	if got := g.output(t); got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
}

func TestInPlaceRunAgainAsksNothing(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"q.csv":    "prompt,id\na,1\n,2\nb,3\n",
		"q.jsonl":  "{\"prompt\":\"a\"}\n{\"prompt\":\"b\"}\n",
		"one.csv":  "whatever\na\nb\n",
		"m.jsonl":  "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}\n{\"messages\":[{\"role\":\"user\",\"content\":\"b\"}]}\n",
		"one.json": "",
	} {
		if content == "" {
			continue
		}
		all := func(r *Job) { r.Settings.OutputColumns = spec.KnownOutputColumns }
		g := newRig(t, name, content)
		g.run(t, inPlace, all)
		g.wantAsked(t, "a b")
		written := jobstest.ReadFile(t, g.input)
		sum := g.run(t, inPlace, all)
		g.wantAsked(t, "")
		if got := jobstest.ReadFile(t, g.input); got != written {
			t.Errorf("%s: the second run wrote\n%s\nwant\n%s", name, got, written)
		}
		if sum.Completed != 2 {
			t.Errorf("%s: completed %d, want 2", name, sum.Completed)
		}
	}
}

func TestSandboxAnswersNeverServeARealRunNorTheOtherWayRound(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	sandbox := func(r *Job) { r.Sandbox, r.Settings.Output = true, spec.OutputPath(r.Input, true) }
	g.Sandbox = true
	g.run(t, sandbox)
	g.wantAsked(t, "a")
	g.run(t, sandbox)
	g.wantAsked(t, "")
	g.Sandbox = false
	g.run(t)
	g.wantAsked(t, "a")
	g.run(t)
	g.wantAsked(t, "")
	g.Sandbox = true
	g.run(t, sandbox)
	g.wantAsked(t, "")
}

func TestServiceThatNamesItselfASandboxServesNoRealAnswers(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.run(t)
	g.takeAsked()
	g.write(t, "prompt\na\nb\nc\n")
	before := g.output(t)
	g.Sandbox = true // the real run reaches a sandbox
	sum := g.run(t)
	g.wantAsked(t, "a b c")
	if g.output(t) != before || filepath.Base(sum.Output) != "q.answers-2.csv" || !sum.Aside {
		t.Errorf("the sandbox wrote %s, and the real answers are\n%s\nwant\n%s", sum.Output, g.output(t), before)
	}
	g.Sandbox = false
	g.run(t)
	g.wantAsked(t, "c")
}

func TestSandboxRunRefusesARealService(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	if _, err := g.try(t, func(r *Job) { r.Sandbox = true }); err == nil {
		t.Error("a sandbox run accepted a real service")
	}
	g.wantAsked(t, "")
}

func TestAnswerOfTheWrongOriginEndsTheRunAndIsKept(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		a := answer("from a sandbox")
		a.Sandbox = true
		return a, nil
	}
	if _, err := g.try(t); err == nil {
		t.Fatal("no error, want one that says that the service changed")
	}
	j := g.open(t)
	if sandbox, real := resultsOf(j, true), resultsOf(j, false); sandbox != 1 || real != 0 {
		t.Errorf("%d sandbox and %d real results, want 1 and 0", sandbox, real)
	}
	g.AnswerFunc = nil
	g.takeAsked()
	g.run(t)
	g.wantAsked(t, "a")
}
