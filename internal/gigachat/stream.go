package gigachat

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strings"
)

// takeStream reads an answer event by event, or as a whole if the server does not stream.
func takeStream(ctx context.Context, resp *http.Response, used *call, onDelta func(string) error) (*ChatResponse, error) {
	if mediaType(resp) != "application/json" {
		s := streamed{used: used, onDelta: onDelta}
		if err := readEvents(resp.Body, s.take); err != nil {
			return nil, err
		}
		return s.answer()
	}
	var answer *ChatResponse
	err := used.withBody(ctx, resp, func(b []byte) (err error) {
		answer, err = decodeChat(b, resp.Header, used)
		return err
	})
	if err == nil && answer.Completion != "" {
		err = handOn(onDelta, answer.Completion)
	}
	return answer, err
}

func mediaType(resp *http.Response) string {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return kind
}

func handOn(onDelta func(string) error, text string) error {
	if onDelta == nil {
		return nil
	}
	if err := onDelta(text); err != nil {
		return stopped{err}
	}
	return nil
}

// streamed assembles an answer from its events.
type streamed struct {
	used    *call
	onDelta func(string) error

	text     strings.Builder
	function json.RawMessage
	last     ChatResponse
	done     bool // [DONE] or a finish reason was received
}

type delta struct {
	Content      json.RawMessage `json:"content"`
	FunctionCall json.RawMessage `json:"function_call"`
}

// take processes one event: a piece of the completion, its end, or an error.
func (s *streamed) take(e event) error {
	if e.data == "[DONE]" {
		s.done = true
		return errEndOfEvents
	}
	if e.name == "error" {
		return s.refused(e.data)
	}
	if !json.Valid([]byte(e.data)) {
		return errors.New("an event of the stream is not JSON")
	}
	var b chatBody
	_ = json.Unmarshal([]byte(e.data), &b)
	c, ok := b.first()
	if !ok { // an unnamed error, or an event of newer servers that is not needed here
		var r refusalBody
		if json.Unmarshal([]byte(e.data), &r) == nil && r.words() != "" && r.Status != http.StatusOK {
			return s.refused(e.data)
		}
		return nil
	}

	r := b.response()
	s.last.Model = cmp.Or(r.Model, s.last.Model)
	if !r.Created.IsZero() {
		s.last.Created = r.Created
	}
	s.last.Usage = cmp.Or(r.Usage, s.last.Usage)
	if reason := valueText(c.FinishReason); reason != "" {
		s.last.FinishReason, s.done = reason, true
	}

	d := delta{Content: c.Delta}
	if isObject(c.Delta) {
		d = delta{}
		_ = json.Unmarshal(c.Delta, &d)
	}
	if compact(d.FunctionCall) != "" {
		s.function = d.FunctionCall
	}
	text := contentText(d.Content)
	if text == "" {
		return nil
	}
	s.text.WriteString(text)
	return handOn(s.onDelta, text)
}

// refused returns the error that a server reports in the middle of a stream.
func (s *streamed) refused(data string) error {
	var b refusalBody
	_ = json.Unmarshal([]byte(data), &b)
	kind := KindServer
	if b.Status >= 400 {
		kind = kindOf(b.Status)
	}
	e := s.used.fail(kind, nil)
	e.Status = b.Status
	e.Message, e.Code = readRefusal(b.Status, []byte(data), s.used.secrets)
	e.Sent = true
	return e
}

// answer returns the complete answer.
func (s *streamed) answer() (*ChatResponse, error) {
	if !s.done {
		return nil, endedEarly{errors.New("the stream has no finish reason")}
	}
	r := s.last
	r.say(s.text.String(), compact(s.function))
	return &r, nil
}
