package journal

import (
	"path/filepath"
	"strings"
	"testing"

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
