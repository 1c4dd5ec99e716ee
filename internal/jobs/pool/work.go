package pool

import (
	"errors"
	"time"
	"unicode/utf8"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool/limit"
	"gigabatch/internal/jobs/task"
)

// complete makes attempts until there is a result, the task is no longer wanted, or the run ends. It owns slot s.
func (w *work) complete(t task.Task, s limit.Slot) {
	a := attempts{task: t, chars: utf8.RuneCount(t.Body)}
	for {
		if !w.Wanted(t.Key) {
			w.gate.leave(s)
			return
		}
		wait, again := w.attempt(&a, s)
		if !again || w.pause(wait) != nil {
			return
		}
		var err error
		if s, err = w.gate.enter(&w.brake, false); err != nil {
			return
		}
	}
}

// attempt makes one call in slot s and gives the slot back. If again is true, another attempt is due after wait.
func (w *work) attempt(a *attempts, s limit.Slot) (wait time.Duration, again bool) {
	if err := w.widen(w.gate.start(&s, a.chars)); err != nil {
		w.gate.land()
		w.gate.leave(s)
		w.fatal(err)
		return 0, false
	}
	w.Counters.Requests.Add(1)
	if a.retry {
		w.Counters.Retries.Add(1)
	}
	a.retry = false
	body, err := w.Body(w.wire, a.task)
	began := time.Now()
	var response *gigachat.ChatResponse
	if err == nil {
		w.gate.sent(s)
		response, err = w.Ask(w.wire, body, a.timeout(w.Timeout))
	}
	w.gate.land()
	if err != nil {
		return w.failed(a, s, err)
	}
	latency := time.Since(began)
	w.gate.answered(&s, a.chars, response.Usage.PromptTokens, response.Usage.CompletionTokens)
	r := outcome(a.task.Key, response)
	r.Attempts, r.Latency = a.charged()+1, latency
	w.keep(&r)
	w.gate.completed(s)
	return 0, false
}

// widen journals how many completions may be lost at once, before more are in flight than ever before in this run.
func (w *work) widen(n int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n <= w.flights {
		return nil
	}
	next := max(n, min(2*w.flights, w.gate.width()))
	if err := w.Flight(next); err != nil {
		return err
	}
	w.flights = next
	return nil
}

// failed decides what happens to a task whose attempt failed, and gives slot s back. If again is true, another attempt is due after wait.
func (w *work) failed(a *attempts, s limit.Slot, err error) (wait time.Duration, again bool) {
	if e := gigachat.AsError(err); e != nil && e.Sent {
		w.Counters.Lost.Add(1)
		if err := w.Lost(a.task.Key); err != nil {
			w.fatal(err)
		}
	}
	v := judge(err)
	if v == verdictStop && w.Stale(a.task, err) {
		v = verdictRetry
	}
	switch v {
	case verdictRefused:
		w.Counters.Refused.Add(1)
		a.refusals++
		return w.gate.refused(s, gigachat.AsError(err).RetryAfter, a.refusals, err), true
	case verdictUnsent:
		w.Counters.Requests.Add(-1)
		w.gate.failed(s, a.task.Key, err)
		wait, again = firstBackoff, true
	case verdictRetry:
		a.add(w.gate.failed(s, a.task.Key, err), gigachat.AsError(err).Kind)
		if a.exhausted(w.MaxAttempts) && !w.gate.gone(a.failures) {
			r := failure(a.task.Key, err, w.Sandbox)
			r.Attempts = a.charged()
			w.keep(&r)
		} else {
			wait, again = a.backoff(), true
		}
	case verdictFinal:
		r := failure(a.task.Key, err, w.Sandbox)
		r.Attempts = a.charged() + 1
		w.keep(&r)
		w.gate.completed(s)
		return 0, false
	case verdictStop:
		w.stop(err)
	}
	w.gate.leave(s)
	return wait, again
}

// keep counts and records a result.
func (w *work) keep(r *task.Result) {
	r.At = time.Now()
	w.Counters.PromptTokens.Add(int64(r.Usage.PromptTokens))
	w.Counters.CompletionTokens.Add(int64(r.Usage.CompletionTokens))
	w.Counters.CachedTokens.Add(int64(r.Usage.CachedTokens))
	switch err := w.record(*r); {
	case errors.Is(err, task.ErrKept):
		w.stop(err)
	case err != nil:
		w.fatal(err)
	}
}

// fatal ends the run at once, because a completion that arrives later could not be recorded.
func (w *work) fatal(err error) {
	w.stop(err)
	w.cancel(err)
}
