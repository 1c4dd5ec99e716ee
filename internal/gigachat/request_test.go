package gigachat

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAppendJSONGolden pins the bytes. A release that changes them asks every row again, at the cost of every user.
func TestAppendJSONGolden(t *testing.T) {
	t.Parallel()
	user := []Message{{Role: "user", Content: "Столица\nФранции?"}}
	tests := []struct {
		name string
		r    ChatRequest
		want string
	}{
		{"nothing", ChatRequest{}, `{}`},
		{"plain", ChatRequest{Model: "GigaChat-2", Messages: user},
			`{"messages":[{"content":"Столица\nФранции?","role":"user"}],"model":"GigaChat-2"}`},
		{"system first", ChatRequest{Model: "GigaChat-2", Messages: append([]Message{{Role: "system", Content: "Кратко."}}, user...)},
			`{"messages":[{"content":"Кратко.","role":"system"},{"content":"Столица\nФранции?","role":"user"}],"model":"GigaChat-2"}`},
		{"every field", ChatRequest{
			Model: "GigaChat-2-Max", Messages: user, Temperature: new(0.7), TopP: new(0.0), MaxTokens: new(512),
			RepetitionPenalty: new(1.05), Stream: true,
			Fields: map[string]json.RawMessage{
				"update_interval": json.RawMessage(`0.50`),
				"functions":       json.RawMessage(`[ {"parameters":{"type":"object","properties":{"b":{},"a":{}}},"name":"f"} ]`),
				"flags":           json.RawMessage(`["x"]`),
				"n":               nil,
			}},
			`{"flags":["x"],"functions":[{"name":"f","parameters":{"properties":{"a":{},"b":{}},"type":"object"}}],"max_tokens":512,` +
				`"messages":[{"content":"Столица\nФранции?","role":"user"}],"model":"GigaChat-2-Max","n":null,"repetition_penalty":1.05,` +
				`"stream":true,"temperature":0.7,"top_p":0,"update_interval":0.50}`},
		{"fields of a message", ChatRequest{Messages: []Message{{Role: "function", Content: `{"t":1}`, Fields: map[string]json.RawMessage{
			"name": json.RawMessage(`"weather"`), "attachments": json.RawMessage(`["id"]`), "x": json.RawMessage(`1`)}}}},
			`{"messages":[{"attachments":["id"],"content":"{\"t\":1}","name":"weather","role":"function","x":1}]}`},
		{"names of own fields among the others", ChatRequest{Model: "GigaChat-2", Fields: map[string]json.RawMessage{
			"model": json.RawMessage(`"x"`), "stream": json.RawMessage(`true`), "temperature": json.RawMessage(`2`)}},
			`{"model":"GigaChat-2"}`},
		{"numbers that JSON lacks", ChatRequest{Model: "m", Temperature: new(math.NaN()), TopP: new(math.Inf(1))}, `{"model":"m"}`},
	}
	for _, tt := range tests {
		if got := string(tt.r.AppendJSON(nil)); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
		if got := string(tt.r.AppendJSON([]byte("before"))); got != "before"+tt.want {
			t.Errorf("%s: AppendJSON does not append: %s", tt.name, got)
		}
	}
}

func TestAppendJSONAllocates(t *testing.T) {
	r, b := hello(), make([]byte, 0, 4096)
	if got := testing.AllocsPerRun(100, func() { r.AppendJSON(b) }); got > 1 {
		t.Errorf("got %v allocations, want at most 1", got)
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	long := strings.Repeat("Переведите на английский: \"Здравствуй\".\n", 10)
	for name, content := range map[string]string{"short": "Say 'Hello' and nothing else", "long": long} {
		b.Run(name, func(b *testing.B) {
			r := hello()
			r.Messages[0].Content = content
			r.Temperature = new(0.7)
			buf := make([]byte, 0, 4096)
			b.SetBytes(int64(len(r.AppendJSON(nil))))
			b.ReportAllocs()
			for b.Loop() {
				r.AppendJSON(buf)
			}
		})
	}
}

func TestUnmarshalRequest(t *testing.T) {
	t.Parallel()
	in := `{"model":"GigaChat-2","stream":true,"max_tokens":10,"temperature":0.5,"top_p":null,"function_call":"auto",
		"messages":[{"role":"system","content":null},{"role":"user"},{"role":"user","content":"hi","attachments":["a"]}]}`
	want := ChatRequest{
		Model: "GigaChat-2", Stream: true, MaxTokens: new(10), Temperature: new(0.5),
		Fields: map[string]json.RawMessage{"function_call": json.RawMessage(`"auto"`)},
		Messages: []Message{{Role: "system"}, {Role: "user"},
			{Role: "user", Content: "hi", Fields: map[string]json.RawMessage{"attachments": json.RawMessage(`["a"]`)}}},
	}
	got := ChatRequest{Model: "old", RepetitionPenalty: new(2.0)}
	if err := json.Unmarshal([]byte(in), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnmarshalRequestErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{`{"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}`, "content is an array"},
		{`{"messages":[{"role":"user","content":{"a":1}}]}`, "content: "},
		{`{"messages":{"role":"user"}}`, "messages: "},
		{`{"max_tokens":1.5}`, "max_tokens: "},
		{`{"model":1}`, "model: "},
		{`[]`, "cannot unmarshal array"},
	}
	for _, tt := range tests {
		var r ChatRequest
		if err := json.Unmarshal([]byte(tt.in), &r); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got error %v, want one with %q", tt.in, err, tt.want)
		}
	}
}

func TestMarshalRequest(t *testing.T) {
	t.Parallel()
	r := hello()
	got, err := json.Marshal(map[string]any{"request": r})
	if want := `{"request":` + string(r.AppendJSON(nil)) + `}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	r.Fields = map[string]json.RawMessage{"x": json.RawMessage(`{`)}
	if got, err := json.Marshal(r); err == nil {
		t.Errorf("a field that is not JSON: got %s, want an error", got)
	}
}

// FuzzRequest checks that a request that was read and written reads the same again.
func FuzzRequest(f *testing.F) {
	f.Add([]byte(`{"model":"m","messages":[{"role":"user","content":"hi","x":[1]}],"temperature":1e-9,"b":{"d":1,"c":2}}`))
	f.Add([]byte(`{"max_tokens":-1,"stream":false,"messages":[]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		var r, again ChatRequest
		if json.Unmarshal(in, &r) != nil {
			return
		}
		once := r.AppendJSON(nil)
		if err := json.Unmarshal(once, &again); err != nil {
			t.Fatalf("%q gives %q: %v", in, once, err)
		}
		if twice := again.AppendJSON(nil); string(twice) != string(once) {
			t.Fatalf("%q gives %q, and that %q", in, once, twice)
		}
	})
}
