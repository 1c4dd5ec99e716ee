package jobs

import (
	"encoding/json"
	"slices"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/task"
)

type rawJSON = json.RawMessage

// answerOf is the text of an answer, however it was asked for.
func answerOf(q asked, r *task.Result) string {
	if q.way == task.ByFunction {
		return form.Called(r.Completion)
	}
	return r.Completion
}

// repair asks for a better answer.
func (a *asker) repair(q asked, answer, problem string) asked {
	r := *q.chat
	r.Messages = append(slices.Clone(r.Messages), gigachat.Message{Role: "assistant", Content: answer},
		gigachat.Message{Role: "user", Content: a.form.Repair(problem, a.russian)})
	return q.with(&r)
}

// in makes the request that asks q in a way.
func (a *asker) in(w task.Way, q asked) asked {
	r := *q.chat
	r.Messages = slices.Clone(r.Messages)
	if text := a.form.Instruction(w == task.ByWords, a.russian); text != "" {
		r.Messages[len(r.Messages)-1].Content += "\n\n" + text
	}
	switch w {
	case task.ByFormat:
		r.Literal = map[string]rawJSON{"response_format": a.form.ResponseFormat()}
	case task.ByFunction:
		r.Literal = map[string]rawJSON{"functions": a.form.Functions(), "function_call": a.form.Call()}
	}
	q.way = w
	return q.with(&r)
}

// with is q with another request.
func (q asked) with(r *gigachat.ChatRequest) asked {
	q.chat, q.body = r, r.AppendJSON(nil)
	return q
}
