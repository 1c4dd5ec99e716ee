package pool

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool/limit"
	"gigabatch/internal/jobs/task"
)

const (
	firstBackoff = 500 * time.Millisecond
	lastBackoff  = 30 * time.Second
	mostTimeouts = 2 // a lost answer may have been billed, so a timeout is retried once
)

// attempt is a job with what it went through in this run.
type attempt struct {
	job      task.Task
	chars    int
	retry    bool            // the next call is a retry, not a repetition after a refusal
	failures []*limit.Streak // of the attempts that failed; an outage among them, also one that is known later, is forgiven
	timeouts []*limit.Streak
}

// charged returns how many failed attempts are the row's own.
func (a *attempt) charged() int { return charged(a.failures) }

func charged(failures []*limit.Streak) int {
	n := 0
	for _, s := range failures {
		if !s.Outage.Load() {
			n++
		}
	}
	return n
}

// timeout doubles the time for an attempt after one that ran out of it.
func (a *attempt) timeout(base time.Duration) time.Duration {
	if charged(a.timeouts) > 0 {
		return 2 * base
	}
	return base
}

// add takes in a failure that belongs to s.
func (a *attempt) add(s *limit.Streak, kind gigachat.Kind) {
	a.retry = true
	a.failures = append(a.failures, s)
	if kind == gigachat.KindTimeout {
		a.timeouts = append(a.timeouts, s)
	}
}

// exhausted reports whether the row has failed for good.
func (a *attempt) exhausted(most int) bool {
	return a.charged() >= most || charged(a.timeouts) >= mostTimeouts
}

// backoff is the time before the next attempt: exponential with full jitter.
func (a *attempt) backoff() time.Duration {
	return rand.N(ceiling(a.charged()))
}

// ceiling is the longest time before the attempt that follows so many failures.
func ceiling(failures int) time.Duration {
	return min(firstBackoff<<min(max(0, failures-1), 10), lastBackoff)
}

// verdict is what becomes of a job after an attempt.
type verdict int

const (
	verdictFinal   verdict = iota // there is a result
	verdictRefused                // 429: again, and no attempt is counted
	verdictRetry                  // a passing failure: again, if attempts are left
	verdictUnasked                // no token for now: again, and no attempt is counted
	verdictGiveUp                 // the request was cancelled: the job stays pending
	verdictStop                   // the run cannot go on
)

// judge decides what an error of the API means for its job and for the run.
func judge(err error) verdict {
	e := gigachat.AsError(err)
	if e == nil {
		return verdictStop
	}
	switch {
	case e.Kind == gigachat.KindCanceled:
		return verdictGiveUp
	case e.Op == "oauth" && (limit.Passing(e.Kind) || e.Kind == gigachat.KindRateLimited):
		return verdictUnasked
	case e.Op == "oauth":
		return verdictStop
	case e.Kind == gigachat.KindRateLimited:
		return verdictRefused
	case limit.Passing(e.Kind):
		return verdictRetry
	case e.Kind == gigachat.KindRejected:
		return verdictFinal
	}
	return verdictStop
}

// causeOf names why a row failed.
func causeOf(k gigachat.Kind) task.Cause {
	switch k {
	case gigachat.KindServer:
		return task.CauseServer
	case gigachat.KindTimeout:
		return task.CauseTimeout
	case gigachat.KindBadBody:
		return task.CauseBadBody
	case gigachat.KindRejected:
		return task.CauseRejected
	}
	return task.CauseNetwork
}

// outcome turns what the API answered into the result of a job.
func outcome(k task.Key, answer *gigachat.ChatResponse) task.Result {
	r := task.Result{
		Key: k, State: task.Completed, Sandbox: answer.Sandbox, Completion: answer.Completion, Raw: answer.Raw, FinishReason: answer.FinishReason,
		Model: answer.Model, Usage: answer.Usage, RequestID: answer.RequestID,
	}
	switch {
	case answer.FinishReason == "blacklist":
		r.State, r.Error = task.Blocked, "blocked by moderation (finish_reason: blacklist)"
	case answer.FinishReason == "error":
		r.State, r.Cause, r.Error = task.Failed, task.CauseModel, "the model failed (finish_reason: error)"
	case answer.Raw != "":
		r.State, r.Cause, r.Error = task.Failed, task.CauseUnknown, "the answer has an unknown shape; the journal keeps it"
	case answer.Completion == "":
		r.State, r.Cause, r.Error = task.Failed, task.CauseEmpty, "the model answered with an empty completion"
	}
	return r
}

// failure is the result of a job that ran out of attempts or was rejected.
func failure(k task.Key, err error, sandbox bool) task.Result {
	r := task.Result{Key: k, State: task.Failed, Cause: task.CauseNetwork, Sandbox: sandbox, Error: err.Error()}
	var e *gigachat.Error
	if errors.As(err, &e) {
		r.Cause, r.RequestID = causeOf(e.Kind), e.RequestID
		if e.Status == http.StatusRequestEntityTooLarge {
			r.Cause = task.CauseTooLong
		}
	}
	return r
}
