package pool

import (
	"math/rand/v2"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool/limit"
	"gigabatch/internal/jobs/task"
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
