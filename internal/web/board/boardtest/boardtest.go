// Package boardtest has what the tests of packages over a folder with runs share: a service whose answers are known, and files.
package boardtest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
)

// Prompt returns the prompt of a request, without the instructions of a form.
func Prompt(body []byte) (string, error) {
	r := &gigachat.ChatRequest{}
	if err := r.UnmarshalJSON(body); err != nil {
		return "", err
	}
	text, _, _ := strings.Cut(r.Messages[len(r.Messages)-1].Content, "\n\n")
	return text, nil
}

// Answer answers "re PROMPT" as a sandbox, and refuses prompts that begin with "bad".
func Answer(prompt string) (*gigachat.ChatResponse, error) {
	if strings.HasPrefix(prompt, "bad") {
		return nil, &gigachat.Error{Kind: gigachat.KindRejected, Status: 400, Message: "no"}
	}
	return &gigachat.ChatResponse{
		Completion: "re " + prompt, FinishReason: "stop", Model: "GigaChat-2:2.0", Sandbox: true,
		Usage: gigachat.Usage{PromptTokens: 3, CompletionTokens: 2, TotalTokens: 5},
	}, nil
}

// Real returns a service that is no sandbox and answers as another one.
func Real(s *jobs.Service) *jobs.Service {
	ask := s.Ask
	s.Sandbox = false
	s.Ask = func(ctx context.Context, body []byte, timeout time.Duration) (*gigachat.ChatResponse, error) {
		r, err := ask(ctx, body, timeout)
		if r != nil {
			r.Sandbox = false
		}
		return r, err
	}
	return s
}

// Folder returns a new folder with files.
func Folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		Write(t, filepath.Join(dir, filepath.FromSlash(name)), content)
	}
	return dir
}

// Write writes a file, and makes its folder if there is none.
func Write(t testing.TB, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
