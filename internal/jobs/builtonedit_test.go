package jobs

import (
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// moodAndReply are two columns, of which the second uses the first.
func moodAndReply(j *Job) {
	mood := spec.Column{CompletionColumn: "mood", Prompt: "mood {{text}}", Params: j.Settings.Params}
	reply := spec.Column{CompletionColumn: "reply", Prompt: "reply {{text}} {{mood}}", Params: j.Settings.Params}
	j.Settings.Columns, j.Settings.OutputColumns = []spec.Column{mood, reply}, spec.DefaultValueColumns
}

func moodService(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
	if strings.HasPrefix(p, "mood") {
		return answer("bad"), nil
	}
	return answer("<" + p + ">"), nil
}

// A column that uses an answer that was edited on the page uses the edit, and the plan says that its cells are asked anew.
func TestColumnUsesTheEditOfAnother(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "text\na\nb\n")
	g.AnswerFunc = moodService
	g.run(t, moodAndReply)
	g.takeAsked()
	key := task.KeyOf([]byte(`{"messages":[{"content":"mood a","role":"user"}],"model":"GigaChat-2"}`))
	mustEdit(t, g.journal(), journal.Edit{Key: key, Text: "good"})
	sum := g.run(t, moodAndReply)
	g.wantAsked(t, "reply a good")
	if g.plan.Anew != 1 || sum.Completed != 2 {
		t.Errorf("%d cells said to be asked anew, want 1; completed %d", g.plan.Anew, sum.Completed)
	}
	if got, want := g.output(t), "text,mood,reply,error\na,good,<reply a good>,\nb,bad,<reply b bad>,\n"; got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
	if g.run(t, moodAndReply); g.plan.Anew != 0 {
		t.Errorf("then %d cells are said to be asked anew", g.plan.Anew)
	}
	g.wantAsked(t, "")
}

// The same holds for an answer that the user has corrected in the table.
func TestColumnUsesWhatTheUserWroteInPlace(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "text\na\nb\n")
	g.AnswerFunc = moodService
	g.run(t, moodAndReply, inPlace)
	g.takeAsked()
	g.write(t, strings.Replace(jobstest.ReadFile(t, g.input), "a,bad,", "a,good,", 1)+"c,fine,,\n")
	sum := g.run(t, moodAndReply, inPlace)
	g.wantAsked(t, "mood c reply a good reply c fine")
	if g.plan.Anew != 1 || sum.Completed != 3 || sum.Kept != 2 {
		t.Errorf("%d cells said to be asked anew, want 1; completed %d, kept %d", g.plan.Anew, sum.Completed, sum.Kept)
	}
	want := "text,mood,reply,error\na,good,<reply a good>,\nb,bad,<reply b bad>,\nc,fine,<reply c fine>,\n"
	if got := jobstest.ReadFile(t, g.input); got != want {
		t.Errorf("input\n%s\nwant\n%s", got, want)
	}
	g.run(t, moodAndReply, inPlace)
	g.wantAsked(t, "")
	if got := jobstest.ReadFile(t, g.input); got != want {
		t.Errorf("then\n%s\nwant\n%s", got, want)
	}
	g.write(t, strings.Replace(want, "a,good,", "a,bad,", 1)) // undone
	g.run(t, moodAndReply, inPlace)
	g.wantAsked(t, "")
	if got, want := jobstest.ReadFile(t, g.input), strings.Replace(want, "a,good,<reply a good>", "a,bad,<reply a bad>", 1); got != want {
		t.Errorf("undone\n%s\nwant\n%s", got, want)
	}
}
