package sandbox

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

// checkStructure refuses what response_format and functions cannot be.
func (s *Sandbox) checkStructure(req *chatRequest) refusal {
	f := &req.ResponseFormat
	switch {
	case len(req.Functions) > 0 && slices.Contains(s.o.NoFunctions, req.Model):
		return refusal{http.StatusUnprocessableEntity, "Requested model does not support functions"}
	case f.Type == "" || f.Type == "text":
		return ok
	case slices.Contains(s.o.NoFormat, req.Model):
		return invalidParams("response_format is not supported by this model")
	case f.Type != "json_schema":
		return invalidParams("response_format type must be text or json_schema")
	case !isObject(f.Schema):
		return invalidParams("response_format schema must be a JSON Schema")
	}
	return ok
}

// write makes what the model says: text, JSON, or the call of a function.
func (s *Sandbox) write(c *completion, req *chatRequest, a attempt, f *armed) {
	spoiled := f != nil && f.Kind == InvalidJSON
	name := req.calls()
	switch {
	case name != "":
		c.call, c.state, c.finish = name, s.ids.next(), "function_call"
		c.args = arguments(s.argumentsOf(req, a).text(a, spoiled))
	case req.ResponseFormat.Type == "json_schema":
		c.content = newStructured(req.ResponseFormat.Schema, a).text(a, spoiled)
	default:
		c.content = s.prose(a, spoiled)
	}
}

func (s *Sandbox) prose(a attempt, spoiled bool) string {
	b := make([]byte, 0, max(512, s.o.AnswerBytes))
	if spoiled {
		b = append(b, "Of course! Here is the answer to your question:\n\n"...)
	}
	return string(s.appendAnswer(b, a.prompt, a.asked))
}

// A structured answer is a value that is valid by its schema.
type structured struct {
	e     *example
	value any
}

func newStructured(schema json.RawMessage, a attempt) structured {
	e := newExample(decodeJSON(schema), a.prompt, a.asked)
	return structured{e, e.value(e.root, 0)}
}

// argumentsOf are the arguments of the call: those that the function describes, else one that has the answer.
func (s *Sandbox) argumentsOf(req *chatRequest, a attempt) structured {
	i := slices.IndexFunc(req.Functions, func(f function) bool { return f.Name == req.calls() })
	if i >= 0 && isObject(req.Functions[i].Parameters) {
		v := newStructured(req.Functions[i].Parameters, a)
		if o, isObject := v.value.(map[string]any); isObject && len(o) > 0 {
			return v
		}
	}
	const one = `{"type":"object","properties":{"sandbox":{"type":"string"}},"required":["sandbox"]}`
	v := newStructured(json.RawMessage(one), a)
	v.value = map[string]any{"sandbox": s.prose(a, false)}
	return v
}

// arguments is text as the arguments of a call: what is no object comes as a string, as the service may do.
func arguments(text string) string {
	if isObject([]byte(text)) && json.Valid([]byte(text)) {
		return text
	}
	return string(appendString(nil, text))
}

// text is the answer, or what models make of it now and then, in turn by the prompt and the attempt.
func (v structured) text(a attempt, spoiled bool) string {
	if !spoiled {
		return encode(v.value)
	}
	switch (binary.LittleEndian.Uint64(a.asked[8:]) + uint64(a.number)) % 4 {
	case 0:
		return "Of course! Here is the JSON:\n\n```json\n" + v.wrong() + "\n```\n\nIs there anything else?"
	case 1:
		return v.cut()
	case 2:
		return v.incomplete()
	}
	return v.wrong()
}

// cut is the beginning of the JSON, and no JSON.
func (v structured) cut() string {
	whole := encode(v.value)
	text := whole[:len(whole)*2/3]
	for !endsWhole([]byte(text)) && text != "" {
		text = text[:len(text)-1]
	}
	if json.Valid([]byte(text)) {
		return `{"sandbox":` + text
	}
	return text
}

// incomplete is the JSON without a property that is required, if one is.
func (v structured) incomplete() string {
	o, _ := v.value.(map[string]any)
	for _, name := range namesOf(v.schema(v.e.root), "required") {
		if _, found := o[name]; found {
			less := maps.Clone(o)
			delete(less, name)
			return encode(less)
		}
	}
	return v.wrong()
}

// wrong is the JSON with a wrong type: of the first property that must have one, else of the whole. Where everything is right it ends
// early.
func (v structured) wrong() string {
	root := v.schema(v.e.root)
	o, _ := v.value.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if value, found := wrongFor(v.schema(propertiesOf(root)[name])); found {
			other := maps.Clone(o)
			other[name] = value
			return encode(other)
		}
	}
	if value, found := wrongFor(root); found {
		return encode(value)
	}
	return v.cut()
}

// schema resolves a part of the schema with a count of its own.
func (v structured) schema(part any) schema {
	e := *v.e
	e.left = maxValues
	return e.resolve(part, 0)
}

// wrongFor is a value that s does not allow.
func wrongFor(s schema) (any, bool) {
	_, isConst := s["const"]
	types := typesOf(s)
	if isConst || listOf(s, "enum") != nil {
		return map[string]any{"sandbox": "not one of those allowed"}, true
	}
	for _, w := range []struct {
		kind  string
		value any
	}{{"integer", 42}, {"string", "forty-two"}, {"object", map[string]any{"sandbox": 42}}, {"null", nil}} {
		if len(types) > 0 && !allows(types, w.kind) {
			return w.value, true
		}
	}
	return nil, false
}
