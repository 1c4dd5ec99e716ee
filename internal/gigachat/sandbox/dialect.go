package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// OpenAI is the Dialect of a service that sells GigaChat in the API of OpenAI, as Cloud.ru does: a static key instead of OAuth, no files and
// no token count. What its errors say is a guess, modelled on OpenAI and vLLM.
const OpenAI = "openai"

// APIKey is the key that a sandbox of the OpenAI dialect accepts. It belongs to nobody.
const APIKey = "sandbox-api-key-that-opens-nothing-0001"

// serveOpenAI answers the paths of the OpenAI dialect.
func serveOpenAI(x *exchange, path string) {
	x.stamp()
	h := x.w.Header()
	h["Content-Type"] = typeOAuth
	h["X-Request-Id"] = []string{x.ids.Next()}
	method, next := "", handler(nil)
	switch path {
	case "/v1/models":
		method, next = http.MethodGet, faulty(AtModels, serveModels)
	case "/v1/chat/completions":
		method, next = http.MethodPost, serveChat
	case "/v1/embeddings":
		method, next = http.MethodPost, serveEmbeddings
	}
	key, _ := strings.CutPrefix(x.r.Header.Get("Authorization"), "Bearer ")
	switch {
	case next == nil:
		x.refuse(notFound)
	case x.r.Method != method:
		x.refuse(methodNotAllowed)
	case key != x.o.Key:
		drain(x.r)
		x.refuse(unauthorized)
	default:
		x.grant = grant{scope: x.o.anyScope()}
		next(x)
	}
}

// refuseOpenAI answers with an error of the OpenAI dialect.
func (x *exchange) refuseOpenAI(no refusal) {
	kind, code := "invalid_request_error", ""
	switch {
	case no == payloadTooLarge:
		no, code = refusal{http.StatusBadRequest, "This model's maximum context length is " + strconv.Itoa(x.o.ContextTokens) +
			" tokens. Please reduce the length of the messages."}, "context_length_exceeded"
	case no == noSuchModel:
		no, kind, code = refusal{no.status, "The model does not exist."}, "NotFoundError", "model_not_found"
	case no.status == http.StatusPaymentRequired:
		no, kind, code = refusal{http.StatusTooManyRequests, "You exceeded your current quota."}, "insufficient_quota", "insufficient_quota"
	case no.status == http.StatusTooManyRequests:
		kind, code = "rate_limit_error", "rate_limit_exceeded"
	case no.status == http.StatusUnauthorized:
		no.message, code = "Incorrect API key provided.", "invalid_api_key"
	case no.status == http.StatusUnprocessableEntity:
		no.status = http.StatusBadRequest
	}
	b := appendString([]byte(`{"error":{"message":`), no.message)
	b = appendString(append(b, `,"type":`...), kind)
	b = appendString(append(b, `,"param":null,"code":`...), code)
	x.answer(no.status, append(b, "}}"...))
}

// openAIRequest is the body of a chat in the OpenAI dialect. A field that the dialect lacks makes it invalid.
type openAIRequest struct {
	Model             string          `json:"model"`
	Messages          []openAIMessage `json:"messages"`
	Temperature       *float64        `json:"temperature"`
	TopP              *float64        `json:"top_p"`
	MaxTokens         *int            `json:"max_tokens"`
	RepetitionPenalty *float64        `json:"repetition_penalty"` // of vLLM
	Stream            bool            `json:"stream"`
	StreamOptions     struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	Tools           []openAITool    `json:"tools"`
	ToolChoice      json.RawMessage `json:"tool_choice"`
	ReasoningEffort string          `json:"reasoning_effort"`
	ResponseFormat  struct {
		Type       string `json:"type"`
		JSONSchema struct {
			Name   string          `json:"name"`
			Schema json.RawMessage `json:"schema"`
			Strict bool            `json:"strict"`
		} `json:"json_schema"`
	} `json:"response_format"`
}

type openAIMessage struct {
	Role       string `json:"role"`
	Content    string `json:"content"`
	Name       string `json:"name"`
	ToolCallID string `json:"tool_call_id"`
	ToolCalls  []struct {
		ID       string `json:"id"`
		Type     string `json:"type"`
		Function struct {
			Name      string `json:"name"`
			Arguments string `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls"`
}

type openAITool struct {
	Type     string `json:"type"`
	Function struct {
		function
		Description string `json:"description"`
	} `json:"function"`
}

// readOpenAI reads a chat in the OpenAI dialect as the same chat in GigaChat's.
func readOpenAI(r *http.Request, req *chatRequest) refusal {
	var raw json.RawMessage
	if no := readJSON(r, &raw); no != ok {
		return no
	}
	var o openAIRequest
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		return invalidParams(err.Error())
	}
	*req = chatRequest{
		Model: o.Model, Temperature: o.Temperature, TopP: o.TopP, MaxTokens: o.MaxTokens, RepetitionPenalty: o.RepetitionPenalty,
		Stream: o.Stream, ReasoningEffort: o.ReasoningEffort,
		ResponseFormat: responseFormat{Type: o.ResponseFormat.Type, Schema: o.ResponseFormat.JSONSchema.Schema},
	}
	for _, m := range o.Messages {
		if m.Role == "tool" {
			m.Role = "function"
		}
		req.Messages = append(req.Messages, message{Role: m.Role, Content: m.Content})
	}
	for _, t := range o.Tools {
		req.Functions = append(req.Functions, t.Function.function)
	}
	var choice struct{ Function json.RawMessage }
	if json.Unmarshal(o.ToolChoice, &choice) == nil {
		req.FunctionCall = choice.Function
	}
	zero := 0.0
	switch {
	case o.TopP != nil && *o.TopP == 0:
		return invalidParams("top_p must be in (0, 1]")
	case o.Temperature != nil && *o.Temperature == 0: // what GigaChat takes as top_p 0
		req.Temperature, req.TopP = nil, &zero
	case o.ResponseFormat.Type == "json_schema" && o.ResponseFormat.JSONSchema.Name == "":
		return invalidParams("response_format.json_schema.name is missing")
	}
	return ok
}

// openAIFinishes are the finish reasons that have another name.
var openAIFinishes = map[string]string{"function_call": "tool_calls", "blacklist": "content_filter"}

func openAIFinish(b []byte, c *completion) []byte {
	finish, other := openAIFinishes[c.finish]
	if !other {
		finish = c.finish
	}
	return appendString(append(b, `,"index":0,"finish_reason":`...), finish)
}

// appendOpenAI appends the body of an answer that is not streamed.
func appendOpenAI(b []byte, c *completion) []byte {
	b = append(b, `{"id":"chatcmpl-sandbox","choices":[`...)
	for range c.choices {
		b = append(openAIFinish(openAIMessageOf(append(b, `{"message":`...), c), c), '}')
	}
	return append(openAIUsage(openAITail(append(b, ']'), c, "chat.completion"), c.usage), '}')
}

func openAIMessageOf(b []byte, c *completion) []byte {
	b = append(b, `{"role":"assistant","content":`...)
	if c.call == "" {
		return append(appendString(b, c.content), `,"tool_calls":[]}`...)
	}
	b = appendString(append(b, `null,"tool_calls":[{"index":0,"type":"function","id":`...), c.state)
	b = appendString(append(b, `,"function":{"name":`...), c.call)
	return append(appendString(append(b, `,"arguments":`...), c.args), "}}]}"...)
}

func openAITail(b []byte, c *completion, object string) []byte {
	b = strconv.AppendInt(append(b, `,"created":`...), c.created, 10)
	b = appendString(append(b, `,"model":`...), c.model.id)
	return appendString(append(b, `,"object":`...), object)
}

func openAIUsage(b []byte, u usage) []byte {
	b = strconv.AppendInt(append(b, `,"usage":{"prompt_tokens":`...), int64(u.prompt), 10)
	b = strconv.AppendInt(append(b, `,"completion_tokens":`...), int64(u.completion), 10)
	b = strconv.AppendInt(append(b, `,"total_tokens":`...), int64(u.total()), 10)
	b = strconv.AppendInt(append(b, `,"prompt_tokens_details":{"cached_tokens":`...), int64(u.cached), 10)
	return append(b, "}}"...)
}

// openAIEvents splits c into events: the content, then the finish, then the usage, then [DONE]. A tool call comes in two pieces.
func openAIEvents(c *completion) [][]byte {
	var events [][]byte
	event := func(delta []byte, finish bool) {
		b := append([]byte(`data: {"id":"chatcmpl-sandbox","choices":[{"delta":`), delta...)
		if finish {
			b = openAIFinish(b, c)
		} else {
			b = append(b, `,"index":0,"finish_reason":null`...)
		}
		events = append(events, append(openAITail(append(b, "}]"...), c, "chat.completion.chunk"), "}\n\n"...))
	}
	if c.choices > 0 {
		for rest := c.content; rest != "" && c.call == ""; {
			piece := firstRunes(rest, eventRunes)
			rest = rest[len(piece):]
			event(append(appendString([]byte(`{"content":`), piece), '}'), false)
		}
		if c.call != "" {
			half := len(firstRunes(c.args, len(c.args)/2))
			b := appendString([]byte(`{"content":null,"tool_calls":[{"index":0,"id":"call","type":"function","function":{"name":`), c.call)
			event(append(appendString(append(b, `,"arguments":`...), c.args[:half]), "}}]}"...), false)
			b = appendString([]byte(`{"tool_calls":[{"index":0,"function":{"arguments":`), c.args[half:])
			event(append(b, "}}]}"...), false)
		}
		event([]byte("{}"), true)
	}
	last := openAIUsage(openAITail([]byte(`data: {"id":"chatcmpl-sandbox","choices":[]`), c, "chat.completion.chunk"), c.usage)
	return append(events, append(last, "}\n\n"...), []byte("data: [DONE]\n\n"))
}
