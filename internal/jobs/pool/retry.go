package pool

import (
	"math/rand/v2"
	"net/http"
	"time"
	"unicode/utf8"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool/limit"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 30 * time.Second
	maxTimeouts  = 2 // a completion that timed out may have been billed, so a timeout is retried once
	maxUseless   = 3 // useless answers: each has been billed, so they are retried twice
)

// attempts is a task with its attempts in this run.
type attempts struct {
	task     task.Task
	chars    int             // of the request
	retry    bool            // the next call is a retry, not a repetition after a refusal
	refusals int             // in a row
	failures []*limit.Streak // of the failed attempts; a streak that later proves to be an outage is not charged
	timeouts []*limit.Streak // of the attempts that timed out
	useless  int             // attempts whose answer could not be used
	began    time.Time       // of the newest attempt
	failed   time.Time       // of the first failure
	last     task.Result     // of the newest failure
}

// charged returns how many failed attempts count against the task.
func (a *attempts) charged() int { return charged(a.failures) }

func charged(failures []*limit.Streak) int {
	n := 0
	for _, s := range failures {
		if !s.Outage.Load() {
			n++
		}
	}
	return n
}

// timeout returns how long the next attempt may take: twice as long after a timeout.
func (a *attempts) timeout(base time.Duration) time.Duration {
	if charged(a.timeouts) > 0 {
		return 2 * base
	}
	return base
}

// add records a failure that belongs to s.
func (a *attempts) add(s *limit.Streak, kind gigachat.Kind) {
	a.retry, a.refusals = true, 0
	a.failures = append(a.failures, s)
	if kind == gigachat.KindTimeout {
		a.timeouts = append(a.timeouts, s)
	}
}

// made returns how many attempts count against the task.
func (a *attempts) made() int { return a.charged() + a.useless }

// exhausted reports whether the task has no attempts left.
func (a *attempts) exhausted(maxAttempts int) bool {
	return a.made() >= maxAttempts || charged(a.timeouts) >= maxTimeouts || a.useless >= maxUseless
}

// backoff returns the time before the next attempt: exponential, with a random half. The whole must not be random: a task would use up its
// attempts before an outage can be told.
func (a *attempts) backoff() time.Duration {
	half := ceiling(a.made()) / 2
	return half + rand.N(half)
}

// ceiling returns the longest back-off after a number of failures.
func ceiling(failures int) time.Duration {
	return min(firstBackoff<<min(max(0, failures-1), 10), maxBackoff)
}

// verdict is what happens to a task after an attempt.
type verdict int

const (
	verdictFinal       verdict = iota // there is a result
	verdictRefused                    // 429: repeated, without counting an attempt
	verdictRetry                      // a passing failure: retried if attempts are left
	verdictUnsent                     // no token at present, or not taken by the server: repeated, without counting an attempt
	verdictIntercepted                // a proxy or a network answered: retried if attempts are left, and never the fault of the task
	verdictGiveUp                     // the request was cancelled: the task stays pending
	verdictStop                       // the run cannot go on
)

// judge decides what an error of the API means for its task and for the run.
func judge(err error) verdict {
	e := gigachat.AsError(err)
	if e == nil {
		return verdictStop
	}
	switch {
	case e.Kind == gigachat.KindCanceled:
		return verdictGiveUp
	case e.NotTaken, e.Op == "oauth" && (limit.Passing(e.Kind) || e.Kind == gigachat.KindRateLimited):
		return verdictUnsent
	case e.Op == "oauth":
		return verdictStop
	case e.Kind == gigachat.KindRateLimited:
		return verdictRefused
	case limit.Passing(e.Kind):
		return verdictRetry
	case e.Kind == gigachat.KindIntercepted:
		return verdictIntercepted
	case e.Kind == gigachat.KindRejected:
		return verdictFinal
	}
	return verdictStop
}

// outcome turns a response into the result of a task. useless reports that another attempt may bring a usable answer.
func outcome(k task.Key, response *gigachat.ChatResponse) (r task.Result, useless bool) {
	r = task.Result{
		Key: k, State: task.Completed, Sandbox: response.Sandbox, Completion: response.Completion, Call: response.Call,
		Raw: response.Raw, FinishReason: response.FinishReason, Model: response.Model, Usage: response.Usage, RequestID: response.RequestID,
	}
	cause, why := Problem(response)
	switch {
	case why.IsZero() && utf8.ValidString(r.Raw):
		r.Raw = ""
	case why.IsZero():
		r.Cause = task.NotUTF8
		r.Error = messages.Sprintf("the answer has bytes that are not UTF-8, here as �; the journal keeps it as it came (raw_base64)").String()
	case cause == "":
		r.State, r.Error = task.Blocked, why.String()
	case cause == task.CauseUnknown:
		why = messages.Sprintf("%s; the journal keeps it", why)
		fallthrough
	default:
		r.State, r.Cause, r.Error = task.Failed, cause, why.String()
	}
	return r, cause == task.CauseUnknown || cause == task.CauseEmpty && response.FinishReason != "length"
}

// Problem returns why a response completes no task. It is empty if the response does, and has no cause if moderation blocked the task.
func Problem(r *gigachat.ChatResponse) (cause task.Cause, why messages.Text) {
	switch {
	case r.FinishReason == "blacklist":
		return "", messages.Sprintf("blocked by moderation (finish_reason: blacklist)")
	case r.FinishReason == "error":
		return task.CauseModel, messages.Sprintf("the model failed (finish_reason: error)")
	case r.Unknown:
		return task.CauseUnknown, messages.Sprintf("the answer has an unknown shape")
	case r.Completion == "" && r.FinishReason == "length" && r.Reasoned:
		return task.CauseEmpty,
			messages.Sprintf("all tokens of the answer went into reasoning_content, and the completion is empty; raise --max-tokens")
	case r.Completion == "" && r.FinishReason == "length":
		return task.CauseEmpty, messages.Sprintf("the limit of tokens was reached before the completion began; raise --max-tokens")
	case r.Completion == "":
		return task.CauseEmpty, messages.Sprintf("the model answered with an empty completion")
	case r.FinishReason == "":
		return task.CauseUnknown, messages.Sprintf("the answer has no finish_reason, so it may not be whole")
	}
	return "", messages.Text{}
}

// failure returns the result of a task that ran out of attempts or was rejected.
func failure(k task.Key, err error, sandbox bool) task.Result {
	r := task.Result{Key: k, State: task.Failed, Cause: task.CauseNetwork, Sandbox: sandbox, Error: err.Error()}
	e := gigachat.AsError(err)
	if e == nil {
		return r
	}
	r.RequestID, r.Raw, r.Usage = e.RequestID, e.Body, e.Usage
	switch {
	case e.Status == http.StatusRequestEntityTooLarge:
		r.Cause = task.CauseTooLong
	case e.TooLong: // it has cost as much as an answer each time, so it is not asked again by itself
		r.Cause = task.CauseUnknown
	case e.Kind == gigachat.KindServer:
		r.Cause = task.CauseServer
	case e.Kind == gigachat.KindTimeout:
		r.Cause = task.CauseTimeout
	case e.Kind == gigachat.KindBadBody:
		r.Cause = task.CauseBadBody
	case e.Kind == gigachat.KindRejected:
		r.Cause = task.CauseRejected
	}
	return r
}
