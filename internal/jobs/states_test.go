package jobs

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

func TestPassingFailuresAreAskedAgainByTheNextRun(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\nserver\nnetwork\na\nbody\n")
	g.AnswerFunc = failing(map[string]gigachat.Kind{
		"server": gigachat.KindServer, "network": gigachat.KindNetwork, "body": gigachat.KindBadBody,
	})
	sum := g.run(t)
	if sum.FailedRows() != 3 || sum.Waiting != 0 {
		t.Errorf("failed %v, waiting %d, want 3 and 0", sum.Failed, sum.Waiting)
	}
	g.takeAsked()
	g.AnswerFunc = nil
	sum = g.run(t)
	g.wantAsked(t, "body network server")
	if sum.Completed != 4 {
		t.Errorf("completed %d, want 4", sum.Completed)
	}
}

func TestRefusedRowsWaitForRetryFailed(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nlong\nmute\n")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		switch p {
		case "long":
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindRejected, Status: 413, Message: "too long"}
		case "mute":
			return answer(""), nil
		}
		return nil, nil
	}
	g.run(t)
	g.takeAsked()
	sum := g.run(t)
	g.wantAsked(t, "")
	if sum.Waiting != 2 || g.plan.Waiting != 2 || sum.Failed[task.CauseTooLong] != 1 || sum.Failed[task.CauseEmpty] != 1 {
		t.Errorf("waiting %d, planned %d, failed %v", sum.Waiting, g.plan.Waiting, sum.Failed)
	}
	if got, want := g.output(t), "long,,,chat: 413: too long\n"; !strings.Contains(got, want) {
		t.Errorf("output\n%s\nlacks the API's words %q", got, want)
	}
	g.AnswerFunc = nil
	g.run(t, retryFailed)
	g.wantAsked(t, "long mute")
	g.run(t, retryFailed)
	g.wantAsked(t, "")
}

func TestBlockedRowsAreAskedAgainOnlyIfPromptOrModelChanges(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\nbad\n")
	blacklist := func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		a := answer("an apology")
		a.FinishReason = "blacklist"
		return a, nil
	}
	g.AnswerFunc = blacklist
	sum := g.run(t)
	g.wantAsked(t, "bad")
	if want := "prompt,completion,finish_reason,error\nbad,,blacklist,blocked"; sum.Blocked != 1 || !strings.HasPrefix(g.output(t), want) {
		t.Errorf("blocked %d, output\n%s", sum.Blocked, g.output(t))
	}
	g.run(t, retryFailed)
	g.wantAsked(t, "")
	g.run(t, model("GigaChat-2-Max"))
	g.wantAsked(t, "bad")
	g.write(t, "prompt\nbad?\n")
	g.run(t)
	g.wantAsked(t, "bad?")
}

func TestTextOfEveryPaidAnswerIsKept(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\nbad\n")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		a := answer("an apology")
		a.FinishReason = "blacklist"
		return a, nil
	}
	g.run(t)
	if !strings.Contains(jobstest.ReadFile(t, g.journal()), "an apology") {
		t.Error("the text of a blocked answer is not in the journal")
	}
}

func TestNothingReplacesACompletedResult(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/j"
	k := task.KeyOf([]byte("1"))
	done := task.Result{Key: k, State: task.Completed, Completion: "first"}
	later := []task.Result{{Key: k, State: task.Failed, Cause: task.CauseServer}, {Key: k, State: task.Failed, Cause: task.CauseRejected}, {Key: k, State: task.Blocked}}
	j := openJournal(t, path)
	for _, r := range append([]task.Result{{Key: k, State: task.Failed, Cause: task.CauseServer}, done}, later...) {
		if err := j.Record(r); err != nil {
			t.Fatal(err)
		}
	}
	for name, j := range map[string]*journal.Journal{"live": j, "read again": readJournal(t, path)} {
		p, ok := j.Lookup(k, false)
		if got, _, err := j.ReadResult(p, nil); !ok || err != nil || got.Completion != "first" {
			t.Errorf("%s: %+v, %v, want the completed one", name, got, err)
		}
	}
}

func TestNewestResultWins(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/j"
	k := task.KeyOf([]byte("1"))
	j := openJournal(t, path)
	for _, r := range []task.Result{{Key: k, State: task.Failed, Cause: task.CauseServer}, {Key: k, State: task.Blocked}, {Key: k, State: task.Failed, Cause: task.CauseRejected, Error: "newest"}} {
		if err := j.Record(r); err != nil {
			t.Fatal(err)
		}
	}
	for name, j := range map[string]*journal.Journal{"live": j, "read again": readJournal(t, path)} {
		p, _ := j.Lookup(k, false)
		if got, _, err := j.ReadResult(p, nil); err != nil || got.Error != "newest" || p.Again {
			t.Errorf("%s: %+v, %v, asked again: %t; want the newest", name, got, err, p.Again)
		}
	}
}

func TestFatalErrorLeavesRowsPendingAndWritesWhatIsThere(t *testing.T) {
	t.Parallel()
	for _, kind := range []gigachat.Kind{gigachat.KindUnauthorized, gigachat.KindPayment, gigachat.KindForbidden, gigachat.KindNotFound} {
		g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
		g.AnswerFunc = stopping("b", kind)
		sum, err := g.try(t, func(r *Job) { r.Limits.Concurrency = 1 })
		if e := gigachat.AsError(err); e == nil || e.Kind != kind {
			t.Fatalf("%s: error %v", kind, err)
		}
		want := "prompt,completion,finish_reason,error\na,answer to a,stop,\nb,,,pending\nc,,,pending\n"
		if got := g.output(t); got != want || sum.Pending != 2 || sum.Failed[task.CauseRejected] != 0 {
			t.Errorf("%s: output\n%s\nwant\n%s\nsummary %+v", kind, got, want, sum)
		}
		g.takeAsked()
		g.AnswerFunc = nil
		g.run(t)
		g.wantAsked(t, "b c")
	}
}

func TestDrainedRunWritesAPartialOutputAndGoesOn(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
	drain := make(chan struct{})
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if p == "b" {
			close(drain)
		}
		return nil, nil
	}
	sum, err := g.new(func(r *Job) { r.Limits.Concurrency = 1 }).Run(t.Context(), drain)
	if err != nil || !sum.Interrupted || sum.Completed != 2 || sum.Pending != 1 {
		t.Errorf("summary %+v, error %v", sum, err)
	}
	want := "prompt,completion,finish_reason,error\na,answer to a,stop,\nb,answer to b,stop,\nc,,,pending\n"
	if got := g.output(t); got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
	g.takeAsked()
	g.AnswerFunc = nil
	g.run(t)
	g.wantAsked(t, "c")
}

func TestCancelledRunWritesNoOutputAndKeepsItsAnswers(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if p == "b" {
			cancel()
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindCanceled, Err: context.Canceled}
		}
		return nil, nil
	}
	_, err := g.new(func(r *Job) { r.Limits.Concurrency = 1 }).Run(ctx, nil)
	if !errors.Is(err, context.Canceled) || exists(spec.OutputPath(g.input, false)) {
		t.Errorf("error %v, output written: %t", err, exists(spec.OutputPath(g.input, false)))
	}
	g.takeAsked()
	g.AnswerFunc = nil
	g.run(t)
	g.wantAsked(t, "b c")
}

func TestPendingRowEmptiesAnOlderAnswer(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t, inPlace)
	g.write(t, strings.Replace(jobstest.ReadFile(t, g.input), "\na,", "\nb,", 1))
	g.AnswerFunc = failing(map[string]gigachat.Kind{"b": gigachat.KindPayment})
	if _, err := g.try(t, inPlace); err == nil {
		t.Fatal("no error")
	}
	if got, want := jobstest.ReadFile(t, g.input), "prompt,completion,finish_reason,error\nb,,,pending\n"; got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
}

func TestEveryColumnIsWritten(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,a\n2,\n3,no\n")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if p == "no" {
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindRejected, Message: "no"}
		}
		a := answer("yes")
		a.Usage = gigachat.Usage{PromptTokens: 1, CompletionTokens: 2, TotalTokens: 3, CachedTokens: 4}
		return a, nil
	}
	g.run(t, func(r *Job) {
		r.Settings.OutputColumns = spec.KnownOutputColumns
		r.Settings.CompletionColumn = "ответ"
	})
	lines := strings.Split(g.output(t), "\n")
	if want := "id,prompt,ответ,finish_reason,error,model,prompt_tokens,completion_tokens,total_tokens,cached_tokens,attempts,latency_ms,completed_at"; lines[0] != want {
		t.Errorf("header %s\nwant   %s", lines[0], want)
	}
	if want := "1,a,yes,stop,,GigaChat-2:2.0,1,2,3,4,1,"; !strings.HasPrefix(lines[1], want) || !strings.Contains(lines[1], time.Now().UTC().Format("2006-")) {
		t.Errorf("completed row %s, want %s…", lines[1], want)
	}
	if want := "2,,,,,,,,,,,,"; lines[2] != want {
		t.Errorf("skipped row %s, want %s", lines[2], want)
	}
	if want := "3,no,,,chat: no,,0,0,0,0,1,"; !strings.HasPrefix(lines[3], want) {
		t.Errorf("failed row %s, want %s…", lines[3], want)
	}
}

// usual asks for the columns that a user gets who chooses none.
func usual(j *Job) { j.Settings.OutputColumns, j.Usual = spec.DefaultOutputColumns, true }

// That an answer was cut off is said in the column of errors, unless a person has replaced it.
func TestErrorColumnSaysThatAnAnswerWasCutOff(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		a := answer("answer to " + p)
		if p == "b" {
			a.FinishReason = "length"
		}
		return a, nil
	}
	sum := g.run(t, usual)
	const cut = "the answer was cut off at the limit of tokens (max_tokens)"
	if got, want := g.output(t), "prompt,completion,error\na,answer to a,\nb,answer to b,"+cut+"\n"; got != want || sum.Truncated != 1 || sum.Completed != 2 {
		t.Errorf("%d completed, %d truncated, output\n%s\nwant\n%s", sum.Completed, sum.Truncated, got, want)
	}
	several := func(j *Job) {
		j.Settings.OutputColumns = spec.DefaultValueColumns
		j.Settings.Columns = []spec.Column{{CompletionColumn: "x", Prompt: "{{prompt}}", Params: j.Settings.Params}, {CompletionColumn: "y", Prompt: "{{x}}", Params: j.Settings.Params}}
	}
	g.run(t, several, overwrite)
	if got := g.output(t); !strings.Contains(got, "b,answer to b,answer to answer to b,x: "+cut+"\n") {
		t.Errorf("output\n%s", got)
	}
}

// The column finish_reason is written by default only into a file that has it: the input in place, a form, or an earlier output.
func TestFileKeepsItsColumnOfReasons(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before []func(*Job)
		input  string
		change func(*Job)
		want   string
	}{
		"nothing":              {nil, "prompt\na\n", func(*Job) {}, "prompt,completion,error\na,answer to a,\n"},
		"an output":            {[]func(*Job){}, "prompt\na\n", func(*Job) {}, "prompt,completion,finish_reason,error\na,answer to a,stop,\n"},
		"another output":       {[]func(*Job){}, "prompt\na\n", outputTo("other.csv"), "prompt,completion,error\na,answer to a,\n"},
		"an input":             {[]func(*Job){inPlace}, "prompt\na\n", inPlace, "prompt,completion,finish_reason,error\na,answer to a,stop,\n"},
		"a form":               {nil, "prompt,completion,finish_reason\na,,\n", inPlace, "prompt,completion,finish_reason,error\na,answer to a,stop,\n"},
		"a column of the user": {nil, "prompt,finish_reason\na,mine\n", inPlace, "prompt,finish_reason,completion,error\na,mine,answer to a,\n"},
	} {
		g := newRig(t, "q.csv", c.input)
		if c.before != nil {
			g.run(t, c.before...)
		}
		sum := g.run(t, usual, withPrompt("{{prompt}}"), c.change)
		if got := jobstest.ReadFile(t, sum.Output); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
		sum = g.run(t, usual, withPrompt("{{prompt}}"), c.change)
		if got := jobstest.ReadFile(t, sum.Output); got != c.want || sum.Requests != 0 || !sum.Unchanged {
			t.Errorf("%s: again, after %d requests:\n%s\nwant\n%s", name, sum.Requests, got, c.want)
		}
	}
}

// The status of a run in progress says what that run has found out about the quota.
func TestStatusOfARunInProgressHasItsQuota(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t)
	found := task.Belief{Streams: 3, Refused: .05}
	j := openJournal(t, g.journal())
	m := j.Last()
	if err := j.Start(m); err != nil {
		t.Fatal(err)
	}
	if err := j.Mark(&journal.Mark{At: time.Now().UTC(), Rows: 1, Snapshot: task.Snapshot{Load: task.Load{Quota: found}}}); err != nil {
		t.Fatal(err)
	}
	st, err := ReadStatus(g.input, "")
	if err != nil || st.Quota != found {
		t.Errorf("during the run: quota %+v, error %v, want %+v", st.Quota, err, found)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if st, err = ReadStatus(g.input, ""); err != nil || st.Quota != (task.Belief{}) {
		t.Errorf("after it: quota %+v, error %v", st.Quota, err)
	}
}
