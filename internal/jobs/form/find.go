package form

import (
	"bytes"
	"encoding/json"
	"strings"
)

// findJSON finds the JSON value of an answer: all of it, what stands in its first fenced block, or the object within other text.
func findJSON(completion string) (json.RawMessage, bool) {
	text := strings.TrimSpace(strings.TrimPrefix(completion, "\ufeff"))
	for _, candidate := range []string{text, fenced(text), braced(text)} {
		if candidate != "" && json.Valid([]byte(candidate)) {
			return json.RawMessage(candidate), true
		}
	}
	return nil, false
}

// fenced is what stands in the first block between ``` and ```, without its language.
func fenced(text string) string {
	_, rest, ok := strings.Cut(text, "```")
	if !ok {
		return ""
	}
	inside, _, _ := strings.Cut(rest, "```")
	if first, body, ok := strings.Cut(inside, "\n"); ok && !strings.ContainsAny(first, "{[\"") {
		inside = body
	}
	return strings.TrimSpace(inside)
}

// braced is the text from the first brace to the last.
func braced(text string) string {
	from, to := strings.IndexByte(text, '{'), strings.LastIndexByte(text, '}')
	if from < 0 || to < from {
		return ""
	}
	return text[from : to+1]
}

// marshal is json.Marshal with texts as they are.
func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
