package prompt

import (
	"encoding/json"
	"slices"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/task"
)

type rawJSON = json.RawMessage

// CompletionIn is the completion of a request whose form was asked for in a way.
func CompletionIn(way task.Way, r *task.Result) string {
	if way == task.ByFunction {
		return form.Called(r.Completion)
	}
	return r.Completion
}

// Repair asks for a better answer.
func (a *Renderer) Repair(q Request, answer, problem string) Request {
	r := *q.Chat
	r.Messages = append(slices.Clone(r.Messages), gigachat.Message{Role: "assistant", Content: answer},
		gigachat.Message{Role: "user", Content: a.Form.Repair(problem, a.russian)})
	return q.with(&r)
}

// WithForm makes the request that asks q in a way.
func (a *Renderer) WithForm(w task.Way, q Request) Request {
	r := *q.Chat
	r.Messages = slices.Clone(r.Messages)
	if text := a.Form.Instruction(w == task.ByWords, a.russian); text != "" {
		r.Messages[len(r.Messages)-1].Content += "\n\n" + text
	}
	switch w {
	case task.ByFormat:
		r.Literal = map[string]rawJSON{"response_format": a.Form.ResponseFormat()}
	case task.ByFunction:
		r.Literal = map[string]rawJSON{"functions": a.Form.Functions(), "function_call": a.Form.Call()}
	}
	q.Way = w
	return q.with(&r)
}

// with is q with another request.
func (q Request) with(r *gigachat.ChatRequest) Request {
	q.Chat, q.Body = r, r.AppendJSON(nil)
	return q
}
