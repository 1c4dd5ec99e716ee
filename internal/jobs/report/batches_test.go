package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// batches answers batches as a biller answers requests, at half the price.
type batches struct {
	*biller
	mu    sync.Mutex // guards files
	files []string   // the results of each batch
}

func (b *batches) connect(context.Context, []string) (*jobs.Service, error) {
	return &jobs.Service{Ask: b.ask, Batches: b, Start: 4, Max: 4}, nil
}

func (b *batches) CreateBatch(ctx context.Context, m gigachat.BatchMethod, lines []byte, _ time.Duration) (*gigachat.Batch, error) {
	var results strings.Builder
	for line := range bytes.Lines(lines) {
		var in struct {
			ID      string          `json:"id"`
			Request json.RawMessage `json:"request"`
		}
		if err := json.Unmarshal(line, &in); err != nil {
			return nil, err
		}
		before := b.billed.Rubles
		r, err := b.ask(ctx, in.Request, 0)
		if err != nil {
			return nil, err
		}
		b.billed.Rubles = before + (b.billed.Rubles-before)/2
		usage, err := json.Marshal(r.Usage)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&results, `{"id":%q,"result":{"choices":[{"message":{"content":%q,"role":"assistant"},"index":0,"finish_reason":%q}],`+
			`"model":%q,"object":"chat.completion","usage":%s}}`+"\n", in.ID, r.Completion, r.FinishReason, r.Model, usage)
	}
	b.mu.Lock()
	b.files = append(b.files, results.String())
	id := fmt.Sprint(len(b.files) - 1)
	b.mu.Unlock()
	return b.Batch(ctx, id)
}

func (b *batches) Batch(_ context.Context, id string) (*gigachat.Batch, error) {
	return &gigachat.Batch{ID: id, Method: gigachat.BatchChat, Status: "completed", OutputFile: id}, nil
}

func (b *batches) Batches(context.Context) ([]gigachat.Batch, error) { return nil, nil }

func (b *batches) FileContent(_ context.Context, id string, w io.Writer) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var n int
	if _, err := fmt.Sscan(id, &n); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.files[n])
	return err
}

// Answers of batches cost half, the report says what that saved, and an answer that came twice is paid for twice.
func TestBatches(t *testing.T) {
	t.Parallel()
	input := filepath.Join(t.TempDir(), "q.csv")
	synctest.Test(t, func(t *testing.T) {
		b := &batches{biller: &biller{answer: func(*gigachat.ChatRequest) (string, string) { return "an answer", "stop" }}}
		run := func(rows int, via string) {
			t.Helper()
			var text strings.Builder
			for i := range rows {
				fmt.Fprintf(&text, "row %d\n", i)
			}
			jobstest.WriteFile(t, input, "text\n"+text.String())
			j := newJob(input, b.biller, column("completion", "{{text}}"))
			j.Connect, j.Limits.Via, j.Limits.Lines = b.connect, via, 3
			if _, err := j.Run(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
		run(2, task.ViaLive)
		if r := report(t, input); r.Saved.Batched != (Batch{}) || r.Spend.Wasted.Twice != (Spend{}) {
			t.Errorf("without batches: got %+v, %+v", r.Saved.Batched, r.Spend.Wasted)
		}
		live := b.billed.Rubles
		run(9, task.ViaBatch) // 7 more rows
		r := report(t, input)
		check(t, r, b.billed)
		half := b.billed.Rubles - live
		if got := r.Saved.Batched; got.Answers != 7 || got.Batches != 3 || got.Rubles != half || half == 0 {
			t.Errorf("got %+v, want 7 answers of 3 batches, and %v saved", got, half)
		}
		if len(r.Runs) != 2 || r.Runs[1].Limits.Via != task.ViaBatch || r.Traffic.Latency.Answers != 0 {
			t.Errorf("got runs %+v, latency %+v", r.Runs, r.Traffic.Latency)
		}

		j, err := journal.Open(spec.JournalPath(input))
		if err != nil {
			t.Fatal(err)
		}
		u := gigachat.Usage{PromptTokens: 100, CompletionTokens: 10, TotalTokens: 110}
		second := task.Result{State: task.Completed, Completion: "again", Model: "GigaChat-2:2.0.1", Usage: u, At: time.Now()}
		second.Batch = "3"
		if err := j.Spent(second); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		r = report(t, input)
		if got := r.Spend.Wasted; got.Twice.Answers != 1 || got.Twice.Rubles != 110*32_500 || got.Spent.Answers != 0 {
			t.Errorf("came twice: got %+v", got)
		}
		if r.Spend.Total.Rubles != b.billed.Rubles+110*32_500 || r.Saved.Batched.Answers != 8 || r.Saved.Batched.Batches != 4 {
			t.Errorf("got %+v of %v, saved %+v", r.Spend.Total, b.billed.Rubles, r.Saved.Batched)
		}
		for _, write := range []func(io.Writer) error{
			func(out io.Writer) error { return WriteText(out, messages.Printer{}, r) },
			func(out io.Writer) error { return WriteMarkdown(out, messages.Printer{}, r) },
			func(out io.Writer) error { return WriteHTML(out, messages.Printer{}, r) },
		} {
			var out strings.Builder
			if err := write(&out); err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{
				"8 answers came in 4 batches, at half the price: saved about ", "1 answer came twice, from a batch and live, and was paid for twice",
				"--via batch",
			} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in\n%s", want, out.String())
				}
			}
		}
		r, err = Make(t.Context(), input, "", priced(t, "model,input,output,cached,batch\nGigaChat-2,65,65,0,\n"))
		if err != nil {
			t.Fatal(err)
		}
		if r.Spend.Total.Unpriced != 8 || r.Spend.Total.Rubles != live || r.Saved.Batched.Rubles != 0 {
			t.Errorf("batches of an unknown price: got %+v, want %v", r.Spend.Total, live)
		}
		var out strings.Builder
		if err := WriteText(&out, messages.Printer{}, r); err != nil || !strings.Contains(out.String(), "8 answers came in 4 batches\n") {
			t.Errorf("error %v\n%s", err, out.String())
		}
	})
}

// The estimate of a run in batches says how many it needs and what they cost, and the report says the same afterwards.
func TestBatchesAsEstimated(t *testing.T) {
	t.Parallel()
	for name, repairs := range map[string]int{"no repair": 0, "a repair": 1} {
		input := filepath.Join(t.TempDir(), "q.csv")
		synctest.Test(t, func(t *testing.T) {
			b := &batches{biller: &biller{}}
			b.answer = func(r *gigachat.ChatRequest) (string, string) {
				if last := r.Messages[len(r.Messages)-1].Content; strings.Contains(last, "no fit") && len(r.Messages) == 1 {
					return "neither", "stop"
				}
				return "yes", "stop"
			}
			jobstest.WriteFile(t, input, "text\na\nb\nc\nd\ne\nf\n"+map[bool]string{true: "no fit", false: "g"}[repairs > 0]+"\n")
			most := 3
			yes, why, more := column("yes", "Is it? {{text}}"), column("why", "Why {{yes}}? {{text}}"), column("more", "More: {{text}}")
			yes.Choices, yes.Repairs = []string{"yes", "no"}, repairs
			yes.MaxTokens, why.MaxTokens, more.MaxTokens = &most, &most, &most
			job := func() *jobs.Job {
				j := newJob(input, b.biller, yes, why, more)
				j.Connect, j.Limits.Via, j.Limits.Lines = b.connect, task.ViaBatch, 3
				return j
			}
			_, e, err := job().Estimate(t.Context(), cost.Known(), 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := job().Run(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			in, n := e.InBatches, float64(len(b.files))
			if in == nil || n < in.Batches.Low || n > in.Batches.High || in.Rounds.Low != 2 || in.Rounds.High != float64(2+repairs) {
				t.Fatalf("%s: %v batches, estimated %+v", name, n, in)
			}
			r := report(t, input)
			check(t, r, b.billed)
			if e.Cost.Likely*2 != in.Live.Likely || in.Saved != e.Cost.Likely || r.Saved.Batched.Batches != len(b.files) {
				t.Errorf("%s: estimated %+v and %+v; the report has %+v", name, e.Cost, in, r.Saved.Batched)
			}
			if _, e, err = job().Estimate(t.Context(), cost.Known(), 0, nil); err != nil || e.InBatches != nil {
				t.Errorf("%s: afterwards, there is nothing to ask: %+v, error %v", name, e.InBatches, err)
			}
		})
	}
}

func priced(t *testing.T, text string) *cost.Prices {
	t.Helper()
	p, err := cost.Parse("p.csv", text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
