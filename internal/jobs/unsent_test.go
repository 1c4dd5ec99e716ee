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
	"gigabatch/internal/jobs/task"
)

// TestUnsent checks that a run that ends before it sends anything is the last run of the status, and changes nothing else.
func TestUnsent(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	fails := func(j *Job) {
		j.Connect = func(context.Context, []string) (*Service, error) { return nil, errors.New("the key is wrong") }
	}
	if _, err := g.try(t, fails); err == nil {
		t.Fatal("no error")
	}
	if _, err := journal.Read(g.journal()); err == nil {
		t.Fatal("there is a journal")
	}
	g.run(t)
	before, err := ReadStatus(g.input, "")
	if err != nil {
		t.Fatal(err)
	}
	g.write(t, "prompt\na\nb\n")
	if _, err := g.try(t, fails, withPrompt("say {{prompt}}")); err == nil {
		t.Fatal("no error")
	}
	st, err := ReadStatus(g.input, "")
	if err != nil || st.State != task.RunFailed || st.Error != "the key is wrong" || st.ExitCode == nil || *st.ExitCode != 1 || !st.Ended ||
		st.Started.Equal(before.Started) || st.Completed != 1 || st.Pending != 1 {
		t.Errorf("status %+v, %v", st, err)
	}
	g.run(t)
	if st, err := ReadStatus(g.input, ""); err != nil || st.State != task.RunCompleted || st.Error != "" || *st.ExitCode != 0 || st.Completed != 2 {
		t.Errorf("status %+v, %v", st, err)
	}
	g.write(t, "prompt\na\nb\nc\n")
	if _, err := g.try(t, fails); err == nil {
		t.Fatal("no error")
	}
	g.write(t, "prompt\na\nb\n")
	g.run(t) // there is nothing to ask
	if st, err := ReadStatus(g.input, ""); err != nil || st.State != task.RunCompleted || st.Error != "" {
		t.Errorf("status %+v, %v", st, err)
	}
	if n := g.takeAsked(); len(n) != 2 {
		t.Errorf("asked %v", n)
	}
}

// What a killed run may have paid for still counts after a run that sent nothing.
func TestUnsentAfterAKilledRun(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.run(t)
	text := jobstest.ReadFile(t, g.journal())
	jobstest.WriteFile(t, g.journal(), text[:strings.LastIndex(text, `{"key":"00000000000000000000000000000000","state":"end"`)])
	killed, err := ReadStatus(g.input, "")
	if err != nil || killed.PaidTwice == 0 || killed.State != task.RunKilled {
		t.Fatalf("status %+v, %v", killed, err)
	}
	g.write(t, "prompt\na\nb\nc\n")
	if _, err := g.try(t, func(j *Job) {
		j.Connect = func(context.Context, []string) (*Service, error) { return nil, errors.New("no network") }
	}); err == nil {
		t.Fatal("no error")
	}
	if st, err := ReadStatus(g.input, ""); err != nil || st.PaidTwice != killed.PaidTwice || st.State != task.RunFailed || st.Completed != 2 {
		t.Errorf("status %+v, %v", st, err)
	}
	if sum := g.run(t); sum.PaidTwice != killed.PaidTwice || sum.Completed != 3 {
		t.Errorf("summary %+v", sum)
	}
}

// Requests in flight are not counted as paid twice while their run goes on.
func TestStatusOfARunningRunCountsNoFlights(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
	var during *Status
	var failed error
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if p == "b" {
			during, failed = ReadStatus(g.input, "")
		}
		return nil, nil
	}
	g.run(t, func(j *Job) { j.Limits.Concurrency = 1 })
	if failed != nil || !during.Running || during.PaidTwice != 0 || during.State != task.RunRunning || during.ExitCode != nil {
		t.Errorf("status %+v, %v", during, failed)
	}
}

// TestEndOfARun checks how the status describes the end of a run.
func TestEndOfARun(t *testing.T) {
	t.Parallel()
	payment := &gigachat.Error{Op: "chat", Kind: gigachat.KindPayment, Status: 402, Message: "Payment Required"}
	for name, c := range map[string]struct {
		stop  func(cancel, drain func()) error // when the second row is asked
		state task.RunState
		code  int
		said  string
	}{
		"402":         {func(_, _ func()) error { return payment }, task.RunFailed, 1, "402: Payment Required"},
		"drained":     {func(_, drain func()) error { drain(); return nil }, task.RunInterrupted, 130, ""},
		"interrupted": {func(cancel, _ func()) error { cancel(); return nil }, task.RunInterrupted, 130, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			drain := make(chan struct{})
			g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
				if p == "b" {
					return nil, c.stop(cancel, func() { close(drain) })
				}
				return nil, nil
			}
			g.new(func(j *Job) { j.Limits.Concurrency, j.Limits.Grace = 1, time.Minute }).Run(ctx, drain)
			st, err := ReadStatus(g.input, "")
			if err != nil || st.State != c.state || st.ExitCode == nil || *st.ExitCode != c.code || !strings.Contains(st.Error, c.said) || (c.said == "") != (st.Error == "") {
				t.Errorf("%+v, %v", st, err)
			}
		})
	}
}
