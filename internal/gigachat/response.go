package gigachat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// SandboxHeader is the response header that identifies a sandbox. Any value that is not empty counts. The real API never sends it.
const SandboxHeader = "X-Gigabatch-Sandbox"

// Usage is the number of tokens of one completion, as the server counted them.
type Usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`

	// CachedTokens are the prompt tokens that were found in the server's prefix cache and are not billed (developers.sber.ru,
	// guides/keeping-context). It is unclear whether PromptTokens includes them.
	CachedTokens int `json:"precached_prompt_tokens"`
}

// ChatResponse is an answer to a [ChatRequest].
type ChatResponse struct {
	// Completion is the text of the first choice. If the model calls a function and says nothing, it is the function_call object as compact
	// JSON. Text parts are joined; other JSON is returned as compact JSON. It is empty if the server returned no choices.
	Completion   string
	Call         string    // the function_call object as compact JSON if the model also says something, else ""
	FinishReason string    // stop, length, function_call, blacklist (moderation) or error
	Model        string    // the versioned name in the answer, such as GigaChat-2-Max:2.0.30.01; it cannot be requested
	Created      time.Time // zero if the server did not send it
	Usage        Usage     // zeros if the server did not send it
	RequestID    string    // X-Request-ID of the exchange: the server's, else ours
	Sandbox      bool      // a sandbox answered, not the API
	Reasoned     bool      // the message has a reasoning_content
	Unknown      bool      // the body is JSON of an unknown shape, without a list of choices
	Raw          string    // the whole body, if it has no completion or is not UTF-8; any bytes
}

// chatBody is read leniently: an answer has been paid for and must not be lost because of an odd field.
type chatBody struct {
	Choices json.RawMessage `json:"choices"`
	Created json.RawMessage `json:"created"`
	Model   json.RawMessage `json:"model"`
	Usage   json.RawMessage `json:"usage"`
}

type choice struct {
	Message      json.RawMessage `json:"message"`
	Delta        json.RawMessage `json:"delta"`
	FinishReason json.RawMessage `json:"finish_reason"`
}

type answerMessage struct {
	Content      json.RawMessage `json:"content"`
	Reasoning    json.RawMessage `json:"reasoning_content"`
	FunctionCall json.RawMessage `json:"function_call"`
}

// usualBody is the shape of almost all answers, read in one pass.
type usualBody struct {
	Choices []struct {
		Message struct {
			Content      string          `json:"content"`
			FunctionCall json.RawMessage `json:"function_call"`
		} `json:"message"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Created json.RawMessage `json:"created"`
	Model   string          `json:"model"`
	Usage   Usage           `json:"usage"`
}

// decodeChat reads a complete answer to used, which may be any JSON. An empty list of choices is not an error, but a body that names an
// error is that error.
func decodeChat(body []byte, header http.Header, used *call) (*ChatResponse, error) {
	var u usualBody
	if json.Unmarshal(body, &u) != nil || len(u.Choices) == 0 || u.Choices[0].Message.Content == "" || !utf8.Valid(body) {
		return decodeOdd(body, header, used)
	}
	c := &u.Choices[0]
	return &ChatResponse{
		Completion: c.Message.Content, Call: compact(c.Message.FunctionCall), FinishReason: c.FinishReason,
		Model: u.Model, Created: unixTime(string(u.Created)), Usage: u.Usage,
	}, nil
}

// decodeOdd reads an answer of an unusual shape, field by field.
func decodeOdd(body []byte, header http.Header, used *call) (*ChatResponse, error) {
	var b chatBody
	if err := json.Unmarshal(body, &b); errors.As(err, new(*json.SyntaxError)) { // anything but an object leaves b empty
		return nil, fmt.Errorf("the answer is not JSON: %w", err)
	}
	r := b.response()
	c, ok := b.first()
	if c.Message == nil && c.FinishReason == nil {
		if e := used.named(body, header); e != nil {
			e.Usage = r.Usage
			return nil, e
		}
	}
	r.Unknown = !ok
	r.FinishReason = valueText(c.FinishReason)
	r.say(messageOf(c.Message))
	r.Reasoned = hasReasoning(c.Message)
	if r.Completion == "" || !utf8.Valid(body) {
		r.Raw = string(body)
	}
	return r, nil
}

// first returns the first choice, or an empty one if the list is empty. ok is false if there is no list, or if its first element is not an
// object.
func (b *chatBody) first() (c choice, ok bool) {
	var list []json.RawMessage
	if json.Unmarshal(b.Choices, &list) != nil || list == nil {
		return c, false
	}
	if len(list) == 0 {
		return c, true
	}
	return c, isObject(list[0]) && json.Unmarshal(list[0], &c) == nil
}

func hasReasoning(message json.RawMessage) bool {
	var m answerMessage
	_ = json.Unmarshal(message, &m)
	return valueText(m.Reasoning) != ""
}

func isObject(raw json.RawMessage) bool { return bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) }

// response returns everything but the choices.
func (b *chatBody) response() *ChatResponse {
	r := &ChatResponse{Model: valueText(b.Model), Created: unixTime(string(b.Created))}
	var u Usage
	if json.Unmarshal(b.Usage, &u) == nil {
		r.Usage = u
	}
	return r
}

// about fills in what the exchange and the answer's header say.
func (r *ChatResponse) about(resp *http.Response, c *call) *ChatResponse {
	r.RequestID = c.id
	r.Sandbox = isSandbox(resp)
	return r
}

func isSandbox(resp *http.Response) bool { return resp.Header.Get(SandboxHeader) != "" }

// messageOf returns the text of a message and its function call.
func messageOf(message json.RawMessage) (text, call string) {
	if !isObject(message) {
		return contentText(message), ""
	}
	var m answerMessage
	_ = json.Unmarshal(message, &m)
	return contentText(m.Content), compact(m.FunctionCall)
}

// say sets the completion: the text or, without one, the function call.
func (r *ChatResponse) say(text, call string) {
	if r.Completion = text; text == "" {
		r.Completion = call
		return
	}
	r.Call = call
}

// contentText returns the content of an answer: a string, joined text parts, or any other JSON in compact form.
func contentText(raw json.RawMessage) string {
	var parts []json.RawMessage
	if json.Unmarshal(raw, &parts) != nil {
		return valueText(raw)
	}
	var joined strings.Builder
	for _, p := range parts {
		text, ok := partText(p)
		if !ok {
			return compact(raw)
		}
		joined.WriteString(text)
	}
	return joined.String()
}

// partText returns the text of a part, which is a string or an object with a text.
func partText(raw json.RawMessage) (string, bool) {
	var part struct {
		Text *string `json:"text"`
	}
	into := any(&part.Text)
	if isObject(raw) {
		into = &part
	}
	if json.Unmarshal(raw, into) != nil || part.Text == nil {
		return "", false
	}
	return *part.Text, true
}

// valueText returns the value of a string, any other value as compact JSON, and "" for null.
func valueText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return compact(raw)
}

// compact returns raw without white space. It returns "" for null and for invalid JSON.
func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil || b.String() == "null" {
		return ""
	}
	return b.String()
}

// unixTime reads a time that some installations give in seconds and others in milliseconds. A value below 10^11 is in seconds, which
// reaches to the year 5138. (The usual limit of 10^12 would misread milliseconds of the year 2000, where the clock of testing/synctest
// starts.) It returns the zero time for anything that is not a positive number.
func unixTime(s string) time.Time {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0) || f > math.MaxInt64/2 {
		return time.Time{}
	}
	if f < 1e11 {
		return time.UnixMilli(int64(f * 1000))
	}
	return time.UnixMilli(int64(f))
}
