package publish

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/report"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// someReport is a report with a row of each kind.
func someReport() *report.Report {
	return &report.Report{Input: "q.csv", Made: time.Now(), Status: &jobs.Status{
		Tally: task.Tally{Rows: 3, Completed: 1, Failed: map[task.Cause]int{task.CauseRejected: 1}, Blocked: 1}, Journal: "q.csv.gigabatch",
		Troubles: []jobs.RowStatus{
			{Row: 2, Place: task.Place{Line: 3}, State: task.Failed, Cause: task.CauseRejected, Error: "chat: 422"},
			{Row: 3, Place: task.Place{Line: 4}, State: task.Blocked, Error: "blocked"},
		},
	}}
}

// TestOurs checks that a run replaces its own reports of every format and language, and nothing else: not a journal, whatever it is called.
func TestOurs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for _, language := range []messages.Language{messages.English, messages.Russian} {
		for _, format := range []string{"text", "json", "markdown", "html", "junit", "codequality"} {
			text, err := Format(format, messages.Printer{Language: language}, someReport())
			if err != nil {
				t.Fatal(err)
			}
			if err := Ours(put("report", text.String())); err != nil {
				t.Errorf("%s in %v: %v", format, language, err)
			}
		}
	}
	metrics := filepath.Join(dir, "m.prom")
	for range 2 {
		if err := WriteMetrics(metrics, Ended{Input: "q.csv", At: time.Now()}, someReport()); err != nil {
			t.Fatal(err)
		}
	}
	if err := Ours(metrics); err != nil {
		t.Error(err)
	}
	if err := Ours(put("empty", "")); err != nil {
		t.Error(err)
	}
	for name, text := range map[string]string{
		"journal":  `{"key":"00000000000000000000000000000000","state":"manifest","version":"gigabatch","last_run_started":"x"}` + "\n",
		"notes.md": "# Notes\nWe use gigabatch.\n", "table.csv": "id,text\n1,gigabatch\n", "other.xml": `<testsuites name="pytest"/>`,
		"churn.md": "# Report on churn\n\nAs of May, the journal Retail says so.\n", "churn.txt": "Report on churn\n", "russian.md": "# Отчёт по файлу продаж\n\nВажный текст\n",
	} {
		if err := Ours(put(name, text)); err == nil {
			t.Errorf("%s would be replaced", name)
		}
	}
	if err := Ours(metrics, metrics); err == nil {
		t.Error("a file of the run would be replaced")
	}
}

// TestOursDoesNotWait checks that no pipe is opened, whose other end would have to be opened, too.
func TestOursDoesNotWait(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	name := fmt.Sprintf("/dev/fd/%d", w.Fd())
	if _, err := os.Stat(name); err != nil {
		t.Skip("no names for open files")
	}
	if err := Ours(name); err == nil {
		t.Error("a pipe would be replaced")
	}
}

// TestMetricsOfAnyName checks that the name of an input, which need not be UTF-8, becomes a label.
func TestMetricsOfAnyName(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "m.prom")
	for range 2 {
		if err := WriteMetrics(name, Ended{Input: "\xcf\xf0.csv", At: time.Now()}, someReport()); err != nil {
			t.Fatal(err)
		}
	}
	if text, _ := os.ReadFile(name); !strings.Contains(string(text), `input="�.csv"`) {
		t.Errorf("got %s", text)
	}
}

// TestJUnit checks the cases, their types and the escaping.
func TestJUnit(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	r := someReport()
	r.Troubles[0].Error = "a \x00 <b> & \"c\"\x1b[31m"
	if err := report.WriteJUnit(&b, messages.Printer{}, "q.csv", r, "the <network> is down"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`tests="4" failures="2" errors="1"`, `<error type="run" message="the &lt;network&gt; is down">`, `<failure type="rejected" message="rejected: a � &lt;b&gt; &amp; &#34;c&#34;�[31m">`,
		`<failure type="blocked" message="blocked">`, `<testcase name="1 row completed" classname="q.csv">`, `name="row 3" classname="q.csv" file="q.csv" line="3"`,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %s:\n%s", want, b.String())
		}
	}
}
