package gigachat

import (
	"encoding/json"
	"testing"
)

// FuzzOpenAI rewrites anything without a panic. What was JSON stays JSON, and anything else stays as it was.
func FuzzOpenAI(f *testing.F) {
	for _, seed := range []string{
		"", "null", "[]", "{}", `{"choices":[null]}`, `{"choices":[{"message":null,"finish_reason":"tool_calls"}],"usage":null}`, `{"usage":7,"choices":3}`,
		`{"choices":[{"message":{"content":null,"tool_calls":[{"function":{"name":"f","arguments":"{"}}]},"finish_reason":"stop"}]}`,
		`{"choices":[{"message":{"refusal":"no"}}],"usage":{"prompt_tokens_details":{"cached_tokens":1}}}`,
		`{"messages":[null,{"role":"function"},{"function_call":{"arguments":{}}}],"functions":[null],"response_format":{"schema":1},"top_p":0,"stream":true}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if got := new(openAIStream).answer(raw); json.Valid(raw) != json.Valid(got) {
			t.Errorf("the answer %q became %q", raw, got)
		}
		if got, err := openAIRequest(raw); err == nil && !json.Valid(got) {
			t.Errorf("the request %q became %q", raw, got)
		}
		_ = refusalStatus(400, raw)
	})
}
