package form

import (
	"bytes"
	"encoding/json"
	"strings"
)

// functionName is the name of the function whose arguments are the completion.
const functionName = "answer"

// ResponseFormat returns the field response_format of a request (fact sheet of the API, 4.1: flat, not nested as in OpenAI's API).
func (f *Form) ResponseFormat() json.RawMessage {
	return json.RawMessage(`{"type":"json_schema","schema":` + string(f.json) + `,"strict":true}`)
}

// Functions returns the field functions of a request. It describes one function whose arguments have the form.
func (f *Form) Functions() json.RawMessage { return functionsWith(f.flat) }

// FormerFunctions returns the field functions as it was before schemas were flattened, or nil if it was the same.
func (f *Form) FormerFunctions() json.RawMessage {
	if bytes.Equal(f.flat, f.json) {
		return nil
	}
	return functionsWith(f.json)
}

func functionsWith(parameters json.RawMessage) json.RawMessage {
	return json.RawMessage(`[{"name":"` + functionName + `","description":"Takes the answer.","parameters":` + string(parameters) + `}]`)
}

// Call returns the field function_call of a request. It makes the model call that function.
func (f *Form) Call() json.RawMessage { return json.RawMessage(`{"name":"` + functionName + `"}`) }

// Called returns the arguments of a completion that is a call of the function, {"name", "arguments"}, as the schema means them, and any
// other completion unchanged.
func (f *Form) Called(completion string) string {
	var call struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	}
	if json.Unmarshal([]byte(completion), &call) != nil || call.Name != functionName || len(call.Arguments) == 0 {
		return completion
	}
	arguments := call.Arguments
	var text string
	if json.Unmarshal(arguments, &text) == nil {
		if !json.Valid([]byte(text)) {
			return text
		}
		arguments = json.RawMessage(text)
	}
	if bytes.Equal(f.flat, f.json) {
		return string(arguments)
	}
	return string(restore(f.json, f.json, arguments, 0))
}

// Instruction returns the text that is added to a prompt. alone means that nothing else in the request describes the form to the model;
// otherwise a schema needs no text.
func (f *Form) Instruction(alone, russian bool) string {
	switch {
	case f.choices != nil && russian:
		return "Ответь ровно одним из вариантов, без пояснений: " + strings.Join(f.choices, ", ") + "."
	case f.choices != nil:
		return "Answer with exactly one of these and nothing else: " + strings.Join(f.choices, ", ") + "."
	case !alone:
		return ""
	case russian:
		return "Ответь только объектом JSON по этой схеме JSON Schema, без пояснений и без Markdown: " + string(f.json)
	}
	return "Answer with a JSON object by this JSON Schema and nothing else, no Markdown: " + string(f.json)
}

// Repair returns the prompt that asks again after a completion with a problem.
func (f *Form) Repair(problem string, russian bool) string {
	switch {
	case f.choices != nil && russian:
		return "Такой ответ не подходит. " + f.Instruction(true, russian)
	case f.choices != nil:
		return "That answer does not fit. " + f.Instruction(true, russian)
	case russian:
		return "Ответ не подходит: " + problem + ". Исправь его и верни весь объект JSON заново, без пояснений."
	}
	return "The answer does not fit: " + problem + ". Mend it and return the whole JSON object again, with no explanation."
}
