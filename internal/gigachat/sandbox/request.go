package sandbox

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// A chatRequest is the part of a request body that the sandbox uses.
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
	Functions         []function      `json:"functions"`
	ResponseFormat    responseFormat  `json:"response_format"`
	ReasoningEffort   string          `json:"reasoning_effort"`

	attached []*stored // of all messages, in order
}

type message struct {
	Role        string   `json:"role"`
	Content     string   `json:"content"`
	Attachments []string `json:"attachments"`
}

type function struct {
	Name       string          `json:"name"`
	Parameters json.RawMessage `json:"parameters"`
}

type responseFormat struct {
	Type   string          `json:"type"`
	Schema json.RawMessage `json:"schema"`
}

// maxBody exceeds any context. The documented limit of 80 MB is for attachments, which are not sent in this body.
const maxBody = 8 << 20

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4096); return &b }}

// readJSON reads and decodes a body.
func readJSON(r *http.Request, into any) refusal {
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

// appendBody appends a body, or its first maxBody+1 bytes if it is longer.
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

// check refuses what the API refuses. The messages about max_tokens, temperature, top_p, roles, empty messages and response_format are
// guesses, modelled on the one about repetition_penalty.
func check(s *Sandbox, req *chatRequest) refusal {
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
	for i, m := range req.Messages {
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
	if no := checkStructure(s.o, req); no != ok {
		return no
	}
	if no := attach(&s.files, req); no != ok {
		return no
	}
	switch tokens, document := req.tokens(s.o.TokensOf), req.documentTokens(); {
	case tokens-document > s.o.ContextTokens:
		return payloadTooLarge
	case tokens > s.o.ContextTokens: // by a document
		return refusal{http.StatusUnprocessableEntity, "Unprocessable Entity"}
	}
	return ok
}

// prompt returns the text of the last user message, or of the last message if there is none.
func (req *chatRequest) prompt() string {
	for i := len(req.Messages) - 1; i >= 0; i-- {
		if m := &req.Messages[i]; m.Role == "user" {
			return m.Content
		}
	}
	return req.Messages[len(req.Messages)-1].Content
}

// hash identifies everything that decides the answer. It includes the contents of attachments, not their ids, and not whether the answer is
// streamed.
func (req *chatRequest) hash() hash {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	b := appendText((*buffer)[:0], req.Model)
	for i := range req.Messages {
		m := &req.Messages[i]
		b = appendText(appendText(b, m.Role), m.Content)
		b = binary.AppendUvarint(b, uint64(len(m.Attachments)))
	}
	for _, f := range req.attached {
		b = append(b, f.sum[:]...)
	}
	for _, f := range req.Functions {
		b = appendText(appendText(b, f.Name), f.Parameters)
	}
	b = appendText(appendText(appendText(b, req.FunctionCall), req.ResponseFormat.Type), req.ResponseFormat.Schema)
	b = appendText(b, req.ReasoningEffort)
	b = fmt.Append(b, number(req.Temperature), number(req.TopP), number(req.RepetitionPenalty), number(req.MaxTokens))
	*buffer = b
	return hashOf(b)
}

// appendText appends text with its length, so that adjacent texts cannot be confused.
func appendText[T string | json.RawMessage](b []byte, text T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// number returns the number that p points to, or nil.
func number[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// tokens returns the length of the prompt by the tokens of each text, with the chat template around each message and a document.
func (req *chatRequest) tokens(of func(text string) int) int {
	n := 4 + req.documentTokens()
	for i := range req.Messages {
		n += 4 + of(req.Messages[i].Content)
	}
	return n
}

// calls returns the name of the function that the request demands, or "".
func (req *chatRequest) calls() string {
	var call struct{ Name string }
	if len(req.FunctionCall) == 0 || json.Unmarshal(req.FunctionCall, &call) != nil {
		return ""
	}
	return call.Name
}

// The documented limits of a request's attachments.
const (
	maxImages    = 10
	maxMediaSize = 80 << 20 // images and audio together
)

// attach finds the files that the messages name and checks them. The messages of the 422s are guesses. So are the 404 for a missing file
// and, where the documentation does not say it, which models see images.
func attach(files *files, req *chatRequest) refusal {
	images, media := 0, int64(0)
	sees := strings.HasPrefix(req.Model, "GigaChat-3") || strings.Contains(req.Model, "Pro") || strings.Contains(req.Model, "Max")
	for i := range req.Messages {
		before := images
		for _, id := range req.Messages[i].Attachments {
			f, found := files.find(id)
			if !found {
				return noSuchFile
			}
			req.attached = append(req.attached, f)
			if f.class == "image" {
				images++
			}
			if f.class != "document" {
				media += f.size
			}
		}
		if images > before+1 {
			return invalidParams("only one image is allowed in a message")
		}
	}
	switch {
	case images > maxImages:
		return invalidParams("too many images")
	case images > 0 && !sees:
		return invalidParams("images are not supported by this model")
	case media >= maxMediaSize:
		return payloadTooLarge
	}
	return ok
}

// documentTokens returns the length of the first document, the only one that is used.
func (req *chatRequest) documentTokens() int {
	i := slices.IndexFunc(req.attached, func(f *stored) bool { return f.class == "document" })
	if i < 0 {
		return 0
	}
	return tokensOf(int(req.attached[i].size))
}
