package prompt

import (
	"encoding/json"
	"slices"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/task"
)

// CompletionIn returns the completion of a result whose form was asked for in a way.
func CompletionIn(way task.Way, result *task.Result) string {
	if way == task.ByFunction {
		return form.Called(result.Completion)
	}
	return result.Completion
}

// WithForm returns the request that asks req in a way.
func (r *Renderer) WithForm(way task.Way, req Request) Request {
	chat := *req.Chat
	chat.Messages = slices.Clone(chat.Messages)
	if text := r.Form.Instruction(way == task.ByWords, r.russian); text != "" {
		chat.Messages[len(chat.Messages)-1].Content += "\n\n" + text
	}
	switch way {
	case task.ByFormat:
		chat.Literal = map[string]json.RawMessage{"response_format": r.Form.ResponseFormat()}
	case task.ByFunction:
		chat.Literal = map[string]json.RawMessage{"functions": r.Form.Functions(), "function_call": r.Form.Call()}
	}
	req.Way = way
	return req.with(&chat)
}

// Repair returns the request that asks for a better completion after one that has a problem.
func (r *Renderer) Repair(req Request, completion, problem string) Request {
	chat := *req.Chat
	chat.Messages = append(slices.Clone(chat.Messages), gigachat.Message{Role: "assistant", Content: completion},
		gigachat.Message{Role: "user", Content: r.Form.Repair(problem, r.russian)})
	return req.with(&chat)
}
