package jobs

import (
	"strings"
	"testing"

	"gigabatch/internal/jobs/jobstest"
)

func TestNewExportWithItsOwnCompletionsIsNotWrittenOver(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.run(t, inPlace)
	g.takeAsked()
	export := "prompt,completion,finish_reason,error\na,by hand,,\nc,by hand too,,\n"
	g.write(t, export)
	_, err := g.try(t, inPlace)
	jobstest.WantUsage(t, err, "was written by a run of this journal")
	g.wantAsked(t, "")
	if got := jobstest.ReadFile(t, g.input); got != export {
		t.Errorf("the input became %q", got)
	}
}

func TestFileEditedAfterARunInPlaceIsStillOurs(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(string) string{
		"a row added":         func(s string) string { return s + "c,,,\n" },
		"one prompt edited":   func(s string) string { return strings.Replace(s, "\na,", "\nx,", 1) },
		"every prompt edited": func(s string) string { return strings.NewReplacer("\na,", "\nx,", "\nb,", "\ny,").Replace(s) },
		"completions taken out": func(s string) string {
			return strings.NewReplacer("answer to a", "", "answer to b", "").Replace(s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, "q.csv", "prompt\na\nb\n")
			g.run(t, inPlace)
			g.write(t, edit(jobstest.ReadFile(t, g.input)))
			g.run(t, inPlace)
		})
	}
}

func TestSandboxDoesNotWriteOverRealAnswersInTheInput(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]string{"as we left it": "", "edited since": "c,,,\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, "q.csv", "prompt\na\n")
			g.run(t, inPlace)
			g.write(t, jobstest.ReadFile(t, g.input)+edit)
			before := jobstest.ReadFile(t, g.input)
			g.Sandbox = true
			_, err := g.try(t, inPlace, func(r *Job) { r.Sandbox = true })
			jobstest.WantUsage(t, err, "answers from the real service")
			if got := jobstest.ReadFile(t, g.input); got != before {
				t.Errorf("the input became %q", got)
			}
		})
	}
}

func TestRealRunWritesOverTheSandboxsAnswers(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.Sandbox = true
	g.run(t, inPlace, func(r *Job) { r.Sandbox = true })
	g.Sandbox = false
	g.takeAsked()
	g.run(t, inPlace)
	g.wantAsked(t, "a")
}

func TestOutputThatCannotHoldTheInputIsRefusedBeforeAnythingIsAsked(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.xlsm", jobstest.ReadFile(t, "../../testdata/questions.xlsx"))
	before := jobstest.Folder(t, g.dir)
	_, err := g.try(t, func(r *Job) { r.Settings.Output = strings.TrimSuffix(g.input, "xlsm") + "out.xlsx" })
	if err == nil || !strings.Contains(err.Error(), "must be of the same kind") {
		t.Errorf("got %v, want that a workbook stays of its kind", err)
	}
	g.wantAsked(t, "")
	jobstest.WantFolder(t, g.dir, before)
}
