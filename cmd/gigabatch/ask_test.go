package main

import (
	"strings"
	"testing"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/internal/gigachat"
)

// TestTellAnswer keeps what is said of answers that are none, and the exit codes.
func TestTellAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		answer gigachat.ChatResponse
		want   int
		said   string
	}{
		{gigachat.ChatResponse{Completion: "yes", FinishReason: "stop"}, exitOK, ""},
		{gigachat.ChatResponse{Completion: "ye", FinishReason: "length"}, exitOK, "cut off at the token limit"},
		{gigachat.ChatResponse{Completion: "no", FinishReason: "blacklist"}, exitSomeRows, "blocked by moderation"},
		{gigachat.ChatResponse{FinishReason: "stop"}, exitSomeRows, "an empty completion"},
		{gigachat.ChatResponse{FinishReason: "error"}, exitSomeRows, "the model failed"},
		{gigachat.ChatResponse{Raw: `{"answer":42}`}, exitSomeRows, `unknown shape: {"answer":42}`},
	}
	for _, tt := range tests {
		var said strings.Builder
		got := report(stdio{err: &console.Console{Writer: &said}}, sayResponse(stdio{err: &console.Console{Writer: &said}}, &tt.answer, true))
		if got != tt.want || !strings.Contains(said.String(), tt.said) || (tt.said == "") != (said.String() == "") {
			t.Errorf("%+v: exit code %d, want %d; it said %q", tt.answer, got, tt.want, said.String())
		}
	}
}
