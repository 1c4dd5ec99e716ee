package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

// A journal is read as it was before a later run began, and what that recorded is not there.
func TestPastRuns(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	j := openJournal(t, path)
	at := time.Unix(1_790_000_000, 0).UTC()
	for n := range 3 {
		r := task.Result{Key: task.KeyOf(fmt.Append(nil, n)), State: task.Completed, Completion: fmt.Sprint("answer ", n)}
		err := errors.Join(j.Start(&Manifest{Started: at, Input: fmt.Sprintf("%d.csv", n)}), j.Record(r), j.End(&End{Ended: at}))
		if err != nil {
			t.Fatal(err)
		}
	}
	var inputs []string
	if err := Manifests(path, func(m *Manifest) { inputs = append(inputs, m.Input) }); err != nil || strings.Join(inputs, " ") != "0.csv 1.csv 2.csv" {
		t.Errorf("manifests of %q, %v", inputs, err)
	}
	for runs := 1; runs <= 3; runs++ {
		past, err := ReadPast(path, runs)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 3 {
			p, ok := past.Lookup(task.KeyOf(fmt.Append(nil, n)), false)
			if ok != (n < runs) {
				t.Errorf("after %d runs, the result of run %d: %t", runs, n+1, ok)
			}
			if r, _, err := past.ReadResult(p, nil); ok && (err != nil || r.Completion != fmt.Sprint("answer ", n)) {
				t.Errorf("after %d runs: %+v, %v", runs, r, err)
			}
		}
		if m := past.Whole(); m == nil || m.Input != fmt.Sprintf("%d.csv", runs-1) {
			t.Errorf("after %d runs, the newest is %+v", runs, m)
		}
		if err := past.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, runs := range []int{0, 4} {
		_, err := ReadPast(path, runs)
		jobstest.WantUsage(t, err, "3 runs")
	}
	if _, err := ReadPast(path+".gone", 1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
}

// Of several tasks that follow one, each is there once, the newest last, also when the journal is read again.
func TestFollowers(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	j := openJournal(t, path)
	key := func(name string) task.Key { return task.KeyOf([]byte(name)) }
	result := func(name string) task.Result { return task.Result{Key: key(name), State: task.Completed} }
	err := errors.Join(
		j.Start(&Manifest{Input: "q.csv"}), j.Record(result("a")), j.Link(key("a"), key("b"), false), j.Link(key("a"), key("c"), false),
		j.Link(key("a"), key("c"), false), // known
		j.Record(result("a")), j.Link(key("a"), key("b"), false), j.Link(key("d"), key("b"), true),
	)
	if err != nil {
		t.Fatal(err)
	}
	for who, from := range map[string]*Journal{"the run": j, "a reader": readJournal(t, path)} {
		for _, tt := range []struct {
			of      string
			sandbox bool
			want    []string
		}{{"a", false, []string{"c", "b"}}, {"a", true, nil}, {"d", true, []string{"b"}}, {"b", false, nil}} {
			var got, want []task.Key
			last := int64(0)
			for _, f := range from.Followers(key(tt.of), tt.sandbox) {
				if got = append(got, f.Key); f.Off <= last {
					t.Errorf("%s: a follower at %d after one at %d", who, f.Off, last)
				}
				last = f.Off
			}
			for _, name := range tt.want {
				want = append(want, key(name))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s is followed by %v, want %v", who, tt.of, got, want)
			}
		}
	}
	if n := strings.Count(jobstest.ReadFile(t, path), `"state":"link"`); n != 4 {
		t.Errorf("%d links are recorded, want 4", n)
	}
}

// A run that died may have paid twice for what it had in flight, as far as the journal says; one that ended has not.
func TestFlightsOfRunsThatDied(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	j := openJournal(t, path)
	start := func() error { return j.Start(&Manifest{Input: "q.csv"}) }
	for i, step := range []struct {
		do              func() error
		paid, suspected int
	}{
		{start, 0, 0},
		{start, 0, 0}, // the first one died before it had anything in flight
		{func() error { return j.Flight(3, false) }, 0, 3},
		{func() error { return j.Flight(7, false) }, 0, 7},
		{start, 7, 7},
		{func() error { return j.Flight(2, false) }, 7, 9},
		{func() error { return j.Lost(task.KeyOf(nil), false) }, 8, 10},
		{func() error { return j.End(&End{}) }, 8, 8},
		{start, 8, 8},
		{func() error { return j.Flight(5, false) }, 8, 13},
		{start, 13, 13},
		{func() error { return j.Found(5, false) }, 8, 8}, // workers have told what came of them
		{func() error { return j.Found(9, false) }, 1, 1}, // never what was lost
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		for who, from := range map[string]*Journal{"the run": j, "a reader": readJournal(t, path)} {
			if paid, suspected := from.PaidTwice(false), from.Suspected(false); paid != step.paid || suspected != step.suspected {
				t.Errorf("%s, after step %d: %d and %d may have been paid twice, want %d and %d", who, i+1, paid, suspected, step.paid, step.suspected)
			}
		}
		if n := j.Suspected(true); n != 0 {
			t.Errorf("after step %d: %d of a sandbox", i+1, n)
		}
	}
}

// A reader knows the newest commit in place and the newest one with columns, each with the run that made it.
func TestCommitsThatAReaderKnows(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	j := openJournal(t, path)
	n := 0
	commit := func(c Commit) {
		t.Helper()
		n++
		c.Output, c.SHA256 = "o.csv", fmt.Sprintf("%064d", n)
		if err := errors.Join(j.Start(&Manifest{Input: "q.csv"}), j.Commit(&c)); err != nil {
			t.Fatal(err)
		}
	}
	want := func(placed, written int64) {
		t.Helper()
		r := readJournal(t, path)
		at, by := r.Placed()
		if at != placed || (by != nil) != (placed > 0) {
			t.Errorf("placed at %d by %v, want %d", at, by, placed)
		}
		if at, by = r.Written(); at != written || (by != nil) != (written > 0) {
			t.Errorf("written at %d by %v, want %d", at, by, written)
		}
	}
	newest := func() int64 { return int64(strings.LastIndex(jobstest.ReadFile(t, path), keyPrefix)) }
	want(0, 0)
	commit(Commit{})
	want(0, 0)
	commit(Commit{InPlace: true})
	placed := newest()
	want(placed, 0)
	commit(Commit{Columns: []string{"completion"}})
	want(placed, newest())
}
