package rows

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// rig is a folder with an input and a service. The service answers "answer to PROMPT" unless AnswerFunc returns something else, and records
// the prompts.
type rig struct {
	input      string
	AnswerFunc func(prompt string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error)

	mu    sync.Mutex // guards asked
	asked map[string]int
}

func newRig(t *testing.T, name, content string) *rig {
	t.Helper()
	g := &rig{input: filepath.Join(t.TempDir(), name)}
	g.write(t, content)
	return g
}

func (g *rig) write(t *testing.T, content string) {
	t.Helper()
	jobstest.WriteFile(t, g.input, content)
}

func (g *rig) journal() string { return spec.JournalPath(g.input) }

func (g *rig) output(t *testing.T) string {
	t.Helper()
	return jobstest.ReadFile(t, spec.OutputPath(g.input, false))
}

// job returns a job of the input with plain settings.
func (g *rig) job(change ...func(*jobs.Job)) *jobs.Job {
	j := &jobs.Job{
		Input: g.input, Limits: task.Limits{MaxAttempts: 1}, Connect: g.connect,
		Settings: spec.Settings{
			Column:        spec.Column{CompletionColumn: spec.DefaultCompletionColumn, Params: spec.Params{Model: "GigaChat-2"}},
			OutputColumns: spec.FormerOutputColumns, Output: spec.OutputPath(g.input, false),
		},
	}
	for _, c := range change {
		c(j)
	}
	return j
}

func (g *rig) run(t *testing.T, change ...func(*jobs.Job)) *task.Summary {
	t.Helper()
	sum, err := g.job(change...).Run(t.Context(), nil)
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	return sum
}

func (g *rig) connect(context.Context, []string) (*jobs.Service, error) {
	return &jobs.Service{Ask: g.ask, Start: 10, Max: 10}, nil
}

func (g *rig) ask(_ context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
	r := &gigachat.ChatRequest{}
	if err := json.Unmarshal(body, r); err != nil {
		return nil, err
	}
	prompt := r.Messages[len(r.Messages)-1].Content
	g.mu.Lock()
	if g.asked == nil {
		g.asked = map[string]int{}
	}
	g.asked[prompt]++
	g.mu.Unlock()
	if g.AnswerFunc != nil {
		if a, err := g.AnswerFunc(prompt, r); a != nil || err != nil {
			return a, err
		}
	}
	return answer("answer to " + prompt), nil
}

func answer(text string) *gigachat.ChatResponse {
	return &gigachat.ChatResponse{
		Completion: text, FinishReason: "stop", Model: "GigaChat-2:2.0",
		Usage: gigachat.Usage{PromptTokens: 3, CompletionTokens: 2, TotalTokens: 5},
	}
}

// takeAsked returns the prompts asked since the last call, sorted, with repetitions.
func (g *rig) takeAsked() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var prompts []string
	for _, p := range slices.Sorted(maps.Keys(g.asked)) {
		prompts = append(prompts, slices.Repeat([]string{p}, g.asked[p])...)
	}
	g.asked = nil
	return prompts
}

// wantAsked fails unless exactly these prompts, separated by spaces, were asked since the last call.
func (g *rig) wantAsked(t *testing.T, prompts string) {
	t.Helper()
	if got := strings.Join(g.takeAsked(), " "); got != prompts {
		t.Errorf("asked %q, want %q", got, prompts)
	}
}

func limited(n int) func(*jobs.Job) { return func(j *jobs.Job) { j.Settings.Limit = n } }

func withPrompt(template string) func(*jobs.Job) {
	return func(j *jobs.Job) { j.Settings.Prompt = template }
}

func choices(texts ...string) func(*jobs.Job) {
	return func(j *jobs.Job) { j.Settings.Choices = texts }
}

// columns sets several completion columns.
func columns(list ...spec.Column) func(*jobs.Job) {
	return func(j *jobs.Job) {
		j.Settings.OutputColumns = spec.DefaultValueColumns
		for _, c := range list {
			c.Model = cmp.Or(c.Model, "GigaChat-2")
			j.Settings.Columns = append(j.Settings.Columns, c)
		}
	}
}

// fourColumns use each other: a row gets a reply unless its mood is good.
var fourColumns = columns(
	spec.Column{CompletionColumn: "reply", Prompt: "reply {{mood}} {{facts.city}}: {{text}}", When: []string{"mood!=good"}},
	spec.Column{CompletionColumn: "mood", Prompt: "mood {{text}}", Shape: spec.Shape{Choices: []string{"good", "bad"}, Repairs: 1}},
	spec.Column{CompletionColumn: "facts", Prompt: "facts {{text}}", Shape: spec.Shape{Schema: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`)}},
	spec.Column{CompletionColumn: "short", Prompt: "short {{reply}}"},
)

// answerFour answers fourColumns: texts with "fine" have a good mood.
func answerFour(_ string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
	first := slices.IndexFunc(r.Messages, func(m gigachat.Message) bool { return m.Role == "user" })
	prompt, _, _ := strings.Cut(r.Messages[first].Content, "\n\n")
	kind, rest, _ := strings.Cut(prompt, " ")
	switch {
	case kind == "mood" && strings.Contains(rest, "fine"):
		return answer("Good."), nil
	case kind == "mood":
		return answer("bad"), nil
	case kind == "facts":
		return answer(`{"city":"Omsk"}`), nil
	}
	return answer(kind + " of " + rest), nil
}
