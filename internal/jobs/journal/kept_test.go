package journal

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/task"
)

// What was paid for is in the journal, whatever it is, and is not asked again automatically.
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
		p, ok := read.Lookup(w.Key, false)
		if !ok || p.Again {
			t.Fatalf("%s: found %t, asked again %t", w.Cause, ok, p.Again)
		}
		got, _, err := read.ReadResult(p, nil)
		if err != nil || got.Raw != w.Raw || got.Completion != w.Completion || got.Cause != w.Cause {
			t.Errorf("got %+v, %v, want %+v", got, err, w)
		}
	}
	lines := strings.SplitAfter(jobstest.ReadFile(t, path), "\n")
	if !strings.Contains(lines[0], `"raw":"{\"output\"`) || strings.Contains(lines[1], `"raw"`) {
		t.Errorf("records %q", lines)
	}
	var r resultJSON
	s := recordScanner{rest: []byte(strings.TrimSuffix(lines[0], "\n"))}
	if !s.record(&r) || r.Raw != want[0].Raw {
		t.Errorf("the fast way reads %q, %v", r.Raw, s.err)
	}
}

// The typical cost is that of the newest completions, and the typical latency that of those asked live.
func TestTypical(t *testing.T) {
	t.Parallel()
	j := openJournal(t, filepath.Join(t.TempDir(), "j"))
	record := func(n int, r task.Result) {
		t.Helper()
		r.Key = task.KeyOf(fmt.Append(nil, n, r.State))
		if err := j.Record(r); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := j.Typical(false); err != nil || got != (Typical{}) {
		t.Errorf("without completions: %+v, %v", got, err)
	}
	used := func(prompt, completion int) gigachat.Usage {
		return gigachat.Usage{PromptTokens: prompt, CompletionTokens: completion}
	}
	for n := range 10 { // older than maxTypical
		record(n, task.Result{State: task.Completed, Usage: used(1000, 1000), Served: task.Served{Latency: time.Hour}})
	}
	for n := range maxTypical / 2 {
		record(100+n, task.Result{State: task.Completed, Usage: used(10, 4), Served: task.Served{Latency: 2 * time.Second}})
		record(200+n, task.Result{State: task.Completed, Usage: used(30, 8), Served: task.Served{Latency: time.Minute, Batch: "b"}})
		record(300+n, task.Result{State: task.Failed, Cause: task.CauseServer, Usage: used(500, 500)})
		record(400+n, task.Result{State: task.Completed, Usage: used(900, 900), Sandbox: true})
	}
	want := Typical{Answers: maxTypical, PromptTokens: 20, CompletionTokens: 6, Latency: 2 * time.Second}
	if got, err := j.Typical(false); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}
