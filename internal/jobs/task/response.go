package task

import (
	"net/http"
	"unicode/utf8"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/messages"
)

// ResultOf returns the result of a task with this response. useless reports that another attempt may bring a usable answer.
func ResultOf(k Key, response *gigachat.ChatResponse) (r Result, useless bool) {
	r = Result{
		Key: k, State: Completed, Sandbox: response.Sandbox, Completion: response.Completion, Call: response.Call,
		Raw: response.Raw, FinishReason: response.FinishReason, Model: response.Model, Usage: response.Usage, RequestID: response.RequestID,
	}
	cause, why := ProblemOf(response)
	switch {
	case why.IsZero() && utf8.ValidString(r.Raw):
		r.Raw = ""
	case why.IsZero():
		r.Cause = NotUTF8
		r.Error = messages.Sprintf("the answer has bytes that are not UTF-8, here as �; the journal keeps it as it came (raw_base64)").String()
	case cause == "":
		r.State, r.Error = Blocked, why.String()
	case cause == CauseUnknown:
		why = messages.Sprintf("%s; the journal keeps it", why)
		fallthrough
	default:
		r.State, r.Cause, r.Error = Failed, cause, why.String()
	}
	return r, cause == CauseUnknown || cause == CauseEmpty && response.FinishReason != "length"
}

// ProblemOf returns why a response completes no  It is empty if the response does, and has no cause if moderation blocked the
func ProblemOf(r *gigachat.ChatResponse) (cause Cause, why messages.Text) {
	switch {
	case r.FinishReason == "blacklist":
		return "", messages.Sprintf("blocked by moderation (finish_reason: blacklist)")
	case r.FinishReason == "error":
		return CauseModel, messages.Sprintf("the model failed (finish_reason: error)")
	case r.Unknown:
		return CauseUnknown, messages.Sprintf("the answer has an unknown shape")
	case r.Completion == "" && r.FinishReason == "length" && r.Reasoned:
		return CauseEmpty,
			messages.Sprintf("all tokens of the answer went into reasoning_content, and the completion is empty; raise --max-tokens")
	case r.Completion == "" && r.FinishReason == "length":
		return CauseEmpty, messages.Sprintf("the limit of tokens was reached before the completion began; raise --max-tokens")
	case r.Completion == "":
		return CauseEmpty, messages.Sprintf("the model answered with an empty completion")
	case r.FinishReason == "":
		return CauseUnknown, messages.Sprintf("the answer has no finish_reason, so it may not be whole")
	}
	return "", messages.Text{}
}

// FailureOf returns the result of a task that ran out of attempts or was rejected.
func FailureOf(k Key, err error, sandbox bool) Result {
	r := Result{Key: k, State: Failed, Cause: CauseNetwork, Sandbox: sandbox, Error: err.Error()}
	e := gigachat.AsError(err)
	if e == nil {
		return r
	}
	r.RequestID, r.Raw, r.Usage = e.RequestID, e.Body, e.Usage
	switch {
	case e.Status == http.StatusRequestEntityTooLarge:
		r.Cause = CauseTooLong
	case e.TooLong: // it has cost as much as an answer each time, so it is not asked again by itself
		r.Cause = CauseUnknown
	case e.Kind == gigachat.KindServer:
		r.Cause = CauseServer
	case e.Kind == gigachat.KindTimeout:
		r.Cause = CauseTimeout
	case e.Kind == gigachat.KindBadBody:
		r.Cause = CauseBadBody
	case e.Kind == gigachat.KindRejected:
		r.Cause = CauseRejected
	}
	return r
}
