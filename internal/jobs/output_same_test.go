package jobs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
)

// A run that changes nothing leaves the output as it is, with its time: cron jobs and make look at that.
func TestRunThatChangesNothingKeepsTheOutput(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*Job)
	}{
		{"beside", func(*Job) {}},
		{"in place", func(j *Job) { j.Settings.InPlace, j.Settings.Output = true, j.Input }},
		{"with a file of long texts", func(j *Job) { j.Settings.Output = filepath.Join(filepath.Dir(j.Input), "book.xlsx") }},
	} {
		g := newRig(t, "q.csv", "prompt\na\nb\n")
		if tc.name == "with a file of long texts" {
			g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
				return answer(strings.Repeat("long ", 10_000)), nil
			}
		}
		sum := g.run(t, tc.change)
		old := time.Now().Add(-time.Hour).Truncate(time.Second)
		if err := os.Chtimes(sum.Output, old, old); err != nil {
			t.Fatal(err)
		}
		again := g.run(t, tc.change)
		info, err := os.Stat(again.Output)
		if err != nil || !info.ModTime().Equal(old) {
			t.Errorf("%s: the output is of %v, want %v (%v)", tc.name, info.ModTime(), old, err)
		}
		if again.Completed != 2 || !again.Unchanged || again.Output != sum.Output {
			t.Errorf("%s: got %+v", tc.name, again)
		}
		if err := os.WriteFile(g.input, []byte(jobstest.ReadFile(t, g.input)+"c\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		changed := g.run(t, tc.change)
		if info, err := os.Stat(changed.Output); err != nil || info.ModTime().Equal(old) {
			t.Errorf("%s: a run with a new row left the output as it was (%v)", tc.name, err)
		}
	}
}

// An output that a spreadsheet program has open is left to it: the program would overwrite the answers, or never show them.
func TestOpenOutputIsWrittenAside(t *testing.T) {
	t.Parallel()
	for _, mark := range []string{"~$q.answers.csv", ".~lock.q.answers.csv#"} {
		g := newRig(t, "q.csv", "prompt\na\n")
		g.run(t)
		before := g.output(t)
		lock := filepath.Join(filepath.Dir(g.input), mark)
		if err := os.WriteFile(lock, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		g.write(t, "prompt\na\nb\n")
		sum := g.run(t)
		if !sum.Aside || filepath.Base(sum.Output) != "q.answers-2.csv" || !strings.Contains(sum.Note.String(), "open in a spreadsheet program") {
			t.Errorf("%s: output %s, note %q", mark, sum.Output, sum.Note)
		}
		if g.output(t) != before {
			t.Errorf("%s: the open file was changed", mark)
		}
		if got := jobstest.ReadFile(t, sum.Output); !strings.Contains(got, "answer to b") {
			t.Errorf("%s: beside it is\n%s", mark, got)
		}
		if err := os.Remove(lock); err != nil {
			t.Fatal(err)
		}
		if sum := g.run(t); sum.Aside || !strings.Contains(g.output(t), "answer to b") {
			t.Errorf("%s: after the program let go of it: %+v\n%s", mark, sum, g.output(t))
		}
	}
}

// So are an input that is opened during a run in place, and the file of long texts.
func TestFilesOpenedDuringTheRunAreWrittenAside(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*Job)
		mark   string
		want   string
	}{
		"in place": {inPlace, ".~lock.q.csv#", "q.answers.csv"},
		"long texts": {func(r *Job) { r.Settings.Output = filepath.Join(filepath.Dir(r.Input), "book.xlsx") },
			".~lock.book.long.jsonl#", "book-2.xlsx"},
	} {
		g := newRig(t, "q.csv", "prompt\na\n")
		g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			jobstest.WriteFile(t, filepath.Join(g.dir, tt.mark), "")
			return answer(strings.Repeat("long ", 10_000)), nil
		}
		long := filepath.Join(g.dir, "book.long.jsonl")
		if name == "long texts" {
			g.run(t, tt.change)
			g.write(t, "prompt\na\nb\n")
		}
		before := jobstest.ReadFile(t, g.input)
		sum := g.run(t, tt.change)
		if !sum.Aside || filepath.Base(sum.Output) != tt.want || !strings.Contains(sum.Note.String(), "open in a spreadsheet program") {
			t.Errorf("%s: output %s, note %q", name, sum.Output, sum.Note)
		}
		if jobstest.ReadFile(t, g.input) != before {
			t.Errorf("%s: the open file was changed", name)
		}
		if name == "long texts" && strings.Count(jobstest.ReadFile(t, long), "\n") != 1 {
			t.Errorf("%s: the open file was changed", name)
		}
	}
}

// A file of an output folder that another program has open is left to it.
func TestOpenFileOfAFolder(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,a\n2,b\n")
	folder := func(r *Job) {
		r.Settings.OutDir, r.Settings.OutName, r.Settings.Output = filepath.Join(g.dir, "answers"), "{{id}}", ""
	}
	g.run(t, folder)
	lock := filepath.Join(g.dir, "answers", ".~lock.1.md#")
	jobstest.WriteFile(t, lock, "")
	g.write(t, "id,prompt\n1,c\n2,d\n")
	if sum := g.run(t, folder); sum.FilesTaken != 1 || sum.FilesWritten != 1 {
		t.Errorf("%+v, want one file written and one left", sum.Folder)
	}
	if got := jobstest.ReadFile(t, filepath.Join(g.dir, "answers", "1.md")); got != "answer to a\n" {
		t.Errorf("the open file has %q", got)
	}
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	g.run(t, folder)
	if got := jobstest.ReadFile(t, filepath.Join(g.dir, "answers", "1.md")); got != "answer to c\n" {
		t.Errorf("afterwards the file has %q", got)
	}
}
