package gigachat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// SandboxHeader is the response header by which a sandbox names itself. Any value that is not empty counts. The real API never sends
// it.
const SandboxHeader = "X-Gigabatch-Sandbox"

// Usage counts the tokens of one completion, as the server counted them.
type Usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`

	// CachedTokens are those of the prompt that were found in the server's prefix cache and are not billed
	// (developers.sber.ru, guides/keeping-context). Whether PromptTokens includes them is not settled.
	CachedTokens int `json:"precached_prompt_tokens"`
}

// ChatResponse is an answer to a [ChatRequest].
type ChatResponse struct {
	// Completion is the text of the first choice. Where the model calls a function and says nothing, it is the function_call object,
	// as compact JSON. It is empty where the server gave no choices at all.
	Completion   string
	FinishReason string          // stop, length, function_call, blacklist (moderation) or error
	Model        string          // the versioned name as answered, such as GigaChat-2-Max:2.0.30.01; it cannot be asked for
	Created      time.Time       // zero where the server did not say
	Usage        Usage           // zeros where the server did not say
	Message      json.RawMessage // the first choice's message as it came; of a stream, as put together
	RequestID    string          // X-Request-ID of the exchange: the server's, else ours
	Sandbox      bool            // a sandbox answered, not the API
}

// chatBody is read leniently: an answer was paid for, and must not be lost for an odd field beside it.
type chatBody struct {
	Choices []struct {
		Message      json.RawMessage `json:"message"`
		Delta        json.RawMessage `json:"delta"`
		FinishReason string          `json:"finish_reason"`
	} `json:"choices"`
	Created json.RawMessage `json:"created"`
	Model   string          `json:"model"`
	Usage   json.RawMessage `json:"usage"`
}

type answerMessage struct {
	Content      json.RawMessage `json:"content"`
	FunctionCall json.RawMessage `json:"function_call"`
}

var errNoChoices = errors.New("the answer has no choices")

// decodeChat reads the body of a whole answer. An empty list of choices is no error.
func decodeChat(body []byte) (*ChatResponse, error) {
	var b chatBody
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, fmt.Errorf("the answer is not as expected: %w", err)
	}
	if b.Choices == nil {
		return nil, errNoChoices
	}
	r := b.response()
	if len(b.Choices) == 0 {
		return r, nil
	}
	r.FinishReason = b.Choices[0].FinishReason
	r.Message = b.Choices[0].Message
	var err error
	r.Completion, err = completion(r.Message)
	return r, err
}

// response has what stands beside the choices.
func (b *chatBody) response() *ChatResponse {
	r := &ChatResponse{Model: b.Model, Created: unixTime(string(b.Created))}
	var u Usage
	if json.Unmarshal(b.Usage, &u) == nil {
		r.Usage = u
	}
	return r
}

// about fills in what an answer's header tells.
func (r *ChatResponse) about(resp *http.Response, c *call) *ChatResponse {
	r.RequestID = c.id
	r.Sandbox = isSandbox(resp)
	return r
}

func isSandbox(resp *http.Response) bool { return resp.Header.Get(SandboxHeader) != "" }

func completion(message json.RawMessage) (string, error) {
	if len(message) == 0 {
		return "", nil
	}
	var m answerMessage
	if err := json.Unmarshal(message, &m); err != nil {
		return "", fmt.Errorf("the answer's message is not as expected: %w", err)
	}
	text, err := contentString(m.Content)
	if err != nil || text != "" {
		return text, err
	}
	return compact(m.FunctionCall), nil
}

// compact is the JSON without white space, or nothing for null.
func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil || b.String() == "null" {
		return ""
	}
	return b.String()
}

// unixTime reads a time that some stands of the API give in seconds and others in milliseconds. Below 10^11 it is seconds, until the year
// 5138. (The usual border of 10^12 would misread milliseconds of the year 2000, where the clock of testing/synctest begins.) It is zero
// for what is no positive number.
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
