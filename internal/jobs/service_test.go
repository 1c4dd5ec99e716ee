package jobs

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/uploads"
)

// fakeService answers every prompt with "answer to PROMPT" unless AnswerFunc returns something else, and counts the prompts.
type fakeService struct {
	Sandbox    bool
	store      uploads.Store // nil: files are not supported
	AnswerFunc func(prompt string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error)

	mu       sync.Mutex // guards all below
	asked    map[string]int
	connects int
	models   []string
}

func (f *fakeService) connect(_ context.Context, models []string) (*Service, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.connects++
	f.models = models
	return &Service{Ask: f.ask, Files: f.store, Sandbox: f.Sandbox, Start: 10, Max: 10}, nil
}

func (f *fakeService) ask(_ context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
	r := &gigachat.ChatRequest{}
	if err := json.Unmarshal(body, r); err != nil {
		return nil, err
	}
	prompt := r.Messages[len(r.Messages)-1].Content
	f.mu.Lock()
	if f.asked == nil {
		f.asked = map[string]int{}
	}
	f.asked[prompt]++
	f.mu.Unlock()
	if f.AnswerFunc != nil {
		if a, err := f.AnswerFunc(prompt, r); a != nil || err != nil {
			return a, err
		}
	}
	a := answer("answer to " + prompt)
	a.Sandbox = f.Sandbox
	return a, nil
}

func answer(text string) *gigachat.ChatResponse {
	return &gigachat.ChatResponse{Completion: text, FinishReason: "stop", Model: "GigaChat-2:2.0", Usage: gigachat.Usage{PromptTokens: 3, CompletionTokens: 2, TotalTokens: 5}}
}

// takeAsked returns the prompts asked since the last call, sorted, with repetitions.
func (f *fakeService) takeAsked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var prompts []string
	for _, p := range slices.Sorted(maps.Keys(f.asked)) {
		prompts = append(prompts, slices.Repeat([]string{p}, f.asked[p])...)
	}
	f.asked = nil
	return prompts
}

// wantAsked fails unless exactly these prompts, separated by spaces, were asked since the last call.
func (f *fakeService) wantAsked(t *testing.T, prompts string) {
	t.Helper()
	if got := strings.Join(f.takeAsked(), " "); got != prompts {
		t.Errorf("asked %q, want %q", got, prompts)
	}
}

// failing answers each prompt in kinds with an error of that kind.
func failing(kinds map[string]gigachat.Kind) func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
	return func(prompt string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if k, ok := kinds[prompt]; ok {
			return nil, &gigachat.Error{Op: "chat", Kind: k, Message: "no luck with " + prompt}
		}
		return nil, nil
	}
}

// stopping answers the prompt stop, and all prompts after it, with an error of that kind.
func stopping(stop string, kind gigachat.Kind) func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
	var stopped atomic.Bool
	return func(prompt string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if prompt == stop {
			stopped.Store(true)
		}
		if stopped.Load() {
			return nil, &gigachat.Error{Op: "chat", Kind: kind, Message: "no more"}
		}
		return nil, nil
	}
}

func failConnect(err error) func(context.Context, []string) (*Service, error) {
	return func(context.Context, []string) (*Service, error) { return nil, err }
}
