package jobs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table/tabletest"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// appendText appends to a file as a program that logs does: without replacing it.
func appendText(t *testing.T, name, text string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// growing makes the input grow by a row, as line formats it, with each of the first n requests.
func growing(t *testing.T, g *rig, n int, line func(i int) string) {
	var mu sync.Mutex
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		mu.Lock()
		defer mu.Unlock()
		if n > 0 {
			appendText(t, g.input, line(n))
			n--
		}
		return nil, nil
	}
}

func csvLine(i int) string   { return fmt.Sprintf("new %d\n", i) }
func jsonlLine(i int) string { return fmt.Sprintf(`{"prompt":"new %d","extra":%d}`+"\n", i, i) }

// onceEach fails if a prompt was asked twice.
func (g *rig) onceEach(t *testing.T, want int) {
	t.Helper()
	asked := map[string]int{}
	for _, p := range g.takeAsked() {
		if asked[p]++; asked[p] > 1 {
			t.Errorf("%q was asked %d times", p, asked[p])
		}
	}
	if len(asked) != want {
		t.Errorf("%d prompts were asked, want %d", len(asked), want)
	}
}

func manyRows(n int, line func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i))
	}
	return b.String()
}

// Every request makes the input grow, and no plan is thrown back for it.
func TestGrowingInputIsAskedToItsEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		head string
		old  func(i int) string
		line func(i int) string
	}{
		"q.csv":   {"prompt\n", func(i int) string { return fmt.Sprintf("old %d\n", i) }, csvLine},
		"q.jsonl": {"", func(i int) string { return fmt.Sprintf(`{"prompt":"old %d"}`+"\n", i) }, jsonlLine},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, concurrency := range []int{1, 8} {
				g := newRig(t, name, c.head+manyRows(40, c.old))
				growing(t, g, 60, c.line)
				plans := 0
				sum := g.run(t, func(r *Job) {
					r.Limits.Concurrency = concurrency
					r.Planned = func(*Plan) { plans++ }
				})
				if sum.Completed != 100 || sum.Pending != 0 || plans > 4 {
					t.Errorf("%d at once: %d completed, %d pending after %d plans; want 100, 0 and at most 4",
						concurrency, sum.Completed, sum.Pending, plans)
				}
				g.onceEach(t, 100)
			}
		})
	}
}

// The output of a round is written before the next one, with the rows that came later as pending.
func TestEachRoundOfAGrowingInputIsWritten(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	var during string
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		switch p {
		case "a":
			appendText(t, g.input, "c\n")
		case "c":
			during = g.output(t)
		}
		return nil, nil
	}
	g.run(t, oneAtATime)
	if want := "prompt,completion,finish_reason,error\na,answer to a,stop,\nb,answer to b,stop,\nc,,,pending\n"; during != want {
		t.Errorf("in the second round, the output is\n%s\nwant\n%s", during, want)
	}
	if got := g.output(t); !strings.Contains(got, "c,answer to c,stop,") {
		t.Errorf("output\n%s", got)
	}
}

func TestRowsAfterTheLastRoundAreForTheNextRun(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	growing(t, g, 1000, csvLine)
	sum := g.run(t, oneAtATime, func(r *Job) { r.Limits.MaxRounds = 3 })
	if sum.Completed != 3 || sum.Pending != 1 || !sum.Growing {
		t.Errorf("%d completed, %d pending, growing %t; want 3, 1, true", sum.Completed, sum.Pending, sum.Growing)
	}
	if st, err := ReadStatus(g.input, ""); err != nil || st.State != task.RunCompleted || st.Pending != 1 {
		t.Errorf("status %+v, %v; want a run that has ended", st, err)
	}
	g.AnswerFunc = nil
	sum = g.run(t)
	if sum.Completed != 4 || sum.Pending != 0 || sum.Growing {
		t.Errorf("next run: %d completed, %d pending, growing %t; want 4, 0, false", sum.Completed, sum.Pending, sum.Growing)
	}
	g.onceEach(t, 4)
}

// A row that changes while others are asked waits for the next round. The others are asked in this one, although every request changes a
// row.
func TestChangedRowIsAskedInTheNextRound(t *testing.T) {
	t.Parallel()
	rows := make([]string, 30)
	for i := range rows {
		rows[i] = fmt.Sprintf("%d,new", i)
	}
	content := func() string { return "prompt,status\n" + strings.Join(rows, "\n") + "\n" }
	g := newRig(t, "q.csv", content())
	n := 0
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if n < len(rows) {
			rows[n] = fmt.Sprintf("%d,seen%s", n, strings.Repeat("!", n))
			n++
			g.write(t, content())
		}
		return nil, nil
	}
	sum := g.run(t, oneAtATime, withPrompt("{{prompt}}"))
	if sum.Completed != 30 || sum.Pending != 0 {
		t.Errorf("%d completed, %d pending; want 30 and 0", sum.Completed, sum.Pending)
	}
	g.onceEach(t, 30)
}

// TestRowThatChangesWhileItWaitsForItsSlot checks that a row is asked as it is when its request starts. The next row is read before there
// is room for it, because no other is in progress.
func TestRowThatChangesWhileItWaitsForItsSlot(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if p == "a" {
			time.AfterFunc(150*time.Millisecond, func() { g.write(t, "prompt\na\nnew\nc\n") })
		}
		return nil, nil
	}
	sum := g.run(t, func(j *Job) { j.Limits.RPM = 200 })
	if sum.Completed != 3 || sum.Pending != 0 {
		t.Errorf("%d completed, %d pending; want 3 and 0", sum.Completed, sum.Pending)
	}
	g.wantAsked(t, "a c new")
}

func TestInsertedAndDeletedRowsOfThisRound(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\nd\n")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if p == "a" {
			jobstest.WriteFile(t, g.input+".new", "prompt\nx\na\nd\nb\n")
			if err := os.Rename(g.input+".new", g.input); err != nil {
				t.Error(err)
			}
		}
		return nil, nil
	}
	g.run(t, oneAtATime)
	g.wantAsked(t, "a b d x") // c is gone
}

func TestAnswersToAGrowingInputAreWrittenAside(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	growing(t, g, 1, csvLine)
	sum := g.run(t, oneAtATime, inPlace)
	if got := jobstest.ReadFile(t, g.input); got != "prompt\na\nb\nnew 1\n" {
		t.Errorf("input\n%s", got)
	}
	if sum.Completed != 3 || !sum.Aside || sum.Output != spec.OutputPath(g.input, false) {
		t.Errorf("%d completed, aside %t, output %s", sum.Completed, sum.Aside, sum.Output)
	}
	g.AnswerFunc = nil
	g.takeAsked()
	g.run(t, inPlace)
	g.wantAsked(t, "")
	if got := jobstest.ReadFile(t, g.input); !strings.Contains(got, "new 1,answer to new 1,stop,") {
		t.Errorf("input after the next run\n%s", got)
	}
}

// Rows that come while the output is written are in it as pending, or not at all: it is the file as one pass read it.
func TestInputThatGrowsWhileTheOutputIsWritten(t *testing.T) {
	t.Parallel()
	for stage, most := range map[string]int{"opened": 2, "read": 1} {
		g := newRig(t, "q.csv", "prompt\na\nb\n")
		passes := 0
		sum := g.run(t, func(r *Job) {
			r.tests.reached = func(at string) {
				if at == stage {
					passes++
					appendText(t, g.input, csvLine(passes))
				}
			}
		})
		if passes > most || !sum.Note.IsZero() {
			t.Errorf("%s: %d passes, note %q; want %d and none", stage, passes, sum.Note, most)
		}
		if got := g.output(t); !strings.HasPrefix(got, "prompt,completion,finish_reason,error\na,answer to a,stop,\nb,answer to b,stop,\n") {
			t.Errorf("%s: output\n%s", stage, got)
		}
	}
}

// Half a row at the end of a file that grows waits until it is complete.
func TestHalfARowIsNotAsked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ start, half, rest string }{
		"q.csv":   {"prompt\na\nb\n", "c\nhal", "f a row\n"},
		"r.csv":   {"prompt\na\nb\n", "c\n\"hal\n", "f a row\"\n"},
		"q.jsonl": {"{\"prompt\":\"a\"}\n{\"prompt\":\"b\"}\n", "{\"prompt\":\"c\"}\n{\"prompt\":\"hal", "f a row\"}\n"},
	} {
		g := newRig(t, name, c.start)
		g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			if p == "a" {
				appendText(t, g.input, c.half)
			}
			return nil, nil
		}
		sum := g.run(t, oneAtATime)
		g.wantAsked(t, "a b c")
		if sum.Completed != 3 {
			t.Errorf("%s: %d completed, %d pending", name, sum.Completed, sum.Pending)
		}
		appendText(t, g.input, c.rest)
		g.run(t)
		if asked := g.takeAsked(); len(asked) != 1 || !strings.HasPrefix(asked[0], "hal") || !strings.HasSuffix(asked[0], "f a row") {
			t.Errorf("%s: then asked %q", name, asked)
		}
	}
}

// The output of a JSONL file whose last line is not complete yet has whole lines only.
func TestIncompleteLastLineIsLeftOut(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.jsonl", `{"prompt":"a"}`+"\n"+`{"prompt":"b`)
	sum := g.run(t)
	if got := g.output(t); sum.Rows != 1 || strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, "}\n") || g.plan.Faults != 1 {
		t.Errorf("%d rows, %d faults, output %q", sum.Rows, g.plan.Faults, got)
	}
	g.run(t, inPlace) // another program is writing the file
	if got := jobstest.ReadFile(t, g.input); got != `{"prompt":"a"}`+"\n"+`{"prompt":"b` {
		t.Errorf("input %q", got)
	}
}

func TestFolderThatGrowsIsAskedToItsEnd(t *testing.T) {
	t.Parallel()
	g := newRig(t, "x", "")
	docs := filepath.Join(g.dir, "docs")
	if err := os.Mkdir(docs, 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		jobstest.WriteFile(t, filepath.Join(docs, fmt.Sprintf("%d.txt", i)), fmt.Sprintf("old %d", i))
	}
	n := 0
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if n < 8 {
			n++
			jobstest.WriteFile(t, filepath.Join(docs, fmt.Sprintf("0-%d.txt", n)), fmt.Sprintf("new %d", n))
		}
		return nil, nil
	}
	sum := g.run(t, oneAtATime, func(r *Job) {
		r.Settings.Documents, r.Input = []string{docs}, filepath.Join(g.dir, "out.csv")
		r.Settings.Output, r.Settings.Prompt = r.Input, "{{content}}"
	})
	if sum.Completed != 18 || sum.Pending != 0 {
		t.Errorf("%d completed, %d pending; want 18 and 0", sum.Completed, sum.Pending)
	}
	g.onceEach(t, 18)
}

// A preview asks its rows once, whatever happens to the input meanwhile.
func TestPreviewOfAGrowingInput(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\nd\n")
	growing(t, g, 100, csvLine)
	samples, _, err := g.new(oneAtATime).Preview(context.Background(), nil, 2)
	if err != nil || len(samples) != 2 {
		t.Errorf("%d samples, %v", len(samples), err)
	}
	g.wantAsked(t, "a c")
}

// A workbook is replaced as a whole by a spreadsheet program: its rows are compared, not its bytes.
func TestWorkbookThatIsSavedWithMoreRows(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.xlsx", "")
	rows := tabletest.Grid{{"prompt"}, {"a"}, {"b"}, {"c"}}
	tabletest.WriteXLSX(t, g.input, rows)
	plans := 0
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if p == "a" {
			saved := filepath.Join(g.dir, "saved.xlsx")
			tabletest.WriteXLSX(t, saved, append(rows, []string{"d"}))
			if err := os.Rename(saved, g.input); err != nil {
				t.Error(err)
			}
		}
		return nil, nil
	}
	sum := g.run(t, oneAtATime, func(r *Job) { r.Planned = func(*Plan) { plans++ } })
	if sum.Completed != 4 || sum.Pending != 0 || plans != 2 {
		t.Errorf("%d completed, %d pending, %d plans; want 4, 0 and 2", sum.Completed, sum.Pending, plans)
	}
	g.onceEach(t, 4)
}

// Half a character at the end of a file does not make it a file in another encoding.
func TestHalfACharacterKeepsTheEncoding(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "вопрос,id\nпервый,1\nвторой,2\n")
	half := "третий"[:3]
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if p == "первый" {
			appendText(t, g.input, half)
		}
		return nil, nil
	}
	g.run(t, oneAtATime, withPrompt("{{вопрос}}"))
	g.wantAsked(t, "второй первый")
	g.run(t, withPrompt("{{вопрос}}"), limited(2))
	g.wantAsked(t, "")
}

// Whatever is asked, each row of a growing input is asked as often as without growth.
func TestGrowingInputInOtherWays(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Job){
		"fresh": fresh,
		"several columns": func(r *Job) {
			r.Settings.Columns = []spec.Column{
				{CompletionColumn: "one", Prompt: "{{prompt}}", Params: r.Settings.Params},
				{CompletionColumn: "two", Prompt: "two of {{one}}", Params: r.Settings.Params},
			}
			r.Settings.OutputColumns = spec.DefaultValueColumns
		},
		"where":     func(r *Job) { r.Settings.Where = []string{"prompt!=none"} },
		"no dedupe": noDedupe,
	} {
		g := newRig(t, "q.csv", "prompt\n"+manyRows(10, func(i int) string { return fmt.Sprintf("old %d\n", i) }))
		if name == "fresh" {
			g.run(t)
			g.takeAsked()
		}
		growing(t, g, 10, csvLine)
		sum := g.run(t, change, oneAtATime)
		want := 20
		if name == "several columns" {
			want = 40
		}
		if sum.Completed != 20 || sum.Pending != 0 {
			t.Errorf("%s: %d completed, %d pending; want 20 and 0", name, sum.Completed, sum.Pending)
		}
		g.onceEach(t, want)
	}
}

// With --no-dedupe, each of several equal rows has its own answer, also those that come later.
func TestEqualRowsThatComeLater(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\na\n")
	growing(t, g, 2, func(int) string { return "a\n" })
	sum := g.run(t, noDedupe, oneAtATime)
	g.wantAsked(t, "a a a a")
	if sum.Completed != 4 {
		t.Errorf("%d completed", sum.Completed)
	}
	g.run(t, noDedupe)
	g.wantAsked(t, "")
}

// A file that is being replaced is missing, or half a workbook, for a moment.
func TestInputThatIsMissingForAMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t, "q.csv", "prompt\na\nb\n")
		g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			if p == "a" {
				if err := os.Remove(g.input); err != nil {
					t.Error(err)
				}
				time.AfterFunc(300*time.Millisecond, func() { g.write(t, "prompt\na\nb\nc\n") })
			}
			return nil, nil
		}
		if sum := g.run(t, oneAtATime); sum.Completed != 3 {
			t.Errorf("summary %+v; want three completed", sum)
		}
		g.wantAsked(t, "a b c")
	})
}

// What an earlier round has said of the output, the summary says, too.
func TestSummaryOfSeveralRounds(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Job){
		"encoding": func(r *Job) { r.Settings.Encoding = "windows-1251" },
		"folder":   func(r *Job) { r.Settings.OutDir = filepath.Join(filepath.Dir(r.Input), "out") },
	} {
		g := newRig(t, "q.csv", "prompt\na\n")
		g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			appendText(t, g.input, "\r\n\n") // no row
			return answer("☃"), nil
		}
		sum := g.run(t, oneAtATime, change)
		if sum.Completed != 1 || sum.Unchanged {
			t.Errorf("%s: %d completed, unchanged %t", name, sum.Completed, sum.Unchanged)
		}
		if name == "folder" && sum.FilesWritten != 1 || name == "encoding" && !strings.Contains(sum.Note.String(), "UTF-8 with BOM") {
			t.Errorf("%s: note %q, %d files written", name, sum.Note, sum.FilesWritten)
		}
	}
}
