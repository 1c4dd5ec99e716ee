package pool

import (
	"time"
	"unicode/utf8"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool/limit"
	"gigabatch/internal/jobs/task"
)

// complete asks until there is a result, or the run ends.
func (w *work) complete(job task.Task, s limit.Slot) {
	a := attempt{job: job, chars: utf8.RuneCount(job.Body)}
	for {
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

// fatal ends the run at once: what is still answered could not be kept.
func (w *work) fatal(err error) {
	w.stop(err)
	w.cancel(err)
}

// attempt makes one call in slot s, which it gives back. With again the job is to be asked again after wait.
func (w *work) attempt(a *attempt, s limit.Slot) (wait time.Duration, again bool) {
	if err := w.widen(w.gate.start(&s, a.chars)); err != nil {
		w.gate.land()
		w.gate.leave(s)
		w.fatal(err)
		return 0, false
	}
	w.count(a)
	body, err := w.Body(w.ctx, a.job)
	began := time.Now()
	var answer *gigachat.ChatResponse
	if err == nil {
		answer, err = w.Ask(w.ctx, body, a.timeout(w.Timeout))
	}
	w.gate.land()
	if err != nil {
		return w.failed(a, s, err)
	}
	latency := time.Since(began)
	w.gate.answered(&s, latency, a.chars, answer.Usage.PromptTokens, answer.Usage.CompletionTokens)
	r := outcome(a.job.Key, answer)
	r.Attempts, r.Latency = a.charged()+1, latency
	w.keep(&r)
	w.gate.completed(s)
	return 0, false
}

// widen journals how many answers may be lost at once, before more are than ever in this run.
func (w *work) widen(n int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n <= w.flights {
		return nil
	}
	size, _, _, _ := w.gate.width()
	next := max(n, min(2*w.flights, size))
	if err := w.Flight(next); err != nil {
		return err
	}
	w.flights = next
	return nil
}

// keep records a result.
func (w *work) keep(r *task.Result) {
	r.At = time.Now()
	w.Counters.add(r.Usage)
	if err := w.record(*r); err != nil {
		w.fatal(err)
	}
}

// count counts an attempt that is about to be made.
func (w *work) count(a *attempt) {
	w.Counters.Requests.Add(1)
	if a.retry {
		w.Counters.Retries.Add(1)
	}
	a.retry = false
}

// failed decides what becomes of a job whose attempt failed.
func (w *work) failed(a *attempt, s limit.Slot, err error) (wait time.Duration, again bool) {
	w.lost(a.job.Key, err)
	v := judge(err)
	if v == verdictStop && w.Stale(a.job, err) {
		v = verdictRetry
	}
	switch v {
	case verdictRefused:
		w.Counters.Refused.Add(1)
		return w.gate.refused(s, gigachat.AsError(err).RetryAfter, err), true
	case verdictUnasked:
		w.Counters.Requests.Add(-1)
		w.gate.failed(s, a.job.Key, err)
		w.gate.leave(s)
		return firstBackoff, true
	case verdictRetry:
		return w.retry(a, s, err)
	case verdictFinal:
		r := failure(a.job.Key, err, w.Sandbox)
		r.Attempts = a.charged() + 1
		w.keep(&r)
		w.gate.completed(s)
		return 0, false
	case verdictStop:
		w.stop(err)
	}
	w.gate.leave(s)
	return 0, false
}

// lost notes an attempt that was sent whole and brought no whole answer.
func (w *work) lost(k task.Key, err error) {
	if e := gigachat.AsError(err); e == nil || !e.Sent {
		return
	}
	w.Counters.Lost.Add(1)
	if err := w.Lost(k); err != nil {
		w.fatal(err)
	}
}

// retry asks again after a back-off, or fails the row when it has no attempts left.
func (w *work) retry(a *attempt, s limit.Slot, err error) (wait time.Duration, again bool) {
	defer w.gate.leave(s)
	a.add(w.gate.failed(s, a.job.Key, err), gigachat.AsError(err).Kind)
	if !a.exhausted(w.MaxAttempts) {
		return a.backoff(), true
	}
	r := failure(a.job.Key, err, w.Sandbox)
	r.Attempts = a.charged()
	w.keep(&r)
	return 0, false
}
