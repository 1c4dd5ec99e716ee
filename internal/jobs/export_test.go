package jobs

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// An export works while a run holds the journal, and changes nothing.
func TestExportWhileTheRunIsUnderWay(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\none\ntwo\n")
	asking, goOn := make(chan struct{}), make(chan struct{})
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if p == "two" {
			close(asking)
			<-goOn
		}
		return nil, nil
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if _, err := g.try(t, func(r *Job) { r.Limits.Concurrency = 1 }); err != nil {
			t.Errorf("run: %v", err)
		}
	}()
	<-asking
	before := jobstest.Folder(t, g.dir)
	for _, c := range []struct{ name, want string }{
		{"part.csv", "prompt,completion,finish_reason,error\none,answer to one,stop,\ntwo,,,не запрошено\n"},
		{"part.jsonl", `{"prompt":"one","completion":"answer to one","finish_reason":"stop","error":null}` + "\n" + `{"prompt":"two","completion":null,"finish_reason":null,"error":"pending"}` + "\n"},
	} {
		dst := filepath.Join(t.TempDir(), c.name)
		sum, err := Export(t.Context(), g.journal(), dst, Copy{Language: messages.Russian})
		if err != nil || sum.Pending != 1 || sum.Completed != 1 || sum.Output != dst {
			t.Fatalf("Export(%s) = %+v, %v", c.name, sum, err)
		}
		if got := jobstest.ReadFile(t, dst); got != c.want {
			t.Errorf("%s\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
	dst := filepath.Join(t.TempDir(), "part.xlsx")
	if _, err := Export(t.Context(), g.journal(), dst, Copy{}); err != nil {
		t.Fatalf("Export: %v", err)
	}
	src, err := open.Open(dst, table.Options{})
	if err != nil || len(src.Columns()) != 4 {
		t.Errorf("the workbook: %v", err)
	}
	jobstest.WantFolder(t, g.dir, before)
	close(goOn)
	<-ended
}

// People read tables and workbooks in their language; programs read JSONL and the journal in English.
func TestMessagesInTheOutputAreInTheLanguageOfTheUser(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\none\nmute\nblocked\n")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		switch p {
		case "mute":
			return answer(""), nil
		case "blocked":
			a := answer("")
			a.FinishReason = "blacklist"
			return a, nil
		}
		return nil, nil
	}
	const english = "one,answer to one,stop,\nmute,,stop,the model answered with an empty completion\nblocked,,blacklist,blocked by moderation (finish_reason: blacklist)\n"
	const russian = "one,answer to one,stop,\nmute,,stop,модель вернула пустой ответ\nblocked,,blacklist,заблокировано модерацией (finish_reason: blacklist)\n"
	const head = "prompt,completion,finish_reason,error\n"
	g.run(t, func(j *Job) { j.Language = messages.Russian })
	if got := g.output(t); got != head+russian {
		t.Errorf("the output of a Russian user\n%s\nwant\n%s", got, head+russian)
	}
	if kept := jobstest.ReadFile(t, g.journal()); strings.Contains(kept, "заблокировано") {
		t.Error("the journal is in Russian")
	}
	for _, c := range []struct {
		name     string
		language messages.Language
		want     string
	}{
		{"ru.csv", messages.Russian, russian}, {"en.csv", messages.English, english},
		{"ru.jsonl", messages.Russian, `"error":"blocked by moderation (finish_reason: blacklist)"`},
	} {
		dst := filepath.Join(t.TempDir(), c.name)
		if _, err := Export(t.Context(), g.journal(), dst, Copy{Language: c.language}); err != nil {
			t.Fatal(err)
		}
		if got := jobstest.ReadFile(t, dst); !strings.Contains(got, c.want) {
			t.Errorf("%s\n%s\nlacks\n%s", c.name, got, c.want)
		}
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\none\ntwo\n")
	g.run(t, limited(1))
	w, err := journal.OpenWatch(g.journal())
	if err != nil {
		t.Fatal(err)
	}
	s := w.Standing()
	if s.Input != g.input || s.Running || s.Ended.IsZero() || s.Pending != 0 || s.Summary == nil || s.Summary.Completed != 1 || s.Tally == nil || s.Tally.Completed != 1 || s.Tally.Rows != 1 {
		t.Errorf("standing %+v", s)
	}
	if changed, err := w.Refresh(); changed || err != nil {
		t.Errorf("nothing was written, but Refresh = %t, %v", changed, err)
	}
	j, err := journal.Open(g.journal())
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := w.Refresh(); !changed || err != nil || !w.Standing().Running {
		t.Errorf("the journal is held: Refresh = %t, %v", changed, err)
	}
	if err := j.Mark(&journal.Mark{At: time.Now().UTC(), ElapsedMS: 1500, Rows: 2, Snapshot: task.Snapshot{Counts: task.Counts{Tasks: 2, Done: 1}, Load: task.Load{Requests: 3}}}); err != nil {
		t.Fatal(err)
	}
	j.Close()
	if changed, err := w.Refresh(); !changed || err != nil {
		t.Errorf("Refresh = %t, %v", changed, err)
	}
	if m := w.Standing().Mark; m == nil || m.Done != 1 || m.Elapsed != 1500*time.Millisecond || m.Rows != 2 {
		t.Errorf("mark %+v", m)
	}
	g.run(t, fresh)
	w.Refresh()
	if s := w.Standing(); s.Tally.Completed != 2 || s.Summary.Completed != 2 || s.Mark != nil {
		t.Errorf("after a fresh run: %+v", s)
	}
}

func TestLook(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id;prompt;none\n1;one;\n2;;\n3;three;\n")
	l, err := LookAt(t.Context(), g.new(), 2)
	if err != nil {
		t.Fatal(err)
	}
	if l.Prompt != "prompt" || len(l.Rows) != 2 || !l.More || l.Rows[0].Line != 2 || l.Format != table.CSV || !l.IsEmpty(2) || l.IsEmpty(1) || !l.Matches(0, func(s string) bool { return s < "3" }) || l.Matches(2, func(string) bool { return true }) {
		t.Errorf("look %+v", l)
	}
	g.wantAsked(t, "")
	if exists(g.journal()) {
		t.Error("a look has made a journal")
	}
}
