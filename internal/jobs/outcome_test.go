package jobs

import (
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

func TestOutcome(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer gigachat.ChatResponse
		want   task.Result
	}{
		"answered":       {gigachat.ChatResponse{Completion: "a", FinishReason: "stop"}, task.Result{State: task.Completed, Completion: "a"}},
		"truncated":      {gigachat.ChatResponse{Completion: "a", FinishReason: "length"}, task.Result{State: task.Completed, Completion: "a"}},
		"blocked":        {gigachat.ChatResponse{FinishReason: "blacklist"}, task.Result{State: task.Blocked}},
		"empty":          {gigachat.ChatResponse{FinishReason: "stop"}, task.Result{State: task.Failed, Cause: task.CauseEmpty}},
		"unknown":        {gigachat.ChatResponse{Raw: `{"output":"a"}`}, task.Result{State: task.Failed, Cause: task.CauseUnknown, Raw: `{"output":"a"}`}},
		"model error":    {gigachat.ChatResponse{Completion: `{"name":"f"}`, FinishReason: "error"}, task.Result{State: task.Failed, Cause: task.CauseModel, Completion: `{"name":"f"}`}},
		"silent failure": {gigachat.ChatResponse{FinishReason: "error"}, task.Result{State: task.Failed, Cause: task.CauseModel}},
	} {
		got := outcome(task.Key{}, &c.answer)
		if got.State != c.want.State || got.Cause != c.want.Cause || got.Completion != c.want.Completion || got.Raw != c.want.Raw {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
		if bad := got.State != task.Completed; bad != (got.Error != "") || got.Cause.Passing() {
			t.Errorf("%s: error %q, passing %t", name, got.Error, got.Cause.Passing())
		}
	}
}

// What was paid for is in the journal, whatever it is, and is not asked again by itself.
func TestPaidAnswersOfNoUseAreKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	j := openJournal(t, path)
	want := []task.Result{
		{Key: task.KeyOf([]byte("1")), State: task.Failed, Cause: task.CauseUnknown, Raw: "{\"output\": \"a\\n\"}\n"},
		{Key: task.KeyOf([]byte("2")), State: task.Failed, Cause: task.CauseModel, Completion: `{"name":"f"}`},
	}
	for _, r := range want {
		if err := j.Record(r); err != nil {
			t.Fatal(err)
		}
	}
	read := readJournal(t, path)
	for _, w := range want {
		p, ok := read.lookup(w.Key, false)
		if !ok || p.again {
			t.Fatalf("%s: found %t, asked again %t", w.Cause, ok, p.again)
		}
		got, _, err := read.read(p, nil)
		if err != nil || got.Raw != w.Raw || got.Completion != w.Completion || got.Cause != w.Cause {
			t.Errorf("got %+v, %v, want %+v", got, err, w)
		}
	}
	lines := strings.SplitAfter(readFile(t, path), "\n")
	if !strings.Contains(lines[0], `"raw":"{\"output\"`) || strings.Contains(lines[1], `"raw"`) {
		t.Errorf("records %q", lines)
	}
	var r resultJSON
	s := recordScanner{rest: []byte(strings.TrimSuffix(lines[0], "\n"))}
	if !s.record(&r) || r.Raw != want[0].Raw {
		t.Errorf("the fast way reads %q, %v", r.Raw, s.err)
	}
}
