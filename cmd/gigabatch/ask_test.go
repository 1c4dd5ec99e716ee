package main

import (
	"strings"
	"testing"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/internal/gigachat"
)

// TestSayResponse checks what is printed about answers without a completion, and the exit codes.
func TestSayResponse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		answer gigachat.ChatResponse
		want   int
		said   string
	}{
		{gigachat.ChatResponse{Completion: "yes", FinishReason: "stop"}, outcome.OK, ""},
		{gigachat.ChatResponse{Completion: "ye", FinishReason: "length"}, outcome.OK, "cut off at the token limit"},
		{gigachat.ChatResponse{Completion: "no", FinishReason: "blacklist"}, outcome.SomeRows, "blocked by moderation"},
		{gigachat.ChatResponse{FinishReason: "stop"}, outcome.SomeRows, "an empty completion"},
		{gigachat.ChatResponse{FinishReason: "error"}, outcome.SomeRows, "the model failed"},
		{gigachat.ChatResponse{Unknown: true, Raw: `{"answer":42}`}, outcome.SomeRows, `unexpected answer: {"answer":42}`},
	}
	for _, tt := range tests {
		var said strings.Builder
		got := report(stdio{err: &console.Console{Writer: &said}}, sayResponse(stdio{err: &console.Console{Writer: &said}}, &tt.answer, true))
		if got != tt.want || !strings.Contains(said.String(), tt.said) || (tt.said == "") != (said.String() == "") {
			t.Errorf("%+v: exit code %d, want %d; it said %q", tt.answer, got, tt.want, said.String())
		}
	}
}
