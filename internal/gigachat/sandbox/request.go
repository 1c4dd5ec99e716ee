package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"unicode/utf8"
)

// A chatRequest is the part of a request's body that the sandbox looks at.
type chatRequest struct {
	Model             string          `json:"model"`
	Messages          []message       `json:"messages"`
	Temperature       *float64        `json:"temperature"`
	TopP              *float64        `json:"top_p"`
	MaxTokens         *int            `json:"max_tokens"`
	RepetitionPenalty *float64        `json:"repetition_penalty"`
	Stream            bool            `json:"stream"`
	UpdateInterval    float64         `json:"update_interval"`
	FunctionCall      json.RawMessage `json:"function_call"`
}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// maxBody is more than any context: 80 MB is the documented limit of attachments, which do not come this way.
const maxBody = 8 << 20

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4096); return &b }}

// readChat reads and checks a request.
func (s *Sandbox) readChat(r *http.Request) (*chatRequest, refusal) {
	req := new(chatRequest)
	if no := s.readJSON(r, req); no != ok {
		return nil, no
	}
	return req, s.check(req)
}

func (s *Sandbox) readJSON(r *http.Request, into any) refusal {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	var err error
	if *buffer, err = appendBody((*buffer)[:0], r.Body); err != nil {
		return invalidJSON
	}
	switch {
	case len(*buffer) > maxBody:
		return payloadTooLarge
	case json.Unmarshal(*buffer, into) != nil:
		return invalidJSON
	}
	return ok
}

// appendBody appends a body, or maxBody and a byte of it.
func appendBody(b []byte, body io.Reader) ([]byte, error) {
	for len(b) <= maxBody {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := body.Read(b[len(b):min(cap(b), maxBody+1)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
	return b, nil
}

// check refuses what the API refuses. The messages about max_tokens, temperature, top_p, roles and empty messages are
// guesses after the one about repetition_penalty.
func (s *Sandbox) check(req *chatRequest) refusal {
	switch m, known := s.models[req.Model]; {
	case !known || m.kind != "chat":
		return noSuchModel
	case len(req.Messages) == 0:
		return invalidParams("messages must not be empty")
	case req.Temperature != nil && !(*req.Temperature > 0):
		return invalidParams("temperature must be in range (0, +inf)")
	case req.TopP != nil && !(0 <= *req.TopP && *req.TopP <= 1):
		return invalidParams("top_p must be in range [0, 1]")
	case req.RepetitionPenalty != nil && !(*req.RepetitionPenalty > 0):
		return invalidParams("repetition_penalty must be in range (0, +inf)")
	case req.MaxTokens != nil && *req.MaxTokens <= 0:
		return invalidParams("max_tokens must be in range (0, +inf)")
	}
	if no := checkRoles(req.Messages); no != ok {
		return no
	}
	if req.tokens() > s.o.ContextTokens {
		return payloadTooLarge
	}
	return ok
}

func checkRoles(messages []message) refusal {
	for i, m := range messages {
		switch m.Role {
		case "system":
			if i > 0 {
				return invalidParams("system message must be the first message")
			}
		case "user", "assistant", "function":
		default:
			return invalidParams("unknown message role")
		}
	}
	return ok
}

// prompt is the text of the last message of the user, else that of the last message.
func (req *chatRequest) prompt() string {
	for i := len(req.Messages) - 1; i >= 0; i-- {
		if m := &req.Messages[i]; m.Role == "user" {
			return m.Content
		}
	}
	return req.Messages[len(req.Messages)-1].Content
}

func (req *chatRequest) hash() hash { return hashOf([]byte(req.prompt())) }

// tokens is the length of the prompt with the chat template around each message.
func (req *chatRequest) tokens() int {
	n := 4
	for i := range req.Messages {
		n += 4 + tokensOf(utf8.RuneCountInString(req.Messages[i].Content))
	}
	return n
}

// calls is the name of the function that the request demands to be called, "" for none.
func (req *chatRequest) calls() string {
	var call struct{ Name string }
	if len(req.FunctionCall) == 0 || json.Unmarshal(req.FunctionCall, &call) != nil {
		return ""
	}
	return call.Name
}
