package sandbox

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"

	"gigabatch/internal/gigachat/sandbox/example"
)

// checkStructure refuses an invalid or unsupported response_format and unsupported functions.
func checkStructure(o Options, req *chatRequest) refusal {
	f := &req.ResponseFormat
	switch {
	case len(req.Functions) > 0 && slices.Contains(o.NoFunctions, req.Model):
		return refusal{http.StatusUnprocessableEntity, "Requested model does not support functions"}
	case f.Type == "" || f.Type == "text":
		return ok
	case slices.Contains(o.NoFormat, req.Model):
		return invalidParams("response_format is not supported by this model")
	case f.Type != "json_schema":
		return invalidParams("response_format type must be text or json_schema")
	case !isObject(f.Schema):
		return invalidParams("response_format schema must be a JSON Schema")
	}
	return ok
}

// write makes what the model says: a text, JSON, or a function call.
func write(s *Sandbox, c *completion, req *chatRequest, a attempt, f *armed) {
	spoiled := f != nil && f.Kind == InvalidJSON
	name := req.calls()
	switch {
	case name != "":
		c.call, c.state, c.finish = name, s.ids.Next(), "function_call"
		c.args = structured(argumentsOf(s, req, a), a, spoiled)
		if !isObject([]byte(c.args)) || !json.Valid([]byte(c.args)) { // a string, as the service may do
			c.args = string(appendString(nil, c.args))
		}
	case req.ResponseFormat.Type == "json_schema":
		c.content = structured(exampleOf(req.ResponseFormat.Schema, a.prompt, a.promptHash), a, spoiled)
	default:
		c.content = prose(a, s.o.AnswerBytes, spoiled)
	}
}

// prose returns a text of at least that many bytes.
func prose(a attempt, bytes int, spoiled bool) string {
	b := make([]byte, 0, max(512, bytes))
	if spoiled {
		b = append(b, "Of course! Here is the answer to your question:\n\n"...)
	}
	return string(fill(appendAnswer(b, a.prompt, a.promptHash), bytes))
}

// structured returns the example as JSON, or one of the errors that models make. The prompt and the number of the attempt choose the error.
func structured(e *example.Example, a attempt, spoiled bool) string {
	if spoiled {
		return e.Spoiled(binary.LittleEndian.Uint64(a.promptHash[8:]) + uint64(a.number))
	}
	return e.JSON()
}

// exampleOf returns a value that is valid by a schema. Its strings repeat the beginning of the prompt.
func exampleOf(schema json.RawMessage, prompt string, h hash) *example.Example {
	text := hex.AppendEncode(append(appendShort(nil, prompt), " ["...), h[:8])
	return example.New(schema, string(append(text, ']')), binary.LittleEndian.Uint64(h[:8]))
}

// argumentsOf returns the arguments of the call: those that the function describes, or a single one with the answer.
func argumentsOf(s *Sandbox, req *chatRequest, a attempt) *example.Example {
	i := slices.IndexFunc(req.Functions, func(f function) bool { return f.Name == req.calls() })
	if i >= 0 && isObject(req.Functions[i].Parameters) {
		if e := exampleOf(req.Functions[i].Parameters, a.prompt, a.promptHash); e.HasProperties() {
			return e
		}
	}
	const one = `{"type":"object","properties":{"sandbox":{"type":"string"}},"required":["sandbox"]}`
	return example.Of([]byte(one), map[string]any{"sandbox": prose(a, s.o.AnswerBytes, false)})
}

func isObject(raw []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) }
