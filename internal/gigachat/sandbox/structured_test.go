package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const reviewSchema = `{"type":"object","properties":{"mood":{"type":"string","enum":["good","bad"]},"score":{"type":"integer","minimum":1,"maximum":5},` +
	`"why":{"type":"string"}},"required":["mood","score","why"]}`

func formatField(schema string) string {
	return `,"response_format":{"type":"json_schema","schema":` + schema + `,"strict":true}`
}

// answerJSON returns the completion for a prompt with a schema as its response_format, if no fault changes it.
func answerJSON(prompt, schema string) string {
	return exampleOf([]byte(schema), prompt, hashOf([]byte(prompt))).JSON()
}

// checkText checks JSON against a schema.
func checkText(text, schemaText string) error {
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return err
	}
	root, err := jsonschema.UnmarshalJSON(strings.NewReader(schemaText))
	if err != nil {
		return err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema:///", root); err != nil {
		return err
	}
	compiled, err := c.Compile("schema:///")
	if err != nil {
		return err
	}
	return compiled.Validate(v)
}

// calledWith returns the arguments of the call in an answer.
func calledWith(t *testing.T, r reply) string {
	t.Helper()
	var a struct {
		Choices []struct {
			Message struct {
				FunctionCall struct{ Arguments json.RawMessage } `json:"function_call"`
			}
			FinishReason string `json:"finish_reason"`
		}
	}
	r.decode(t, &a)
	if len(a.Choices) != 1 || a.Choices[0].FinishReason != "function_call" {
		t.Fatalf("got %s, want a call", r.body)
	}
	return string(a.Choices[0].Message.FunctionCall.Arguments)
}

func TestStructuredAnswer(t *testing.T) {
	t.Parallel()
	s, c := opened(t, Options{AnswerBytes: 5000})
	a := c.post("/v1/chat/completions", bodyOf("one", formatField(reviewSchema))).completion(t)
	got := a.Choices[0].Message.Content
	if want := answerJSON("one", reviewSchema); got != want || checkText(got, reviewSchema) != nil {
		t.Errorf("got %s, want %s", got, want)
	}
	if a.Choices[0].FinishReason != "stop" || a.Usage.CompletionTokens != tokensOf(len(got)) {
		t.Errorf("got %+v", a)
	}
	cut := c.post("/v1/chat/completions", bodyOf("one", formatField(reviewSchema)+`,"max_tokens":3`)).completion(t).Choices[0]
	if cut.FinishReason != "length" || !strings.HasPrefix(got, cut.Message.Content) || cut.Message.Content == got {
		t.Errorf("max_tokens: got %+v, want a part of %s", cut, got)
	}
	if got, want := c.post("/v1/chat/completions", bodyOf("one", `,"response_format":{"type":"text"}`)).content(t), s.Answer("one"); got != want {
		t.Errorf("text: got %q, want %q", got, want)
	}
	if got, want := c.post("/v1/chat/completions", bodyOf("one", `,"response_format":null`)).content(t), s.Answer("one"); got != want {
		t.Errorf("null: got %q, want %q", got, want)
	}
}

func TestStructuredAnswerShowsThePrompt(t *testing.T) {
	t.Parallel()
	const s = `{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}}`
	const want = `{"a":"Столица Франции? [85c7802b9b87a77a]","b":"Столица Франции? [85c7802b9b87a77a] 2"}`
	if got := answerJSON("Столица\nФранции?", s); got == want {
		t.Error("the hash is not that of the prompt")
	}
	if got := answerJSON("Столица Франции?", s); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestStructuredStream(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{})
	r := c.post("/v1/chat/completions", bodyOf("one", formatField(reviewSchema)+`,"stream":true`))
	content := ""
	for _, line := range strings.Split(r.body, "\n") {
		var e struct {
			Choices []struct{ Delta struct{ Content string } }
		}
		if data, isData := strings.CutPrefix(line, "data: "); isData && json.Unmarshal([]byte(data), &e) == nil {
			content += e.Choices[0].Delta.Content
		}
	}
	if want := answerJSON("one", reviewSchema); content != want {
		t.Errorf("got %s, want %s", content, want)
	}
}

func TestStructuredCall(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{})
	fields := `,"functions":[{"name":"other","parameters":{}},{"name":"rate","parameters":` + reviewSchema + `}],"function_call":{"name":"rate"}`
	got := calledWith(t, c.post("/v1/chat/completions", bodyOf("one", fields)))
	if err := checkText(got, reviewSchema); err != nil || !strings.Contains(got, "one [") {
		t.Errorf("got %s: %v", got, err)
	}
	for _, parameters := range []string{`{}`, `{"type":"object","properties":{}}`, `[]`, `{"type":"array"}`} {
		fields := `,"functions":[{"name":"rate","parameters":` + parameters + `}],"function_call":{"name":"rate"}`
		want := `{"sandbox":` + string(appendString(nil, Answer("one"))) + `}`
		if got := calledWith(t, c.post("/v1/chat/completions", bodyOf("one", fields))); got != want {
			t.Errorf("%s: got %s, want %s", parameters, got, want)
		}
	}
}

func TestStructureRefusals(t *testing.T) {
	t.Parallel()
	s, c := opened(t, Options{NoFormat: []string{"GigaChat-2"}, NoFunctions: []string{"GigaChat-2", "GigaChat-2-Pro"}})
	const functions = `,"functions":[{"name":"f","parameters":{}}]`
	for _, tt := range []struct{ model, fields, want string }{
		{"GigaChat-2", formatField(reviewSchema), "Invalid params: response_format is not supported by this model"},
		{"GigaChat-2", functions, "Requested model does not support functions"},
		{"GigaChat-2-Pro", functions + `,"function_call":{"name":"f"}`, "Requested model does not support functions"},
		{"GigaChat-2-Pro", `,"response_format":{"type":"json_object"}`, "Invalid params: response_format type must be text or json_schema"},
		{"GigaChat-2-Pro", `,"response_format":{"type":"json_schema","json_schema":{}}`, "Invalid params: response_format schema must be a JSON Schema"},
		{"GigaChat-2", `,"response_format":{"type":"text"},"functions":[]`, ""},
		{"GigaChat-2-Pro", formatField(reviewSchema), ""},
		{"GigaChat-2-Max", functions + formatField(reviewSchema), ""},
	} {
		r := c.post("/v1/chat/completions", strings.Replace(bodyOf("one", tt.fields), `"GigaChat-2"`, `"`+tt.model+`"`, 1))
		if tt.want == "" {
			r.wantStatus(t, 200)
		} else {
			r.want(t, 422, `{"status":422,"message":"`+tt.want+`"}`)
		}
	}
	if got := s.Counts().Billed; got != 3 {
		t.Errorf("billed %d times, want 3", got)
	}
}

// ill returns what is wrong with a structured answer.
func ill(text, schema string) string {
	switch {
	case strings.Contains(text, "```json"):
		return "fence"
	case !json.Valid([]byte(text)):
		return "cut"
	}
	err := checkText(text, schema)
	switch {
	case err == nil:
		return "none"
	case strings.Contains(err.Error(), "missing"):
		return "missing"
	}
	return "type"
}

// TestInvalidJSON checks that repeating a request gives each of the four errors in turn.
func TestInvalidJSON(t *testing.T) {
	t.Parallel()
	s, c := opened(t, Options{Faults: []Fault{{Kind: InvalidJSON}}})
	functions := `,"functions":[{"name":"rate","parameters":` + reviewSchema + `}],"function_call":{"name":"rate"}`
	for i := range 8 {
		prompt := fmt.Sprint("prompt ", i)
		content, call := map[string]int{}, map[string]int{}
		for range 4 {
			content[ill(c.post("/v1/chat/completions", bodyOf(prompt, formatField(reviewSchema))).content(t), reviewSchema)]++
			args := calledWith(t, c.post("/v1/chat/completions", bodyOf(prompt, functions)))
			var text string
			if json.Unmarshal([]byte(args), &text) == nil {
				args = text
			}
			call[ill(args, reviewSchema)]++
		}
		for _, want := range []string{"fence", "cut", "missing", "type"} {
			if content[want] != 1 || call[want] != 1 {
				t.Errorf("%s: got %v in the content and %v in calls, want %s once", prompt, content, call, want)
			}
		}
		if got := s.Billed(prompt); got != 8 {
			t.Errorf("%s: billed %d times, want 8", prompt, got)
		}
	}
	fence := ""
	for fence == "" {
		if text := c.post("/v1/chat/completions", bodyOf("fence", formatField(reviewSchema))).content(t); ill(text, reviewSchema) == "fence" {
			_, fence, _ = strings.Cut(text, "```json\n")
			fence, _, _ = strings.Cut(fence, "\n```")
		}
	}
	if got := ill(fence, reviewSchema); got != "type" {
		t.Errorf("got %s in the fence, want a wrong type", fence)
	}
}

func TestInvalidJSONOnce(t *testing.T) {
	t.Parallel()
	faults, err := ParseFaults("invalid-json=~bad&x1")
	if err != nil {
		t.Fatal(err)
	}
	s, c := opened(t, Options{Faults: faults})
	got := ""
	for _, prompt := range []string{"bad 1", "good", "bad 1", "bad 2", "bad 2"} {
		text := c.post("/v1/chat/completions", bodyOf(prompt, formatField(reviewSchema))).content(t)
		got += map[bool]string{true: ".", false: "x"}[checkText(text, reviewSchema) == nil]
	}
	if got != "x..x." {
		t.Errorf("got %s, want x..x.", got)
	}
	if n := s.Counts(); n.Faults["invalid-json"] != 2 || n.Billed != 5 || n.BilledTwice != 2 {
		t.Errorf("got %+v", n)
	}
}

// TestRequestsAreToldApart checks that everything that decides the answer makes a different request.
func TestRequestsAreToldApart(t *testing.T) {
	t.Parallel()
	s, c := opened(t, Options{})
	system := `{"model":"GigaChat-2","messages":[{"role":"system","content":"s"},{"role":"user","content":"one"}]}`
	history := `{"model":"GigaChat-2","messages":[{"role":"user","content":"s"},{"role":"assistant","content":"a"},{"role":"user","content":"one"}]}`
	bodies := []string{
		bodyOf("one", ""), bodyOf("one", `,"temperature":1`), bodyOf("one", `,"top_p":1`), bodyOf("one", `,"max_tokens":1000`),
		bodyOf("one", `,"repetition_penalty":1`), bodyOf("one", formatField(`{}`)), bodyOf("one", formatField(`true`)),
		bodyOf("one", formatField(reviewSchema)), bodyOf("one", `,"functions":[{"name":"f"}]`), bodyOf("one", `,"reasoning_effort":"low"`),
		strings.Replace(bodyOf("one", ""), "GigaChat-2", "GigaChat-2-Max", 1), system, history,
		strings.Replace(history, "assistant", "function", 1), strings.Replace(system, `"s"`, `"so"`, 1),
	}
	for _, body := range bodies {
		c.post("/v1/chat/completions", body)
	}
	n := s.Counts()
	if n.BilledTwice != 0 || n.BilledPrompts != n.Billed || n.Billed != int64(len(bodies)-1) { // true is refused
		t.Errorf("got %+v, want each billed once", n)
	}
	c.post("/v1/chat/completions", bodyOf("one", `,"stream":true`)).wantStatus(t, 200)
	if got := s.Counts(); got.BilledTwice != 1 {
		t.Errorf("a stream: got %d billed twice, want 1", got.BilledTwice)
	}
	if got := s.Billed("one"); got != len(bodies) {
		t.Errorf("the prompt was billed %d times, want %d", got, len(bodies))
	}
}
