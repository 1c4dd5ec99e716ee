package prompt

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Request is the request about a row.
type Request struct {
	Chat        *gigachat.ChatRequest // its last message is the prompt; valid until the next row
	Body        []byte                // its canonical JSON, or that of a request for a vector, with placeholders for files; valid until the next row
	Model       string
	Attachments []task.Attachment
	Way         task.Way // how the request asks for its completion
	Skip        bool     // nothing to ask; no other field is set
}

// Text returns the prompt as a person reads it.
func (req *Request) Text() string { return req.Chat.Messages[len(req.Chat.Messages)-1].Content }

// with returns req with another chat.
func (req Request) with(chat *gigachat.ChatRequest) Request {
	req.Chat, req.Body = chat, chat.AppendJSON(nil)
	return req
}

// WithModel returns req with another model.
func (req Request) WithModel(model string) Request {
	chat := *req.Chat
	chat.Model, req.Model = model, model
	return req.with(&chat)
}

// WithMaxTokens returns req with another limit of the completion.
func (req Request) WithMaxTokens(n int) Request {
	chat := *req.Chat
	chat.MaxTokens = &n
	return req.with(&chat)
}

// embedding returns the request for the vector of the prompt of a row.
func (r *Renderer) embedding(row table.Row, files []task.Attachment) (Request, error) {
	if len(files) > 0 {
		return Request{}, table.RowError(r.Source, row, messages.Sprintf("a vector is made of a text, and this row has a file that is no text"),
			messages.Sprintf("put the text itself into the table, or leave out the file"))
	}
	text := string(r.prompt)
	input, err := json.Marshal([]string{text})
	if err != nil {
		return Request{}, err
	}
	body := gigachat.ChatRequest{Model: r.Spec.Model, Fields: map[string]json.RawMessage{"input": input}}
	r.body = body.AppendJSON(r.body[:0])
	r.current = r.request
	r.current.Messages = []gigachat.Message{{Role: "user", Content: text}}
	return Request{Chat: &r.current, Body: r.body, Model: r.Spec.Model, Way: task.AsVector}, nil
}

// mostChars is how many characters a token has at most, in Russian (developers.sber.ru, guides/counting-tokens).
const mostChars = 4

// tooLongText returns the estimated tokens of a text that is certainly too long for an embedding model, or 0. A shorter one may be, too: the
// service decides.
func (r *Renderer) tooLongText(req Request) int {
	n := chars(req.Chat)
	if n <= mostChars*r.ContextTokens(req.Model) {
		return 0
	}
	return gigachat.EstimateTokens(n)
}

// CompletionIn returns the completion of a result that was asked for in the given way. The arguments of a function call are the completion,
// whatever text comes with them.
func (r *Renderer) CompletionIn(way task.Way, result *task.Result) string {
	if way == task.ByFunction {
		return r.Form.Called(cmp.Or(result.Call, result.Completion))
	}
	return result.Completion
}

// WithForm returns req with the form of the completion asked for in the given way.
func (r *Renderer) WithForm(way task.Way, req Request) Request {
	chat := *req.Chat
	chat.Messages = slices.Clone(chat.Messages)
	if text := r.Form.Instruction(way == task.ByWords, r.russian); text != "" {
		chat.Messages[len(chat.Messages)-1].Content += "\n\n" + text
	}
	switch way {
	case task.ByFormat:
		chat.Literal = map[string]json.RawMessage{"response_format": r.Form.ResponseFormat()}
	case task.ByFunction:
		chat.Literal = map[string]json.RawMessage{"functions": r.Form.Functions(), "function_call": r.Form.Call()}
	}
	req.Way = way
	return req.with(&chat)
}

// FormerForm returns req as it was once asked ByFunction, if that was different.
func (r *Renderer) FormerForm(req Request) (former Request, ok bool) {
	functions := r.Form.FormerFunctions()
	if functions == nil {
		return req, false
	}
	former = r.WithForm(task.ByFunction, req)
	former.Chat.Literal["functions"] = functions
	return former.with(former.Chat), true
}

// Repair returns the request that asks again after a completion with a problem.
func (r *Renderer) Repair(req Request, completion, problem string) Request {
	chat := *req.Chat
	chat.Messages = append(slices.Clone(chat.Messages), gigachat.Message{Role: "assistant", Content: completion},
		gigachat.Message{Role: "user", Content: r.Form.Repair(problem, r.russian)})
	return req.with(&chat)
}

// chatFields are the fields of a request in the API (fact sheet of the API, 4.1).
var chatFields = map[string]bool{
	"model": true, "messages": true, "temperature": true, "top_p": true, "n": true, "max_tokens": true, "repetition_penalty": true,
	"update_interval": true, "function_call": true, "functions": true, "response_format": true, "reasoning_effort": true,
	"profanity_check": true, "flags": true, "storage": true, "function_ranker": true,
}

// fields is an object with undecoded values.
type fields map[string]json.RawMessage

// asRequest returns the request of a row that already is one: an object with "messages", a line of a GigaChat batch ("id", "request") or a
// line of an OpenAI batch ("custom_id", "body"). ok is false for any other row, and for one whose messages are not those of the API: the
// export of a messenger also has "messages".
func (r *Renderer) asRequest(row table.Row) (req Request, ok bool, err error) {
	raw := row.JSON()
	if !bytes.Contains(raw, []byte(`"messages"`)) {
		return req, false, nil
	}
	f, ok := r.requestFields(raw)
	if !ok {
		return req, false, nil
	}
	if flag := r.unusable(); flag != "" {
		return req, true, table.RowError(r.Source, row, messages.Sprintf("the line already is a request, which --%s cannot change", flag),
			messages.Sprintf("omit --%s, or make the prompts from columns with --prompt", flag))
	}
	if req, err = r.build(f); err != nil {
		err = table.RowError(r.Source, row, messages.Sprintf("%v", err), messages.Sprintf(`a request looks like {"messages": [{"role": "user", "content": "…"}]}, as in the API`))
	}
	return req, true, err
}

// unusable returns the first flag of the column that cannot be applied to a row that already is a request, or "".
func (r *Renderer) unusable() string {
	switch c := r.Spec; {
	case len(c.FewShot) > 0:
		return "few-shot"
	case len(c.RowParams) > 0:
		return "row-params"
	case c.Attach != "":
		return "attach"
	case len(c.Choices) > 0:
		return "choices"
	}
	return ""
}

// requestFields returns the fields of the request in a record. ok is false if the record is not a request.
func (r *Renderer) requestFields(raw json.RawMessage) (f fields, ok bool) {
	var line, inner fields
	if json.Unmarshal(raw, &line) != nil {
		return nil, false
	}
	switch {
	case areMessages(line["messages"]):
		maps.DeleteFunc(line, func(name string, _ json.RawMessage) bool { return !chatFields[name] || r.ours[name] })
		return line, true
	case line["request"] != nil && line["id"] != nil:
		return inner, json.Unmarshal(line["request"], &inner) == nil && areMessages(inner["messages"])
	case line["body"] != nil && line["custom_id"] != nil:
		if json.Unmarshal(line["body"], &inner) != nil || !areMessages(inner["messages"]) {
			return nil, false
		}
		r.fromOpenAI(inner)
		return inner, true
	}
	return nil, false
}

// areMessages reports whether a value is a list of messages, each with a role, and with a content or the call of a function.
func areMessages(raw json.RawMessage) bool {
	var list []struct {
		Role         string          `json:"role"`
		Content      json.RawMessage `json:"content"` // "null" counts
		FunctionCall json.RawMessage `json:"function_call"`
	}
	if raw == nil || json.Unmarshal(raw, &list) != nil {
		return false
	}
	for _, m := range list {
		if m.Role == "" || m.Content == nil && m.FunctionCall == nil {
			return false
		}
	}
	return true
}

// fromOpenAI converts the fields of an OpenAI request to those of GigaChat. It removes fields that GigaChat does not have and counts them
// as warnings.
func (r *Renderer) fromOpenAI(f fields) {
	if f["max_tokens"] == nil && f["max_completion_tokens"] != nil {
		f["max_tokens"] = f["max_completion_tokens"]
	}
	delete(f, "max_completion_tokens")
	var messages []fields
	if json.Unmarshal(f["messages"], &messages) == nil {
		for _, m := range messages {
			if string(m["role"]) == `"developer"` { // OpenAI's newer name of the role "system"
				m["role"] = json.RawMessage(`"system"`)
			}
		}
		if raw, err := json.Marshal(messages); err == nil {
			f["messages"] = raw
		}
	}
	flat, ok := flatFormat(f["response_format"])
	if ok {
		f["response_format"] = flat
	}
	for name := range f {
		if (!chatFields[name] && name != "stream") || (name == "response_format" && !ok) {
			r.warnings[name]++
			delete(f, name)
		}
	}
}

// flatFormat converts OpenAI's nested response_format to the flat one of GigaChat, which has only text and json_schema.
func flatFormat(format json.RawMessage) (json.RawMessage, bool) {
	var f struct {
		Type       string `json:"type"`
		JSONSchema struct {
			Schema json.RawMessage `json:"schema"`
			Strict *bool           `json:"strict"`
		} `json:"json_schema"`
	}
	if json.Unmarshal(format, &f) != nil || (f.Type != "text" && f.JSONSchema.Schema == nil) {
		return nil, false
	}
	flat, err := json.Marshal(struct {
		Type   string          `json:"type"`
		Schema json.RawMessage `json:"schema,omitempty"`
		Strict *bool           `json:"strict,omitempty"`
	}{f.Type, f.JSONSchema.Schema, f.JSONSchema.Strict})
	return flat, err == nil
}

// build returns the request with the fields f. The user's parameters override those of f; the user's model and system prompt are used if f
// has none.
func (r *Renderer) build(f fields) (Request, error) {
	delete(f, "stream")
	if err := flattenMessages(f); err != nil {
		return Request{}, err
	}
	body, err := json.Marshal(f)
	if err != nil {
		return Request{}, err
	}
	var chat gigachat.ChatRequest
	if err := json.Unmarshal(body, &chat); err != nil {
		return Request{}, messages.Errorf("the request is invalid: %w", err)
	}
	if r.Spec.ModelForced || chat.Model == "" {
		chat.Model = r.Spec.Model
	}
	if r.Spec.System != "" && (len(chat.Messages) == 0 || chat.Messages[0].Role != "system") {
		chat.Messages = append([]gigachat.Message{{Role: "system", Content: r.Spec.System}}, chat.Messages...)
	}
	override(r.Spec, &chat)
	asks := func(m gigachat.Message) bool {
		return m.Role != "system" && (strings.TrimSpace(m.Content) != "" || len(m.Fields) > 0)
	}
	if !slices.ContainsFunc(chat.Messages, asks) {
		return Request{Skip: true}, nil
	}
	r.body = chat.AppendJSON(r.body[:0])
	return Request{Chat: &chat, Body: r.body, Model: chat.Model}, nil
}

// flattenMessages replaces contents that are lists of text parts by their text, the only form that the API accepts.
func flattenMessages(f fields) error {
	var list []fields
	if err := json.Unmarshal(f["messages"], &list); err != nil {
		return err
	}
	for i, m := range list {
		if c := bytes.TrimSpace(m["content"]); len(c) > 0 && c[0] == '[' {
			text, err := flatten(c)
			if err != nil {
				return messages.Errorf("message %d: %w", i+1, err)
			}
			m["content"] = text
		}
	}
	var err error
	f["messages"], err = json.Marshal(list)
	return err
}

// flatten joins the text parts of a content. It rejects any other part because the API would ignore it.
func flatten(content json.RawMessage) (json.RawMessage, error) {
	var parts []struct {
		Type string  `json:"type"`
		Text *string `json:"text"`
	}
	if err := json.Unmarshal(content, &parts); err != nil {
		return nil, messages.Errorf("the content is not a list of parts")
	}
	var texts []string
	for _, p := range parts {
		if p.Text == nil || (p.Type != "text" && p.Type != "input_text") {
			return nil, messages.Errorf("the content has a part of type %q; only text is supported", p.Type)
		}
		texts = append(texts, *p.Text)
	}
	return json.Marshal(strings.Join(texts, "\n"))
}
