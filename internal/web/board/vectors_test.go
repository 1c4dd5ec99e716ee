package board

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// TestVectors shows a run of the command line that makes vectors, whose texts are partly refused for lack of tokens, and goes on with it.
func TestVectors(t *testing.T) {
	t.Parallel()
	var asked []string
	empty := true
	embed := func(_ context.Context, body []byte, _ time.Duration) (*gigachat.EmbeddingResponse, error) {
		var r struct{ Input []string }
		if err := json.Unmarshal(body, &r); err != nil {
			return nil, err
		}
		if empty && len(asked) > 0 {
			return nil, &gigachat.Error{Op: "embeddings", Kind: gigachat.KindPayment, Status: 402}
		}
		asked = append(asked, r.Input...)
		a := &gigachat.EmbeddingResponse{Model: "EmbeddingsGigaR", Sandbox: true}
		for i, text := range r.Input {
			a.Embeddings = append(a.Embeddings, gigachat.Embedding{Index: i, Vector: []byte("[0.5,-1]"), PromptTokens: len(text)})
		}
		return a, nil
	}
	connect := func(context.Context, []string) (*jobs.Service, error) {
		return &jobs.Service{Embed: embed, Sandbox: true, Start: 1, Max: 1}, nil
	}
	b, _ := openWith(t, map[string]string{"q.csv": "id,text\n1,one\n2,two\n3,three\n4,four\n5,\n6," + strings.Repeat("long ", 4000) + "\n"},
		func(o *Options) { o.Connect = connect })
	input := filepath.Join(b.Dir, "q.csv")
	j := &jobs.Job{Input: input, Sandbox: true, Connect: connect, Limits: task.Limits{Pack: 2, Concurrency: 1}, Settings: spec.Settings{
		Column:        spec.Column{CompletionColumn: "embedding", Embed: true, Params: spec.Params{Model: "EmbeddingsGigaR"}},
		OutputColumns: spec.DefaultOutputColumns, Output: filepath.Join(b.Dir, "vectors.jsonl"),
	}}
	if _, err := j.Run(t.Context(), nil); err == nil {
		t.Fatal("no error without tokens")
	}
	id := IDOf("q.csv.gigabatch")
	i := until(t, b, id, inState(Failed))
	if i.Completed != 2 || i.Pending != 2 || i.Skipped != 1 || i.Failures[task.CauseTooLong] != 1 || !slices.Equal(i.Columns, []string{"embedding"}) {
		t.Errorf("info %+v", i)
	}
	for n := 0; ; n++ {
		if w, err := rowsOf(b, id, 0, 10, rows.Query{}); err != nil || len(w.Rows) == 6 || n == 1000 {
			if err != nil || n == 1000 {
				t.Errorf("rows %+v, %v", w, err)
			}
			break
		}
		time.Sleep(10 * time.Millisecond) // reading in the background cannot be observed otherwise
	}
	if row, err := rowOf(t.Context(), b, id, 1); err != nil || row.Cells[0].Completion != "[0.5,-1]" || row.Cells[0].Prompt != "two" {
		t.Errorf("row %+v, %v", row, err)
	}
	if d, err := b.Detail(id); err != nil || string(d.Settings["embed"]) != "true" {
		t.Errorf("settings %s, %v", d.Settings, err)
	}
	if _, err := b.PlanAgain(t.Context(), id, Again{}); err != nil {
		t.Errorf("the plan of going on: %v", err)
	}
	empty = false
	if err := b.Continue(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	i = until(t, b, id, inState(Completed))
	if i.Completed != 4 || !slices.Equal(asked, []string{"one", "two", "three", "four"}) {
		t.Errorf("info %+v, asked %q", i, asked)
	}
	x, err := Answers{Board: b}.Export(t.Context(), id, Shown{}, "jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	text, err := io.ReadAll(x)
	if err != nil || strings.Count(string(text), `"embedding":[0.5,-1]`) != 4 {
		t.Errorf("export %s, %v", text, err)
	}
	row, err := rowOf(t.Context(), b, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	edit := func(text string) error {
		return change(t.Context(), b, id, 0, row.Cells[0].Key.String(), rows.Change{Version: row.Cells[0].Version(), Text: text})
	}
	if err := edit("no vector"); !errors.As(err, new(*spec.UsageError)) {
		t.Errorf("an edit that is no vector: %v", err)
	}
	if err := edit("[1, 2]"); err != nil {
		t.Errorf("an edit: %v", err)
	}
}
