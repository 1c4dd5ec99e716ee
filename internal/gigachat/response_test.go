package gigachat

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeChat(t *testing.T) {
	t.Parallel()
	got, err := decodeChat([]byte(okBody), nil, &call{})
	if err != nil {
		t.Fatal(err)
	}
	want := &ChatResponse{
		Completion: "Hello.", FinishReason: "stop", Model: "GigaChat:2.0.28.2", Created: time.Unix(1768996171, 0),
		Usage: Usage{PromptTokens: 17, CompletionTokens: 3, TotalTokens: 20, CachedTokens: 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodeChatShapes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in, completion, finish, call string
		bad                                bool
	}{
		{name: "plural object", in: `{"object":"chat.completions","choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}`, completion: "a", finish: "stop"},
		{name: "no choices given", in: `{"choices":[]}`},
		{name: "no message", in: `{"choices":[{"finish_reason":"length"}]}`, finish: "length"},
		{name: "null content", in: `{"choices":[{"message":{"content":null},"finish_reason":"blacklist"}]}`, finish: "blacklist"},
		{name: "function call", in: `{"choices":[{"message":{"content":"","function_call":{"name":"f", "arguments":{"a":1}}},"finish_reason":"function_call"}]}`,
			completion: `{"name":"f","arguments":{"a":1}}`, finish: "function_call"},
		{name: "null function call", in: `{"choices":[{"message":{"content":"","function_call":null}}]}`},
		{name: "text before a function call", in: `{"choices":[{"message":{"content":"so","function_call":{"name":"f"}}}]}`, completion: "so", call: `{"name":"f"}`},
		{name: "parts of text before a function call", in: `{"choices":[{"message":{"content":["so"],"function_call":{"name": "f"}}}]}`,
			completion: "so", call: `{"name":"f"}`},
		{name: "odd usage and time", in: `{"choices":[{"message":{"content":"a"}}],"usage":"none","created":"soon"}`, completion: "a"},
		{name: "first of two", in: `{"choices":[{"message":{"content":"a"}},{"message":{"content":"b"}}]}`, completion: "a"},
		{name: "content of text parts", in: `{"choices":[{"message":{"content":[{"type":"text","text":"a "},{"type":"text","text":"b"}]},"finish_reason":"stop"}]}`, completion: "a b", finish: "stop"},
		{name: "content of strings", in: `{"choices":[{"message":{"content":["a","b"]}}]}`, completion: "ab"},
		{name: "content of no parts", in: `{"choices":[{"message":{"content":[]}}]}`},
		{name: "content of other parts too", in: `{"choices":[{"message":{"content":[{"text":"a"}, {"type":"image"}]}}]}`, completion: `[{"text":"a"},{"type":"image"}]`},
		{name: "content of numbers", in: `{"choices":[{"message":{"content":[1, null]}}]}`, completion: `[1,null]`},
		{name: "content is an object", in: `{"choices":[{"message":{"content":{"a": 1}}}]}`, completion: `{"a":1}`},
		{name: "content is a number", in: `{"choices":[{"message":{"content":5}}]}`, completion: "5"},
		{name: "content is false", in: `{"choices":[{"message":{"content":false}}]}`, completion: "false"},
		{name: "message is a string", in: `{"choices":[{"message":"a"}]}`, completion: "a"},
		{name: "message is a number", in: `{"choices":[{"message":7}]}`, completion: "7"},
		{name: "odd model and finish_reason", in: `{"model":{"id": 1},"choices":[{"message":{"content":"a"},"finish_reason":3}]}`, completion: "a", finish: "3"},
		{name: "null model and finish_reason", in: `{"model":null,"choices":[{"message":{"content":"a"},"finish_reason":null}]}`, completion: "a"},
		{name: "cut", in: okBody[:80], bad: true},
		{name: "two values", in: okBody + okBody, bad: true},
		{name: "html", in: `<html></html>`, bad: true},
		{name: "empty", in: ``, bad: true},
	}
	for _, tt := range tests {
		got, err := decodeChat([]byte(tt.in), nil, &call{})
		switch {
		case tt.bad != (err != nil):
			t.Errorf("%s: got error %v, want one: %v", tt.name, err, tt.bad)
		case err == nil && (got.Completion != tt.completion || got.FinishReason != tt.finish || got.Call != tt.call):
			t.Errorf("%s: got %q, %q, %q, want %q, %q, %q", tt.name, got.Completion, got.FinishReason, got.Call, tt.completion, tt.finish, tt.call)
		case err == nil && (got.Unknown || (got.Raw != "") != (got.Completion == "")):
			t.Errorf("%s: got %+v, want a known shape, and the raw body without a completion only", tt.name, got)
		}
	}
}

// JSON of any shape has been paid for and is passed on unchanged.
func TestDecodeChatOfUnknownShape(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		`{"status":200,"message":"OK"}`, `{"choices":null}`, ` {"choices": {"message": "a"}} `, `{"choices":"a"}`, `{"choices":[1]}`, `{"choices":["a"]}`, `{"choices":[null]}`,
		`null`, `[]`, `"a"`, `5`, `{"output":[{"text":"a"}]}` + "\n",
	} {
		got, err := decodeChat([]byte(in), nil, &call{})
		if err != nil || !got.Unknown || got.Raw != in || got.Completion != "" || got.FinishReason != "" {
			t.Errorf("%s: got %+v, error %v, want the raw body", in, got, err)
		}
	}
	got, err := decodeChat([]byte(`{"model":"m","text":"a","usage":{"total_tokens":3}}`), nil, &call{})
	if err != nil || got.Model != "m" || got.Usage.TotalTokens != 3 {
		t.Errorf("got %+v, error %v, want the model and the usage", got, err)
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
