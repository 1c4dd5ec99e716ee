package jobs

import (
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// killed makes a run that asks and is killed before it writes.
func (g *rig) killed(t *testing.T, job *Job) {
	t.Helper()
	job.Connect = g.connect
	run, err := job.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	plan, err := run.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	plan, svc, err := plan.Connect(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	plan.Ask(t.Context(), nil, svc)
}

// again rebuilds the job of the last run.
func (g *rig) again(t *testing.T) *Job {
	t.Helper()
	job, err := Resume(g.journal())
	if err != nil {
		t.Fatalf("Resume: %v", err)
	}
	job.Connect = g.connect
	return job
}

// resume runs the last job of the journal again.
func (g *rig) resume(t *testing.T) *task.Summary {
	t.Helper()
	sum, err := g.again(t).Run(t.Context(), nil)
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	return sum
}

func TestResumedJobHasTheLimitsOfTheRun(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	want := task.Limits{Concurrency: 1, RPM: 30_000, TPM: 900_000, MaxAttempts: 3, Grace: time.Second, MaxOutage: time.Minute}
	g.run(t, func(j *Job) { j.Limits = want })
	job, err := Resume(g.journal())
	if err != nil || job.Limits != want {
		t.Errorf("limits %+v, %v; want %+v", job.Limits, err, want)
	}
	if job, err := (&Job{Input: g.input}), error(nil); err != nil || job.Limits != (task.Limits{}) {
		t.Errorf("a new job inherited %+v", job.Limits)
	}
}

// An interrupted fresh run continues as a fresh run: its results are not asked again, and earlier results are not used.
func TestResumedFreshRunStaysFresh(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
	g.run(t)
	interrupted(t, g, "b")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		return answer("new " + p), nil
	}
	g.resume(t)
	g.wantAsked(t, "b c")
	if want := "prompt,completion,finish_reason,error\na,answer to a,stop,\nb,new b,stop,\nc,new c,stop,\n"; g.output(t) != want {
		t.Errorf("output\n%s\nwant\n%s", g.output(t), want)
	}
	g.resume(t) // the fresh run has ended
	g.wantAsked(t, "")
}

func TestResumedRunToStandardOutputWritesAFileBesideTheInput(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t, func(j *Job) { j.Settings.Output, j.Destination = "-", g.dir+"/spooled.csv" })
	sum := g.resume(t)
	if want := spec.OutputPath(g.input, false); sum.Output != want {
		t.Errorf("the output is %s, want %s", sum.Output, want)
	}
	if files := jobstest.Folder(t, g.dir); files["-"] != "" {
		t.Errorf("files %v", files)
	}
}

// The permission to replace a file covers only its content then: a file that has changed since is refused.
func TestResumedRunReplacesWhatItWasAllowedToAndNoMore(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{"as it was": "", "changed": "somebody else's\n"} {
		g := newRig(t, "q.csv", "prompt\na\nb\n")
		out := spec.OutputPath(g.input, false)
		jobstest.WriteFile(t, out, "mine\n")
		g.AnswerFunc = stopping("b", gigachat.KindPayment)
		g.killed(t, g.new(overwrite, func(j *Job) { j.Limits.Concurrency = 1 }))
		g.AnswerFunc = nil
		if change != "" {
			jobstest.WriteFile(t, out, change)
		}
		_, err := g.again(t).Run(t.Context(), nil)
		got := jobstest.ReadFile(t, out)
		if change != "" {
			jobstest.WantUsage(t, err, "not what this journal last wrote")
			if got != change {
				t.Errorf("%s: the file became %q", name, got)
			}
			continue
		}
		if want := "prompt,completion,finish_reason,error\na,answer to a,stop,\nb,answer to b,stop,\n"; err != nil || got != want {
			t.Errorf("%s: output %q, %v; want %q", name, got, err, want)
		}
	}
}

// In place, the permission to overwrite texts of the user covers only the content of the file then.
func TestResumedRunInPlaceOverwritesTheFileItMay(t *testing.T) {
	t.Parallel()
	for _, changed := range []bool{false, true} {
		g := newRig(t, "q.csv", "prompt\na\n")
		g.run(t, inPlace)
		g.write(t, "prompt,completion,finish_reason,error\na,mine,stop,\nb,mine too,stop,\n")
		g.killed(t, g.new(inPlace, overwrite))
		if changed {
			g.write(t, "prompt,completion,finish_reason,error\na,mine,stop,\nb,mine once more,stop,\n")
		}
		_, err := g.again(t).Run(t.Context(), nil)
		if changed {
			jobstest.WantUsage(t, err, "--overwrite")
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		wantCells(t, g.input, "a|answer to a|stop|", "b|answer to b|stop|")
	}
}

// The permission lasts until the output is written: any number of killed runs keep it.
func TestLeaveToReplaceLastsUntilTheOutputIsWritten(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nrejected\n")
	out := spec.OutputPath(g.input, false)
	jobstest.WriteFile(t, out, "mine\n")
	g.AnswerFunc = stopping("rejected", gigachat.KindPayment)
	one := func(j *Job) { j.Limits.Concurrency = 1 }
	g.killed(t, g.new(overwrite, one))
	g.killed(t, g.again(t))
	g.AnswerFunc = failing(map[string]gigachat.Kind{"rejected": gigachat.KindRejected})
	g.resume(t)
	jobstest.WriteFile(t, out, "mine\n") // from a backup
	job := g.again(t)
	job.RetryFailed = true
	_, err := job.Run(t.Context(), nil)
	jobstest.WantUsage(t, err, "not what this journal last wrote")
	if got := jobstest.ReadFile(t, out); got != "mine\n" {
		t.Errorf("the file became %q", got)
	}
}

// In place, the permission covers the input only: another file with the same content is not replaced.
func TestLeaveInPlaceIsForNoOtherFile(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t, inPlace)
	content := "prompt,completion,finish_reason,error\na,mine,stop,\n"
	g.write(t, content)
	g.killed(t, g.new(inPlace, overwrite))
	backup := spec.OutputPath(g.input, false)
	jobstest.WriteFile(t, backup, content)
	job := g.again(t)
	job.tests.reached = func(stage string) {
		if stage == "read" {
			g.write(t, content+"b,,,\n") // so that the output is written aside
		}
	}
	sum, err := job.Run(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.TrimSuffix(backup, ".csv") + "-2.csv"; sum.Output != want {
		t.Errorf("the output went to %s, want %s", sum.Output, want)
	}
	if got := jobstest.ReadFile(t, backup); got != content {
		t.Errorf("the backup became %q", got)
	}
}

func TestResumedRunRetriesWhatItHadNotComeTo(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.AnswerFunc = failing(map[string]gigachat.Kind{"a": gigachat.KindRejected, "b": gigachat.KindRejected})
	g.run(t)
	drain := make(chan struct{})
	close(drain)
	if _, err := g.new(retryFailed).Run(t.Context(), drain); err != nil {
		t.Fatal(err)
	}
	g.AnswerFunc = nil
	g.takeAsked()
	g.resume(t)
	g.wantAsked(t, "a b")
	if job := g.again(t); job.RetryFailed {
		t.Error("a run that came to its end is retried")
	}
}
