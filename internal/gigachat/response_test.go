package gigachat

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeChat(t *testing.T) {
	t.Parallel()
	got, err := decodeChat([]byte(okBody))
	if err != nil {
		t.Fatal(err)
	}
	want := &ChatResponse{
		Completion: "Hello.", FinishReason: "stop", Model: "GigaChat:2.0.28.2", Created: time.Unix(1768996171, 0),
		Usage:   Usage{PromptTokens: 17, CompletionTokens: 3, TotalTokens: 20, CachedTokens: 2},
		Message: json.RawMessage(`{"content":"Hello.","role":"assistant"}`),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodeChatShapes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in, completion, finish string
		bad                          bool
	}{
		{name: "plural object", in: `{"object":"chat.completions","choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}`, completion: "a", finish: "stop"},
		{name: "no choices given", in: `{"choices":[]}`},
		{name: "no message", in: `{"choices":[{"finish_reason":"length"}]}`, finish: "length"},
		{name: "null content", in: `{"choices":[{"message":{"content":null},"finish_reason":"blacklist"}]}`, finish: "blacklist"},
		{name: "function call", in: `{"choices":[{"message":{"content":"","function_call":{"name":"f", "arguments":{"a":1}}},"finish_reason":"function_call"}]}`,
			completion: `{"name":"f","arguments":{"a":1}}`, finish: "function_call"},
		{name: "null function call", in: `{"choices":[{"message":{"content":"","function_call":null}}]}`},
		{name: "text before a function call", in: `{"choices":[{"message":{"content":"so","function_call":{"name":"f"}}}]}`, completion: "so"},
		{name: "odd usage and time", in: `{"choices":[{"message":{"content":"a"}}],"usage":"none","created":"soon"}`, completion: "a"},
		{name: "first of two", in: `{"choices":[{"message":{"content":"a"}},{"message":{"content":"b"}}]}`, completion: "a"},
		{name: "no list of choices", in: `{"status":200,"message":"OK"}`, bad: true},
		{name: "content is an array", in: `{"choices":[{"message":{"content":["a"]}}]}`, bad: true},
		{name: "message is a string", in: `{"choices":[{"message":"a"}]}`, bad: true},
		{name: "cut", in: okBody[:80], bad: true},
		{name: "two values", in: okBody + okBody, bad: true},
		{name: "html", in: `<html></html>`, bad: true},
		{name: "empty", in: ``, bad: true},
		{name: "null", in: `null`, bad: true},
	}
	for _, tt := range tests {
		got, err := decodeChat([]byte(tt.in))
		switch {
		case tt.bad != (err != nil):
			t.Errorf("%s: got error %v, want one: %v", tt.name, err, tt.bad)
		case err == nil && (got.Completion != tt.completion || got.FinishReason != tt.finish):
			t.Errorf("%s: got %q, %q, want %q, %q", tt.name, got.Completion, got.FinishReason, tt.completion, tt.finish)
		}
	}
}

func TestUnixTime(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want time.Time
	}{
		{"1739784663483", time.UnixMilli(1739784663483)},
		{"1679471442", time.Unix(1679471442, 0)},
		{"99999999999", time.Unix(99999999999, 0)},
		{"100000000000", time.UnixMilli(100000000000)},
		{"946684800000", time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"1679471442.5", time.UnixMilli(1679471442500)},
		{"0", time.Time{}}, {"-5", time.Time{}}, {"", time.Time{}}, {"soon", time.Time{}}, {"1e300", time.Time{}}, {"nan", time.Time{}},
	}
	for _, tt := range tests {
		if got := unixTime(tt.in); !got.Equal(tt.want) {
			t.Errorf("unixTime(%q): got %v, want %v", tt.in, got, tt.want)
		}
	}
}
