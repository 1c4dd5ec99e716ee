package prompt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
)

// chatFields are the fields of a request that the API knows (fact sheet, 4.1).
var chatFields = map[string]bool{
	"model": true, "messages": true, "temperature": true, "top_p": true, "n": true, "max_tokens": true, "repetition_penalty": true,
	"update_interval": true, "function_call": true, "functions": true, "response_format": true, "reasoning_effort": true,
	"profanity_check": true, "flags": true, "storage": true, "function_ranker": true,
}

// fields is an object whose values are not read yet.
type fields map[string]json.RawMessage

// asRequest takes a row that already is a request: an object with "messages", a line of a GigaChat batch ("id", "request") or of an
// OpenAI batch ("custom_id", "body"). ok is false for any other row.
func (a *Renderer) asRequest(row table.Row) (r Request, ok bool, err error) {
	raw := row.JSON()
	if !bytes.Contains(raw, []byte(`"messages"`)) {
		return r, false, nil
	}
	f, ok := a.requestFields(raw)
	if !ok {
		return r, false, nil
	}
	if r, err = a.build(f); err != nil {
		err = table.RowError(a.Source, row, err.Error(), `a request is {"messages": [{"role": "user", "content": "…"}]}, as the API takes it`)
	}
	return r, true, err
}

// requestFields returns the fields of the request that a record is.
func (a *Renderer) requestFields(raw json.RawMessage) (fields, bool) {
	var line, inner fields
	if json.Unmarshal(raw, &line) != nil {
		return nil, false
	}
	switch {
	case line["messages"] != nil:
		maps.DeleteFunc(line, func(k string, _ json.RawMessage) bool { return !chatFields[k] || a.ours[k] })
		return line, true
	case line["request"] != nil && line["id"] != nil:
		return inner, json.Unmarshal(line["request"], &inner) == nil && inner["messages"] != nil
	case line["body"] != nil && line["custom_id"] != nil:
		if json.Unmarshal(line["body"], &inner) != nil || inner["messages"] == nil {
			return nil, false
		}
		a.fromOpenAI(inner)
		return inner, true
	}
	return nil, false
}

// build makes the request that f says, with the user's parameters over it.
func (a *Renderer) build(f fields) (Request, error) {
	delete(f, "stream")
	if err := flattenMessages(f); err != nil {
		return Request{}, err
	}
	body, err := json.Marshal(f)
	if err != nil {
		return Request{}, err
	}
	var r gigachat.ChatRequest
	if err := json.Unmarshal(body, &r); err != nil {
		return Request{}, fmt.Errorf("the request cannot be read: %w", err)
	}
	a.complete(&r)
	if blankMessages(r.Messages) {
		return Request{Skip: true}, nil
	}
	a.body = r.AppendJSON(a.body[:0])
	return Request{Chat: &r, Body: a.body, Model: r.Model}, nil
}

// complete adds what the row leaves open and what the user overrides.
func (a *Renderer) complete(r *gigachat.ChatRequest) {
	s := a.Spec
	if s.ModelForced || r.Model == "" {
		r.Model = s.Model
	}
	if s.System != "" && (len(r.Messages) == 0 || r.Messages[0].Role != "system") {
		r.Messages = append([]gigachat.Message{{Role: "system", Content: s.System}}, r.Messages...)
	}
	override(s, r)
}

// blankMessages reports whether nobody but the system says anything.
func blankMessages(messages []gigachat.Message) bool {
	for _, m := range messages {
		if m.Role != "system" && (strings.TrimSpace(m.Content) != "" || len(m.Fields) > 0) {
			return false
		}
	}
	return true
}

// flattenMessages replaces contents that are lists of text parts by their text, which is all the API takes.
func flattenMessages(f fields) error {
	var messages []fields
	if err := json.Unmarshal(f["messages"], &messages); err != nil {
		return errors.New("messages is not a list of objects")
	}
	for i, m := range messages {
		if c := bytes.TrimSpace(m["content"]); len(c) > 0 && c[0] == '[' {
			text, err := flatten(c)
			if err != nil {
				return fmt.Errorf("message %d: %w", i+1, err)
			}
			m["content"] = text
		}
	}
	var err error
	f["messages"], err = json.Marshal(messages)
	return err
}

// flatten joins the text parts of a content. Any other part is refused: the API would not see it.
func flatten(content json.RawMessage) (json.RawMessage, error) {
	var parts []struct {
		Type string  `json:"type"`
		Text *string `json:"text"`
	}
	if err := json.Unmarshal(content, &parts); err != nil {
		return nil, errors.New("the content is a list that is not made of parts")
	}
	var texts []string
	for _, p := range parts {
		if p.Text == nil || (p.Type != "text" && p.Type != "input_text") {
			return nil, fmt.Errorf("the content has a part of type %q; only text can be asked", p.Type)
		}
		texts = append(texts, *p.Text)
	}
	return json.Marshal(strings.Join(texts, "\n"))
}
