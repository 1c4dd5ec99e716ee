package gigachat

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// ChatRequest is the body of POST /chat/completions (version 1 of the API). Unset fields (empty, nil, false) are not sent, and the server's
// defaults apply.
type ChatRequest struct {
	Model             string
	Messages          []Message
	Temperature       *float64 // above 0; the server refuses 0, use TopP 0 instead
	TopP              *float64 // 0 to 1
	MaxTokens         *int     // of the answer; an answer cut at this limit has the finish reason "length"
	RepetitionPenalty *float64 // above 0; 1 is neutral
	Stream            bool

	// Fields are all other fields (functions, function_call, response_format, …), sent as given. Names of the fields above are ignored.
	Fields map[string]json.RawMessage

	// Literal holds further fields whose values are sent byte for byte, with keys in the given order: models write the properties of a JSON
	// Schema in that order. Values must be compact JSON. If a name is in both maps, Literal wins. Reading a request leaves it nil.
	Literal map[string]json.RawMessage
}

// Message is one message of a request.
type Message struct {
	Role    string // system, user, assistant or function
	Content string

	// Fields are all other fields (name, function_call, attachments, functions_state_id, …), sent as given. Names of the fields above
	// are ignored.
	Fields map[string]json.RawMessage
}

// The names of the structs' own fields, sorted.
var (
	requestNames = []string{"max_tokens", "messages", "model", "repetition_penalty", "stream", "temperature", "top_p"}
	messageNames = []string{"content", "role"}
)

var errTrailing = errors.New("more than one JSON value")

// AppendJSON appends the canonical JSON of r to b: keys sorted bytewise at every level (except within Literal), no white space, text as
// UTF-8 with only the escapes that JSON requires, numbers in Fields as given, other numbers in their shortest form. Exactly these bytes are
// sent. Equal requests have equal bytes, in this release and in later ones: the identity of a task is made of them.
//
// The values of Fields must be JSON; a value that is not is sent unchanged, and the server refuses it. Numbers that JSON lacks (NaN,
// infinities) count as unset.
func (r *ChatRequest) AppendJSON(b []byte) []byte {
	o := openObject(b, r.Fields, r.Literal, requestNames)
	if r.MaxTokens != nil {
		o.key("max_tokens")
		o.b = strconv.AppendInt(o.b, int64(*r.MaxTokens), 10)
	}
	if len(r.Messages) > 0 {
		o.key("messages")
		o.b = append(o.b, '[')
		for i := range r.Messages {
			if i > 0 {
				o.b = append(o.b, ',')
			}
			o.b = r.Messages[i].appendJSON(o.b)
		}
		o.b = append(o.b, ']')
	}
	if r.Model != "" {
		o.key("model")
		o.b = appendString(o.b, r.Model)
	}
	o.float("repetition_penalty", r.RepetitionPenalty)
	if r.Stream {
		o.key("stream")
		o.b = append(o.b, "true"...)
	}
	o.float("temperature", r.Temperature)
	o.float("top_p", r.TopP)
	return o.close()
}

func (o *objectWriter) float(name string, f *float64) {
	if f != nil && !math.IsNaN(*f) && !math.IsInf(*f, 0) {
		o.key(name)
		o.b = appendFloat(o.b, *f)
	}
}

func (m *Message) appendJSON(b []byte) []byte {
	o := openObject(b, m.Fields, nil, messageNames)
	o.key("content")
	o.b = appendString(o.b, m.Content)
	if m.Role != "" {
		o.key("role")
		o.b = appendString(o.b, m.Role)
	}
	return o.close()
}

// MarshalJSON is AppendJSON, but fails if Fields hold something that is not JSON.
func (r ChatRequest) MarshalJSON() ([]byte, error) {
	return checked(r.AppendJSON(nil))
}

// MarshalJSON returns the canonical JSON of m, as within a request.
func (m Message) MarshalJSON() ([]byte, error) {
	return checked(m.appendJSON(nil))
}

func checked(b []byte) ([]byte, error) {
	if !json.Valid(b) {
		return nil, errors.New("a field is not valid JSON")
	}
	return b, nil
}

// UnmarshalJSON replaces r with the request in data. Other fields are kept in Fields. The content of a message must be a string, or null or
// absent, which mean "". An array of parts, as in OpenAI's API, is an error (version 1 of the API answers it with 400). Numbers must fit
// their field.
func (r *ChatRequest) UnmarshalJSON(data []byte) error {
	var q ChatRequest
	rest, err := unmarshalFields(data, []field{
		{"max_tokens", &q.MaxTokens}, {"messages", &q.Messages}, {"model", &q.Model}, {"repetition_penalty", &q.RepetitionPenalty},
		{"stream", &q.Stream}, {"temperature", &q.Temperature}, {"top_p", &q.TopP},
	})
	if err != nil {
		return err
	}
	q.Fields = rest
	*r = q
	return nil
}

// UnmarshalJSON replaces m with the message in data, by the rules of [ChatRequest.UnmarshalJSON].
func (m *Message) UnmarshalJSON(data []byte) error {
	var q Message
	var content json.RawMessage
	rest, err := unmarshalFields(data, []field{{"content", &content}, {"role", &q.Role}})
	if err != nil {
		return err
	}
	if len(content) > 0 && content[0] == '[' {
		return errors.New("content is an array; GigaChat accepts only a string")
	}
	if len(content) > 0 {
		if err := json.Unmarshal(content, &q.Content); err != nil {
			return fmt.Errorf("content: %w", err)
		}
	}
	q.Fields = rest
	*m = q
	return nil
}

type field struct {
	name string
	to   any
}

// unmarshalFields reads the named fields of an object and returns the others, or nil if there are none.
func unmarshalFields(data []byte, own []field) (map[string]json.RawMessage, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	for _, f := range own {
		if raw, ok := all[f.name]; ok {
			if err := json.Unmarshal(raw, f.to); err != nil {
				return nil, fmt.Errorf("%s: %w", f.name, err)
			}
			delete(all, f.name)
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	return all, nil
}
