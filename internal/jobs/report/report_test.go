package report

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/control"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// biller is a service that knows what it charged.
type biller struct {
	answer func(r *gigachat.ChatRequest) (text, finish string)
	delay  time.Duration

	mu     sync.Mutex // guards all below
	billed Spend
}

func (b *biller) connect(context.Context, []string) (*jobs.Service, error) {
	return &jobs.Service{Ask: b.ask, Start: 4, Max: 4}, nil
}

func (b *biller) ask(_ context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
	r := &gigachat.ChatRequest{}
	if err := json.Unmarshal(body, r); err != nil {
		return nil, err
	}
	time.Sleep(b.delay)
	b.mu.Lock()
	defer b.mu.Unlock()
	text, finish := b.answer(r)
	if finish == "500" {
		return nil, &gigachat.Error{Kind: gigachat.KindServer, Status: 500}
	}
	u := gigachat.Usage{PromptTokens: len(body), CompletionTokens: len(text), TotalTokens: len(body) + len(text), CachedTokens: 3}
	line, _ := cost.Known().Of(r.Model)
	b.billed.add(Spend{
		Answers: 1, PromptTokens: int64(len(body)), CompletionTokens: int64(len(text)), CachedTokens: 3, Rubles: line.Price.Of(u),
	})
	return &gigachat.ChatResponse{Completion: text, FinishReason: finish, Model: r.Model + ":2.0.1", Usage: u}, nil
}

func newJob(input string, b *biller, columns ...spec.Column) *jobs.Job {
	j := &jobs.Job{
		Input: input, Connect: b.connect, Limits: task.Limits{MaxAttempts: 2, KeepGoing: true},
		Settings: spec.Settings{OutputColumns: spec.DefaultOutputColumns, Output: spec.OutputPath(input, false)},
	}
	if len(columns) == 1 {
		j.Settings.Column = columns[0]
	} else {
		j.Settings.Columns = columns
	}
	return j
}

func column(name, prompt string) spec.Column {
	return spec.Column{CompletionColumn: name, Prompt: prompt, Params: spec.Params{Model: "GigaChat-2"}}
}

// check fails unless the report adds up in every way that it divides the costs, and to what the service charged.
func check(t *testing.T, r *Report, billed Spend) {
	t.Helper()
	var models, columns, runs Spend
	for _, m := range r.Spend.Models {
		models.add(m.Spend)
	}
	columns.add(r.Spend.Other)
	for _, c := range r.Spend.Columns {
		columns.add(c.Spend)
	}
	for _, run := range r.Runs {
		runs.add(run.Spend)
	}
	for what, got := range map[string]Spend{"total": r.Spend.Total, "models": models, "columns": columns, "runs": runs} {
		if got != billed {
			t.Errorf("%s: got %+v, want the %+v that were charged", what, got, billed)
		}
	}
	if o := r.Spend.Other; o.Answers < 0 || o.PromptTokens < 0 {
		t.Errorf("other: got %+v", o)
	}
}

func report(t *testing.T, input string) *Report {
	t.Helper()
	r, err := Make(t.Context(), input, "", cost.Known())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Whatever runs come one after the other, with other rows, prompts and models, with failures, empty answers and repairs, the report adds up
// to what the service charged.
func TestAddsUp(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			input := filepath.Join(t.TempDir(), "q.csv")
			synctest.Test(t, func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(seed, 16))
				b := &biller{}
				b.answer = func(*gigachat.ChatRequest) (string, string) {
					switch rnd.IntN(12) {
					case 0:
						return "", "stop" // empty
					case 1:
						return "cut o", "length"
					case 2:
						return "", "blacklist"
					case 3:
						return "", "500"
					case 4, 5:
						return "neither", "stop"
					}
					return []string{"yes", "no"}[rnd.IntN(2)], "stop"
				}
				rows := []string{}
				for n := range 4 + rnd.IntN(4) {
					for range 1 + rnd.IntN(3) {
						rows = append(rows, fmt.Sprintf("%d", rnd.IntN(12)))
					}
					jobstest.WriteFile(t, input, "id,text\n1,"+strings.Join(rows, "\n1,")+"\n")
					yes := column("yes", []string{"Is it? {{text}}", "Is it really? {{text}}"}[rnd.IntN(4)/3])
					yes.Choices, yes.Repairs = []string{"yes", "no"}, rnd.IntN(3)
					why := column("why", "Why {{yes}}? {{text}}")
					why.Model = []string{"GigaChat-2-Max", "GigaChat-2-Pro"}[rnd.IntN(4)/3]
					j := newJob(input, b, yes, why)
					j.Fresh, j.RetryFailed = n > 0 && rnd.IntN(5) == 0, rnd.IntN(3) == 0
					j.Settings.NoDedupe = rnd.IntN(4) == 0
					if rnd.IntN(4) == 0 {
						j.Settings.Limit = 3
					}
					if _, err := j.Run(t.Context(), nil); err != nil && !errors.As(err, new(*gigachat.Error)) {
						t.Logf("run %d: %v", n+1, err)
					}
				}
				r := report(t, input)
				check(t, r, b.billed)

				// A run that was killed leaves a part of the journal. The report adds up then, too.
				journal := spec.JournalPath(input)
				text := jobstest.ReadFile(t, journal)
				first := strings.IndexByte(text, '\n') + 1
				jobstest.WriteFile(t, journal, text[:first+rnd.IntN(len(text)-first)])
				r = report(t, input)
				check(t, r, r.Spend.Total)
				if r.Spend.Total.Answers > b.billed.Answers {
					t.Errorf("got %+v, more than the %+v that were charged", r.Spend.Total, b.billed)
				}
			})
		})
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	input := filepath.Join(t.TempDir(), "q.csv")
	synctest.Test(t, func(t *testing.T) {
		tries := map[string]int{}
		b := &biller{delay: 2 * time.Second}
		b.answer = func(r *gigachat.ChatRequest) (string, string) {
			prompt := r.Messages[len(r.Messages)-1].Content
			tries[prompt]++
			switch {
			case prompt == "blocked":
				return "", "blacklist"
			case prompt == "cut":
				return "begun", "length"
			case prompt == "empty" && tries[prompt] == 1:
				return "", "stop"
			}
			return "answer to " + prompt, "stop"
		}
		jobstest.WriteFile(t, input, "text\nsame\nother\n\nsame\nsame\nblocked\nempty\n")
		j := newJob(input, b, column("completion", "{{text}}"))
		if _, err := j.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		jobstest.WriteFile(t, input, "text\nsame\nsame\nsame\nblocked\nempty\ncut\n")
		if _, err := newJob(input, b, column("completion", "{{text}}")).Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		r := report(t, input)
		check(t, r, b.billed)
		if r.Rows != 6 || r.Completed != 5 || r.Blocked != 1 || *r.Status.Truncated != 1 || r.FromJournal != 5 {
			t.Errorf("got %+v", r.Tally)
		}
		if r.Saved.Shared.Answers != 2 || r.Saved.Earlier.Answers != 2 {
			t.Errorf("saved: got %+v", r.Saved)
		}
		w := r.Spend.Wasted
		if w.Spent.Answers != 1 || w.Failed.Answers != 1 || w.Replaced.Answers != 1 {
			t.Errorf("wasted: got %+v", w)
		}
		var text bytes.Buffer
		if err := WriteMarkdown(&text, messages.Printer{}, r); err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(text.String(), "Thrown away")
		lost, kept, _ := strings.Cut(after, "Answers of other versions")
		if !strings.Contains(lost, "failed or were blocked") || strings.Contains(lost, "row") || !strings.Contains(kept, "are kept") {
			t.Errorf("what is lost and what is kept:\n%s", after)
		}
		if len(r.Cut) != 1 || r.Cut[0].Line != 7 || len(r.Troubles) != 1 || r.Troubles[0].Line != 5 {
			t.Errorf("got troubles %+v, truncated %+v", r.Troubles, r.Cut)
		}
		if len(r.Runs) != 2 || r.Runs[0].Requests != 5 || r.Runs[1].Requests != 1 || r.Runs[1].State != task.RunCompleted ||
			r.Traffic.Retries != 1 {
			t.Errorf("got runs %+v, traffic %+v", r.Runs, r.Traffic)
		}
		if l := r.Traffic.Latency; l.Answers != 4 || l.P50 != 2000 || l.Max != 2000 {
			t.Errorf("latency: got %+v", l)
		}
		if len(r.Prices) != 1 || r.Prices[0].Model != "GigaChat-2" {
			t.Errorf("got prices %+v", r.Prices)
		}
	})
}

// Of a journal with several inputs, the runs of one input count, and what its rows have from the others.
func TestSharedJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one, two := filepath.Join(dir, "1.csv"), filepath.Join(dir, "2.csv")
	synctest.Test(t, func(t *testing.T) {
		b := &biller{answer: func(*gigachat.ChatRequest) (string, string) { return "yes", "stop" }}
		var billed [2]Spend
		jobstest.WriteFile(t, one, "text\nboth\nfirst\nother first\n")
		jobstest.WriteFile(t, two, "text\nsecond\nboth\n")
		for i, input := range []string{one, two} {
			j := newJob(input, b, column("completion", "{{text}}"))
			j.Journal = filepath.Join(dir, "shared.gigabatch")
			if _, err := j.Run(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			billed[i] = b.billed
		}
		for i, input := range []string{one, two} {
			r, err := Make(t.Context(), input, filepath.Join(dir, "shared.gigabatch"), cost.Known())
			if err != nil {
				t.Fatal(err)
			}
			want := billed[0]
			if i == 1 { // its own row, and the one that the other input has asked
				want = Spend{Answers: 2}
			}
			if got := r.Spend.Total; got.Answers != want.Answers || r.Spend.Wasted.Replaced.Answers != 0 || len(r.Runs) != i+1 {
				t.Errorf("%s: got %+v in %d runs, want %+v", input, r.Spend, len(r.Runs), want)
			}
			check(t, r, r.Spend.Total)
		}
	})
}

func TestRates(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }
	runs := []Run{
		{Number: 1, Started: began, points: []point{{at: began}, {at(10), Work{Requests: 20}}, {at(20), Work{Requests: 20, Refused: 5}}}},
		{Number: 2, Started: at(900), points: []point{{at: at(900)}}}, // killed at once
		{Number: 3, Started: at(1000), points: []point{{at: at(1000)}, {at(1005), Work{Requests: 5}}}},
	}
	r := newRate(runs)
	if r == nil || r.Seconds != 1 || len(r.Runs) != 2 || len(r.Runs[0].Requests) != 20 || r.Runs[1].Number != 3 {
		t.Fatalf("got %+v", r)
	}
	if got := r.Runs[0]; got.Requests[0] != 120 || got.Requests[15] != 0 || got.Refused[3] != 0 || got.Refused[15] != 30 {
		t.Errorf("got %+v", got)
	}
	if mean, most := r.of(); mean != 60 || most != 120 {
		t.Errorf("got mean %v, most %v", mean, most)
	}
	if newRate(runs[1:2]) != nil {
		t.Error("a run without progress has a rate")
	}
	long := []Run{{Number: 1, Started: began, points: []point{{at: began}, {at(86400 * 30), Work{Requests: 100}}}}}
	if r := newRate(long); len(r.Runs[0].Requests) != 90 {
		t.Errorf("got %d numbers for 30 days", len(r.Runs[0].Requests))
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	var all []uint32
	for i := range 1000 {
		all = append(all, uint32(1000-i))
	}
	if l := newLatency(all); l.P50 != 500 || l.P90 != 900 || l.P99 != 990 || l.Max != 1000 {
		t.Errorf("got %+v", l)
	}
	if l := newLatency([]uint32{7}); l.P50 != 7 || l.P99 != 7 || l.Max != 7 {
		t.Errorf("got %+v", l)
	}
	if l := newLatency(nil); l.Max != 0 {
		t.Errorf("got %+v", l)
	}
}

// strange is a report whose texts are not ours: of the input, the job and the service.
func strange(t *testing.T) *Report {
	t.Helper()
	const evil = "<script>alert(1)</script>|**x**\n`&\"'"
	status := &jobs.Status{Tally: task.NewTally([]string{evil}, []string{evil}), Journal: evil + ".gigabatch"}
	status.Tally.Add([]task.Outcome{{State: task.Failed, Cause: task.CauseRejected}})
	status.Values[0].Add(evil)
	status.Values[0].Add("other")
	status.Troubles = []jobs.RowStatus{{Place: task.Place{Line: 2, Path: evil}, Column: evil, State: task.Failed, Cause: task.CauseRejected, Error: evil}}
	status.Sandbox, status.LastEnd.Error = true, evil
	r := &Report{Input: evil, Status: status, Made: time.Now()}
	r.Spend.Models = []Named{{evil, Spend{Answers: 1, PromptTokens: 5}}}
	r.Spend.Columns = []Named{{evil, Spend{Answers: 1, PromptTokens: 5}}, {"b", Spend{Answers: 1, PromptTokens: 9}}}
	var elapsed []uint32
	for i := range uint32(200) {
		elapsed = append(elapsed, 100+i*i)
	}
	r.Traffic.Latency = newLatency(elapsed)
	r.Runs = []Run{{Number: 1, Started: r.Made, points: []point{{at: r.Made}, {r.Made.Add(time.Minute), Work{Requests: 50, Refused: 2}}}}}
	r.Traffic.Rate = newRate(r.Runs)
	return r
}

// Texts of the input or of the service are data in every format.
func TestForeignTexts(t *testing.T) {
	t.Parallel()
	r := strange(t)
	for _, language := range []messages.Language{messages.English, messages.Russian} {
		p := messages.Printer{Language: language}
		var page, text, md bytes.Buffer
		if err := errors.Join(WriteHTML(&page, p, r), WriteText(&text, p, r), WriteMarkdown(&md, p, r)); err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"<script", "javascript:", "http:", "https:", "src=", "href=", "ZgotmplZ", "%!", "NaN", "Inf"} {
			if strings.Contains(page.String(), part) {
				t.Errorf("%v: the page has %q", language, part)
			}
		}
		if strings.Contains(md.String(), "<script") || strings.Contains(md.String(), "**x**") {
			t.Errorf("%v: Markdown has the text as it is", language)
		}
		if strings.Contains(text.String(), "x**\n") {
			t.Errorf("%v: a text of two lines has two lines", language)
		}
		for line := range strings.Lines(md.String()) {
			if bars := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); bars > 0 && !strings.HasPrefix(line, "|") {
				t.Errorf("%v: got the line %q", language, line)
			}
		}
	}
}

// A long table of answers is cut, and what is left is counted.
func TestManyAnswers(t *testing.T) {
	t.Parallel()
	status := &jobs.Status{Tally: task.NewTally(nil, []string{"topic"})}
	for i := range 30 {
		status.Values[0].Add(fmt.Sprintf("topic %d", i))
	}
	var text, page bytes.Buffer
	r := &Report{Status: status}
	if err := errors.Join(WriteText(&text, messages.Printer{}, r), WriteHTML(&page, messages.Printer{}, r)); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(text.String(), "  topic "); got != 20 || !strings.Contains(text.String(), "and 10 more") {
		t.Errorf("got %d of 30 answers:\n%s", got, text.String())
	}
	if got := strings.Count(page.String(), "<td>topic "); got != 30 {
		t.Errorf("the page has %d of 30 answers", got)
	}
}

// Each chart of the page has a name, and its numbers are also in a table. The page is well formed.
func TestPage(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	if err := WriteHTML(&page, messages.Printer{}, strange(t)); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(bytes.NewReader(page.Bytes()))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	charts, tables, ids := 0, 0, map[string]bool{}
	var wants []string
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attributes := map[string]string{}
		for _, a := range start.Attr {
			attributes[a.Name.Local] = a.Value
		}
		if id := attributes["id"]; id != "" {
			ids[id] = true
		}
		switch start.Name.Local {
		case "svg":
			charts++
			if attributes["role"] != "img" {
				t.Errorf("got a chart with %v", attributes)
			}
			wants = append(wants, attributes["aria-labelledby"])
		case "table":
			tables++
		}
	}
	if charts < 5 || tables < charts {
		t.Errorf("got %d charts and %d tables", charts, tables)
	}
	for _, id := range wants {
		if !ids[id] {
			t.Errorf("no title %q", id)
		}
	}
}

// The report compares what a run has spent with its budget as gigabatch ctl has changed it.
func TestChangedBudget(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sockets, err := os.MkdirTemp("", "ctl") // with a short path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(sockets) })
	input, folders := filepath.Join(dir, "q.csv"), []string{filepath.Join(sockets, "run")}
	jobstest.WriteFile(t, input, "prompt\na\nb\n")
	var once sync.Once
	b := &biller{answer: func(*gigachat.ChatRequest) (string, string) {
		once.Do(func() {
			r := control.Request{Do: control.Budget, Budget: 70 * cost.Ruble}
			if _, err := control.Ask(spec.JournalPath(input), folders, r, 10*time.Second); err != nil {
				t.Error(err)
			}
		})
		return "yes", "stop"
	}}
	most := 100
	c := column("answer", "{{prompt}}")
	c.MaxTokens = &most
	j := newJob(input, b, c)
	j.Limits.Cost, j.Control = 50*cost.Ruble, jobs.Control{Folders: folders, Drain: func() {}}
	if _, err := j.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	r := report(t, input)
	var text bytes.Buffer
	if err := WriteText(&text, messages.Printer{}, r); err != nil {
		t.Fatal(err)
	}
	if r.Runs[0].Limits.Cost != 70*cost.Ruble || !strings.Contains(text.String(), "70.00 ₽ (") {
		t.Errorf("the budget is %v:\n%s", r.Runs[0].Limits.Cost, text.String())
	}
}
