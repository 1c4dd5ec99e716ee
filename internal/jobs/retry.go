package jobs

import (
	"errors"
	"math/rand/v2"
	"time"

	"gigabatch/internal/gigachat"
)

const (
	firstBackoff = 500 * time.Millisecond
	lastBackoff  = 30 * time.Second
	mostTimeouts = 2 // a lost answer may have been billed, so a timeout is retried once
)

// attempts is what one job went through in this run.
type attempts struct {
	made     int       // attempts that count
	failures []*streak // of the attempts that failed, with the outages among them still to be forgiven
	timeouts []*streak
}

// charged returns how many failures are the row's own: those of an outage are not.
func charged(failures []*streak) int {
	n := 0
	for _, s := range failures {
		if !s.outage {
			n++
		}
	}
	return n
}

// timeout doubles the time for an attempt after one that ran out of it.
func (a *attempts) timeout(base time.Duration) time.Duration {
	if len(a.timeouts) > 0 {
		return 2 * base
	}
	return base
}

// add takes in a failure that belongs to s.
func (a *attempts) add(s *streak, kind gigachat.Kind) {
	a.failures = append(a.failures, s)
	if kind == gigachat.KindTimeout {
		a.timeouts = append(a.timeouts, s)
	}
}

// exhausted reports whether the row has failed for good.
func (a *attempts) exhausted(most int) bool {
	return charged(a.failures) >= most || charged(a.timeouts) >= mostTimeouts
}

// backoff is the time before the next attempt: exponential with full jitter.
func (a *attempts) backoff() time.Duration {
	n := max(0, charged(a.failures)-1)
	return rand.N(min(firstBackoff<<min(n, 10), lastBackoff))
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
	case e.Op == "oauth" && (passing(e.Kind) || e.Kind == gigachat.KindRateLimited):
		return verdictUnasked
	case e.Op == "oauth":
		return verdictStop
	case e.Kind == gigachat.KindRateLimited:
		return verdictRefused
	case passing(e.Kind):
		return verdictRetry
	case e.Kind == gigachat.KindRejected:
		return verdictFinal
	}
	return verdictStop
}

// causeOf names why a row failed.
func causeOf(k gigachat.Kind) Cause {
	switch k {
	case gigachat.KindServer:
		return CauseServer
	case gigachat.KindTimeout:
		return CauseTimeout
	case gigachat.KindBadBody:
		return CauseBadBody
	case gigachat.KindRejected:
		return CauseRejected
	}
	return CauseNetwork
}

// outcome turns what the API answered into the result of a job.
func outcome(k Key, answer *gigachat.ChatResponse) Result {
	r := Result{
		Key: k, State: Completed, Sandbox: answer.Sandbox, Completion: answer.Completion, FinishReason: answer.FinishReason,
		Model: answer.Model, Usage: answer.Usage, RequestID: answer.RequestID,
	}
	switch {
	case answer.FinishReason == "blacklist":
		r.State, r.Error = Blocked, "blocked by moderation (finish_reason: blacklist)"
	case answer.Completion == "":
		r.State, r.Cause, r.Error = Failed, CauseEmpty, "the model answered with an empty completion"
	}
	return r
}

// failure is the result of a job that ran out of attempts or was rejected.
func failure(k Key, err error, sandbox bool) Result {
	r := Result{Key: k, State: Failed, Cause: CauseNetwork, Sandbox: sandbox, Error: err.Error()}
	var e *gigachat.Error
	if errors.As(err, &e) {
		r.Cause, r.RequestID = causeOf(e.Kind), e.RequestID
	}
	return r
}
