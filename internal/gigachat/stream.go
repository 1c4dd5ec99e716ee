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

// ChatStream asks once, as [Client.Chat] does, and hands each piece of the completion to onDelta as it comes; the pieces together are the
// answer's Completion. The client's Timeout holds for the whole stream. Over HTTP/1.1 the real gateway holds everything back until the
// end. The request's Stream is taken as true.
//
// An error of onDelta ends the stream and is returned as it is; the completion may be billed all the same. A stream that ends before
// it says how the completion finished is an [*Error] of KindBadBody.
func (c *Client) ChatStream(ctx context.Context, r *ChatRequest, onDelta func(string) error) (*ChatResponse, error) {
	streamed := *r
	streamed.Stream = true
	q := question{op: "chat", method: http.MethodPost, path: "/chat/completions", accept: "text/event-stream", body: streamed.AppendJSON(nil)}
	var answer *ChatResponse
	err := c.ask(ctx, q, func(resp *http.Response, used *call) (err error) {
		if answer, err = takeStream(resp, used, onDelta); err == nil {
			answer.about(resp, used)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

func takeStream(resp *http.Response, used *call, onDelta func(string) error) (*ChatResponse, error) {
	if isJSON(resp) {
		return takeWhole(resp, onDelta)
	}
	s := streamed{used: used, onDelta: onDelta}
	if err := readEvents(resp.Body, s.take); err != nil {
		return nil, err
	}
	return s.answer()
}

func isJSON(resp *http.Response) bool {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return kind == "application/json"
}

// takeWhole takes the answer of a server that does not stream.
func takeWhole(resp *http.Response, onDelta func(string) error) (answer *ChatResponse, err error) {
	err = withBody(resp, func(b []byte) error {
		answer, err = decodeChat(b)
		return err
	})
	if err == nil && answer.Completion != "" {
		err = handOn(onDelta, answer.Completion)
	}
	return answer, err
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

// streamed puts an answer together from its events.
type streamed struct {
	used    *call
	onDelta func(string) error

	text     strings.Builder
	function json.RawMessage
	last     ChatResponse
	done     bool // [DONE] came, or the reason why the completion finished
}

type delta struct {
	Content      json.RawMessage `json:"content"`
	FunctionCall json.RawMessage `json:"function_call"`
}

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
	if !ok {
		return s.strange(e.data)
	}
	s.takeAbout(&b)
	return s.takeChoice(c)
}

// refused is the error that a stream told of after it had begun.
func (s *streamed) refused(data string) error {
	var b refusalBody
	_ = json.Unmarshal([]byte(data), &b)
	kind := KindServer
	if b.Status >= 400 {
		kind = kindOf(b.Status)
	}
	e := s.used.fail(kind, nil)
	e.Status = b.Status
	e.Message, e.Code = readRefusal(b.Status, []byte(data))
	e.Message = scrub(e.Message, s.used.secrets)
	e.Sent = true
	return e
}

// strange is an event without choices: an error without a name, or something that newer servers tell and nobody here needs.
func (s *streamed) strange(data string) error {
	var b refusalBody
	if json.Unmarshal([]byte(data), &b) == nil && b.words() != "" && b.Status != http.StatusOK {
		return s.refused(data)
	}
	return nil
}

// takeAbout takes what stands beside the choices.
func (s *streamed) takeAbout(b *chatBody) {
	r := b.response()
	s.last.Model = cmp.Or(r.Model, s.last.Model)
	if !r.Created.IsZero() {
		s.last.Created = r.Created
	}
	if r.Usage != (Usage{}) {
		s.last.Usage = r.Usage
	}
}

func (s *streamed) takeChoice(c choice) error {
	if reason := valueText(c.FinishReason); reason != "" {
		s.last.FinishReason, s.done = reason, true
	}
	return s.takeDelta(c.Delta)
}

func (s *streamed) takeDelta(raw json.RawMessage) error {
	d := delta{Content: raw}
	if isObject(raw) {
		d = delta{}
		_ = json.Unmarshal(raw, &d)
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

// answer is the whole of what was streamed.
func (s *streamed) answer() (*ChatResponse, error) {
	if !s.done {
		return nil, endedEarly{errors.New("the stream did not say how the completion finished")}
	}
	r := s.last
	r.Completion = cmp.Or(s.text.String(), compact(s.function))
	return &r, nil
}
