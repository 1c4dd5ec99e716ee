package jobs

import (
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// resume runs the job again that the journal tells of.
func (g *rig) resume(t *testing.T) *task.Summary {
	t.Helper()
	job, err := Resume(g.journal())
	if err != nil {
		t.Fatalf("Resume: %v", err)
	}
	job.Connect = g.connect
	sum, err := job.Run(t.Context(), nil)
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

// An interrupted fresh run goes on as one: what it has asked is not asked again, and nothing of before is taken.
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
	g.resume(t) // it has come to its end
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

// The leave to replace a file serves that file alone: one that was changed since is refused.
func TestResumedRunReplacesWhatItWasAllowedToAndNoMore(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{"as it was": "", "changed": "somebody else's\n"} {
		g := newRig(t, "q.csv", "prompt\na\nb\n")
		out := spec.OutputPath(g.input, false)
		jobstest.WriteFile(t, out, "mine\n")
		g.AnswerFunc = stopping("b", gigachat.KindPayment)
		killed := g.new(overwrite, func(j *Job) { j.Limits.Concurrency = 1 })
		run, err := killed.Open()
		if err != nil {
			t.Fatal(err)
		}
		plan, err := run.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		plan, svc, err := plan.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := plan.Ask(t.Context(), nil, svc); err == nil { // and dies before it writes
			t.Fatal("the run was not interrupted")
		}
		run.Close()
		g.AnswerFunc = nil
		if change != "" {
			jobstest.WriteFile(t, out, change)
		}
		job, err := Resume(g.journal())
		if err != nil {
			t.Fatal(err)
		}
		job.Connect = g.connect
		_, err = job.Run(t.Context(), nil)
		got := jobstest.ReadFile(t, out)
		if change != "" {
			jobstest.WantUsage(t, err, "not what this journal wrote last")
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

// In place, the leave to overwrite texts of the user's serves the file as it was.
func TestResumedRunInPlaceOverwritesTheFileItMay(t *testing.T) {
	t.Parallel()
	for _, changed := range []bool{false, true} {
		g := newRig(t, "q.csv", "prompt\na\n")
		g.run(t, inPlace)
		g.write(t, "prompt,completion,finish_reason,error\na,mine,stop,\nb,mine too,stop,\n")
		run, err := g.new(inPlace, overwrite).Open()
		if err != nil {
			t.Fatal(err)
		}
		plan, err := run.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		plan, svc, err := plan.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := plan.Ask(t.Context(), nil, svc); err != nil { // and dies before it writes
			t.Fatal(err)
		}
		run.Close()
		if changed {
			g.write(t, "prompt,completion,finish_reason,error\na,mine,stop,\nb,mine once more,stop,\n")
		}
		job, err := Resume(g.journal())
		if err != nil {
			t.Fatal(err)
		}
		job.Connect = g.connect
		if _, err = job.Run(t.Context(), nil); changed {
			jobstest.WantUsage(t, err, "--overwrite")
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		wantCells(t, g.input, "a|answer to a|stop|", "b|answer to b|stop|")
	}
}
