package gigachat

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// CloudBaseURL is GigaChat as Cloud.ru sells it (Evolution Foundation Models). It speaks the dialect of OpenAI, and its keys are static.
const CloudBaseURL = "https://foundation-models.api.cloud.ru/v1"

// This file has everything in which the dialect of OpenAI differs from GigaChat's own. A request is made in GigaChat's form, so the
// identity of a task does not depend on the dialect; toOpenAI rewrites it on its way out, and openAITransport rewrites the answer on its
// way in.

// foreignFields are the fields of a request that only GigaChat's own API knows. They are not sent.
var foreignFields = []string{"profanity_check", "flags", "storage", "function_ranker", "unnormalized_history", "update_interval"}

// toOpenAI returns an exchange in the dialect of OpenAI. Its errors are of KindRejected: the dialect has no files, no
// batches and no balance, and counts no tokens.
func toOpenAI(x exchange) (exchange, error) {
	switch x.op {
	case "files":
		return x, &Error{Op: x.op, Kind: KindRejected, Message: ErrNoFiles.Error(), Err: ErrNoFiles}
	case "tokens":
		return x, &Error{Op: x.op, Kind: KindRejected, Message: "this service does not count tokens"}
	case "batches":
		return x, &Error{Op: x.op, Kind: KindRejected, Message: "this service has no batches"}
	case "balance":
		return x, &Error{Op: x.op, Kind: KindRejected, Message: "this service has no balance"}
	case "chat":
		body, err := openAIRequest(x.body)
		if err != nil {
			return x, &Error{Op: x.op, Kind: KindRejected, Message: err.Error(), Err: err}
		}
		x.body = body
	}
	return x, nil
}

// fields are the fields of an object, undecoded.
type fields map[string]json.RawMessage

// json returns the object. The values are written unchanged: models write the properties of a JSON Schema in their order.
func (f fields) json() json.RawMessage {
	o := openObject(nil, nil, f, nil)
	return o.close()
}

func (f fields) rename(from, to string) {
	if raw, ok := f[from]; ok {
		delete(f, from)
		f[to] = raw
	}
}

// openAIRequest rewrites the body of a chat. The sampling that GigaChat takes as top_p 0 is temperature 0.
func openAIRequest(body []byte) ([]byte, error) {
	var f fields
	if err := json.Unmarshal(body, &f); err != nil {
		return nil, err
	}
	for _, name := range foreignFields {
		delete(f, name)
	}
	if p, err := strconv.ParseFloat(string(f["top_p"]), 64); err == nil && p == 0 {
		delete(f, "top_p")
		f["temperature"] = json.RawMessage("0")
	}
	if string(f["stream"]) == "true" {
		f["stream_options"] = json.RawMessage(`{"include_usage":true}`)
	}
	var format fields
	if json.Unmarshal(f["response_format"], &format) == nil && format["schema"] != nil {
		delete(format, "type")
		format["name"] = json.RawMessage(`"answer"`)
		f["response_format"] = fields{"type": json.RawMessage(`"json_schema"`), "json_schema": format.json()}.json()
	}
	var functions []fields
	if json.Unmarshal(f["functions"], &functions) == nil && functions != nil {
		delete(f, "functions")
		f["tools"] = list(functions, func(function fields) json.RawMessage {
			delete(function, "few_shot_examples")
			delete(function, "return_parameters")
			return fields{"type": json.RawMessage(`"function"`), "function": function.json()}.json()
		})
	}
	if call := f["function_call"]; isObject(call) {
		f["function_call"] = fields{"type": json.RawMessage(`"function"`), "function": call}.json()
	}
	f.rename("function_call", "tool_choice")
	if err := openAIMessages(f); err != nil {
		return nil, err
	}
	return f.json(), nil
}

// list returns a list of what each element is turned into.
func list(elements []fields, turn func(fields) json.RawMessage) json.RawMessage {
	b := []byte{'['}
	for i, e := range elements {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, turn(e)...)
	}
	return append(b, ']')
}

// openAIMessages rewrites calls of functions and their results in the messages of a request. A result belongs to the call before it.
func openAIMessages(f fields) error {
	var messages []fields
	if err := json.Unmarshal(f["messages"], &messages); err != nil {
		return nil // the service says what is wrong
	}
	calls, attached := 0, false
	id := func() json.RawMessage { return appendString(nil, "call_"+strconv.Itoa(calls)) }
	f["messages"] = list(messages, func(m fields) json.RawMessage {
		var files []json.RawMessage
		attached = attached || json.Unmarshal(m["attachments"], &files) == nil && len(files) > 0
		delete(m, "attachments")
		delete(m, "functions_state_id")
		if call := m["function_call"]; isObject(call) {
			calls++
			var c fields
			_ = json.Unmarshal(call, &c)
			if !bytes.HasPrefix(c["arguments"], []byte{'"'}) {
				c["arguments"] = appendString(nil, compact(c["arguments"]))
			}
			delete(m, "function_call")
			tool := fields{"id": id(), "type": json.RawMessage(`"function"`), "function": c.json()}
			m["tool_calls"] = append(append(json.RawMessage{'['}, tool.json()...), ']')
		}
		if string(m["role"]) == `"function"` {
			m["role"], m["tool_call_id"] = json.RawMessage(`"tool"`), id()
			delete(m, "name")
		}
		return m.json()
	})
	if attached {
		return ErrNoFiles
	}
	return nil
}

// ErrNoFiles is the cause of an error of a service that takes no files.
var ErrNoFiles = errors.New("this service takes no files")

// errAPIKey is the cause of an error of KindUnauthorized if the service takes an API key.
var errAPIKey = errors.New("API key refused")

// WrongAPIKey reports whether the service refused the API key.
func (e *Error) WrongAPIKey() bool { return e.Kind == KindUnauthorized && errors.Is(e.Err, errAPIKey) }

// openAITransport rewrites answers in the dialect of OpenAI to GigaChat's own form.
type openAITransport struct {
	http.RoundTripper
	call *call // reads the answers; the beginning of one that is too long is passed on as it is
}

func (t openAITransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	switch {
	case resp.StatusCode/100 != 2:
		raw, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusalBody))
		resp.StatusCode = refusalStatus(resp.StatusCode, raw)
		resp.Body = &rewritten{src: resp.Body, left: raw, err: cmp.Or(err, io.EOF)}
	case mediaType(resp) == "text/event-stream":
		s := openAIStream{lines: bufio.NewReader(io.LimitReader(resp.Body, int64(t.call.maxAnswer())))}
		resp.Body = &rewritten{src: resp.Body, next: s.next}
	default:
		body, length := resp.Body, resp.ContentLength
		resp.Body = &rewritten{src: body, next: func() ([]byte, error) {
			var b bytes.Buffer
			if _, err := t.call.read(r.Context(), &b, body, length); err != nil {
				return b.Bytes(), err
			}
			return new(openAIStream).answer(b.Bytes()), io.EOF
		}}
	}
	resp.ContentLength = -1
	return resp, nil
}

// refusalStatus returns the status with which GigaChat refuses for the same reason.
func refusalStatus(status int, body []byte) int {
	var plain struct {
		Error struct {
			Message, Type string
			Code          any
		}
		Message string
	}
	_ = json.Unmarshal(body, &plain)
	words := strings.ToLower(cmp.Or(plain.Error.Message, plain.Message))
	switch {
	case plain.Error.Code == "insufficient_quota" || plain.Error.Type == "insufficient_quota":
		return http.StatusPaymentRequired
	case status == http.StatusBadRequest && (plain.Error.Code == "context_length_exceeded" || strings.Contains(words, "context length")):
		return http.StatusRequestEntityTooLarge
	}
	return status
}

// rewritten is a body of which next makes one part after another, until it returns an error with the last one.
type rewritten struct {
	src  io.Closer
	next func() ([]byte, error)
	left []byte
	err  error
}

func (r *rewritten) Read(p []byte) (int, error) {
	for len(r.left) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.left, r.err = r.next()
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}

func (r *rewritten) Close() error { return r.src.Close() }

// openAIStream rewrites the events of a stream. A tool call comes in pieces, which make up the function call of the last event.
type openAIStream struct {
	lines     *bufio.Reader
	name      string
	arguments strings.Builder
}

// next returns the next line.
func (s *openAIStream) next() ([]byte, error) {
	line, err := s.lines.ReadBytes('\n')
	if data, ok := bytes.CutPrefix(line, []byte("data:")); ok && isObject(data) {
		line = append(append([]byte("data: "), s.answer(bytes.TrimSpace(data))...), '\n')
	}
	return line, err
}

// finishReasons are the reasons that have another name.
var finishReasons = map[string]string{"tool_calls": "function_call", "content_filter": "blacklist"}

// answer rewrites a whole answer or one event. It returns anything else unchanged.
func (s *openAIStream) answer(raw []byte) []byte {
	var f fields
	if json.Unmarshal(raw, &f) != nil || f["choices"] == nil && f["usage"] == nil {
		return raw
	}
	var usage struct {
		Details struct {
			Cached json.RawMessage `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
	}
	if json.Unmarshal(f["usage"], &usage) == nil && len(usage.Details.Cached) > 0 {
		var u fields
		_ = json.Unmarshal(f["usage"], &u)
		u["precached_prompt_tokens"] = usage.Details.Cached
		f["usage"] = u.json()
	}
	var choices []fields
	if json.Unmarshal(f["choices"], &choices) == nil && choices != nil {
		f["choices"] = list(choices, s.choice)
	}
	return f.json()
}

func (s *openAIStream) choice(c fields) json.RawMessage {
	reason := valueText(c["finish_reason"])
	if name, ok := finishReasons[reason]; ok {
		c["finish_reason"] = appendString(nil, name)
	}
	for _, part := range []string{"message", "delta"} {
		var m fields
		if json.Unmarshal(c[part], &m) != nil || m == nil {
			continue
		}
		var calls []struct {
			Index    int // in events; only the first call counts
			Function struct{ Name, Arguments string }
		}
		if json.Unmarshal(m["tool_calls"], &calls) == nil && len(calls) > 0 && calls[0].Index == 0 {
			s.name = cmp.Or(s.name, calls[0].Function.Name)
			s.arguments.WriteString(calls[0].Function.Arguments)
			delete(m, "tool_calls")
		}
		if s.name != "" && reason == "stop" { // so does a service finish that was made to call a function
			c["finish_reason"] = json.RawMessage(`"function_call"`)
		}
		if s.name != "" && (part == "message" || reason != "") {
			arguments := json.RawMessage(s.arguments.String())
			if !isObject(arguments) || !json.Valid(arguments) {
				arguments = appendString(nil, s.arguments.String())
			}
			call := append(appendString([]byte(`{"name":`), s.name), `,"arguments":`...) // in GigaChat's order
			m["function_call"] = append(append(call, arguments...), '}')
		}
		if refusal := valueText(m["refusal"]); refusal != "" && valueText(m["content"]) == "" {
			m["content"] = m["refusal"]
		}
		c[part] = m.json()
	}
	return c.json()
}
