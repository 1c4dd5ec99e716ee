package pool

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/pool/limit"
	"gigabatch/internal/jobs/pool/share"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// complete makes attempts until there is a result, the task is no longer wanted, or the run ends. It owns slot s.
func (w *work) complete(t task.Task, s slot) {
	a := attempts{task: t, chars: utf8.RuneCount(t.Body)}
	for {
		if !w.Wanted(t.Key) {
			w.gate.leave(s)
			return
		}
		held, err := w.reserve(t, &s)
		if err != nil {
			w.leave(&a)
			return
		}
		wait, again := w.attempt(&a, s, held)
		if !again {
			return
		}
		if w.pause(wait) != nil {
			w.leave(&a)
			return
		}
		turn := w.gate.queue(false)
		if w.gate.await(&w.brake, turn, false) != nil {
			w.leave(&a)
			return
		}
		s = turn.slot
	}
}

// reserve sets aside what an attempt may cost. While that does not fit into the budget, it gives slot s back and waits for requests in flight.
// If nothing is in flight, the run ends. After an error there is no slot.
func (w *work) reserve(t task.Task, s *slot) (cost.Reserved, error) {
	claim := w.Claim(t) // also without a budget: one may be given while the request is in flight
	held, wait, err := w.Spending.Reserve(claim)
	if err == nil && wait == nil {
		return held, nil
	}
	w.gate.leave(*s)
	for err == nil && wait != nil {
		select {
		case <-wait:
			held, wait, err = w.Spending.Reserve(claim)
			continue
		case <-w.ctx.Done():
		case <-w.drain:
		case <-w.halt:
		}
		return held, w.pressed()
	}
	if err != nil {
		w.stop(err)
		return held, err
	}
	turn := w.gate.queue(false)
	if err = w.gate.await(&w.brake, turn, false); err != nil {
		w.Spending.Free(held)
	}
	*s = turn.slot
	return held, err
}

// Attempt is what a request is made for.
type Attempt struct {
	Key   task.Key
	Right share.Right // that the quota of the pool has given
}

type attemptKey struct{}

// AttemptOf returns what an AskFunc is called for.
func AttemptOf(ctx context.Context) (a Attempt, ok bool) {
	a, ok = ctx.Value(attemptKey{}).(Attempt)
	return a, ok
}

// attempt makes one call in slot s, for which held is set aside, and gives the slot back. If again is true, another attempt is due after wait.
func (w *work) attempt(a *attempts, s slot, held cost.Reserved) (wait time.Duration, again bool) {
	if err := w.widen(w.gate.start(&s, a.chars)); err != nil {
		w.gate.land(a)
		w.gate.leave(s)
		w.Spending.Free(held)
		w.fatal(err)
		return 0, false
	}
	w.Counters.Requests.Add(1)
	if a.retry {
		w.Counters.Retries.Add(1)
	}
	a.retry = false
	ctx, leave := w.room.Enter(w.wire)
	defer leave()
	body, err := w.Body(ctx, a.task)
	a.began = time.Now()
	var response *gigachat.ChatResponse
	if err == nil {
		w.gate.sent(a, s)
		response, err = w.Ask(context.WithValue(ctx, attemptKey{}, Attempt{a.task.Key, s.Right}), body, a.timeout(w.Timeout))
	}
	w.gate.land(a)
	if err != nil {
		w.settle(held, task.FailureOf(a.task.Key, err, w.Sandbox).Usage, gigachat.AsError(err))
		return w.failed(a, s, err)
	}
	w.settle(held, response.Usage, nil)
	latency := time.Since(a.began)
	w.gate.took(latency)
	w.gate.answered(&s, a.chars, response.Usage.PromptTokens, response.Usage.CompletionTokens)
	r, useless := task.ResultOf(a.task.Key, response)
	r.Attempts, r.Latency = a.made()+1, latency
	if useless {
		a.useless++
		again = !a.exhausted(w.MaxAttempts)
	}
	if again {
		a.retry, wait = true, a.backoff()
		w.spend(r)
	} else {
		w.keep(&r)
		w.compare(a.task, &r, nil)
	}
	w.gate.completed(a, s)
	return wait, again
}

// widen journals how many completions may be lost at once, before more are in flight than ever before in this run.
func (w *work) widen(n int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n <= w.flights {
		return nil
	}
	next := max(n, min(2*w.flights, w.gate.quota.Width()))
	if err := w.Flight(next); err != nil {
		return err
	}
	w.flights = next
	return nil
}

// failed decides what happens to a task whose attempt failed, and gives slot s back. If again is true, another attempt is due after wait.
func (w *work) failed(a *attempts, s slot, err error) (wait time.Duration, again bool) {
	v, e := judge(err), gigachat.AsError(err)
	if e != nil && e.Sent {
		w.lost(a.task.Key)
	}
	if v == verdictStop && e != nil && w.Stale(a.task, err) {
		v = verdictRetry
	}
	if v == verdictStop && e != nil && e.Kind == gigachat.KindUnauthorized && e.Op != "oauth" && !e.WrongAPIKey() && !w.gate.denied(err) {
		v = verdictUnsent // the key is good, since it brought a token
	}
	r := task.FailureOf(a.task.Key, err, w.Sandbox)
	a.last, a.last.Raw, a.last.Usage = r, "", gigachat.Usage{}
	if v != verdictFinal && v != verdictRetry && r.Usage != (gigachat.Usage{}) {
		w.spend(r)
	}
	switch v {
	case verdictRefused:
		w.Counters.Refused.Add(1)
		a.refusals++
		return w.gate.refused(s, e.RetryAfter, a.refusals, err), true
	case verdictUnsent:
		w.Counters.Requests.Add(-1)
		w.gate.failed(a, err)
		wait, again = firstBackoff, true
	case verdictRetry:
		if e.TooLong { // the service is well, but asking again may cost as much
			a.retry, a.useless, a.refusals = true, a.useless+1, 0
		} else {
			a.add(w.gate.failed(a, err), e.Kind)
		}
		r.Attempts = a.made()
		early := e.Kind != gigachat.KindTimeout && !e.Sent // it may have cost as much as an answer
		if a.exhausted(w.MaxAttempts) && !w.gate.gone(a, early) {
			w.keep(&r)
			w.compare(a.task, &r, e)
		} else {
			if r.Usage != (gigachat.Usage{}) {
				w.spend(r)
			}
			wait, again = a.backoff(), true
		}
		if e.TooLong {
			w.gate.completed(a, s)
			return wait, again
		}
	case verdictIntercepted:
		a.add(&limit.Streak{}, e.Kind)
		w.compare(a.task, &r, e)
		switch lasting := w.gate.denied(err); {
		case !a.exhausted(w.MaxAttempts):
			wait, again = a.backoff(), true
		case lasting && !w.KeepGoing:
			w.stop(err)
		default:
			r.Attempts = a.made()
			w.keep(&r)
		}
	case verdictFinal:
		r.Attempts = a.made() + 1
		w.keep(&r)
		w.compare(a.task, &r, e)
		w.gate.completed(a, s)
		return 0, false
	case verdictStop:
		payment := e != nil && e.Kind == gigachat.KindPayment
		switch {
		case payment && w.Empty != nil && w.Empty(a.task):
		case payment:
			w.stop(&PackageError{Model: a.task.Model, Err: err})
		default:
			w.stop(err)
		}
	}
	w.gate.leave(s)
	return wait, again
}

// PackageError means that the package of tokens of a model is used up.
type PackageError struct {
	Model string
	Err   error
}

func (e *PackageError) Error() string { return e.Message().String() }
func (e *PackageError) Unwrap() error { return e.Err }

// Message is the text of Error in any language.
func (e *PackageError) Message() messages.Text {
	return messages.Sprintf("%s: %v", e.Model, e.Err)
}

// settle counts what an attempt has cost. An answer without a usage, and a request whose answer was lost, may have cost all that was set aside.
func (w *work) settle(held cost.Reserved, u gigachat.Usage, e *gigachat.Error) {
	switch {
	case u != (gigachat.Usage{}):
		w.Spending.Settle(held, u)
	case e == nil || e.Sent:
		w.Spending.Keep(held)
	default:
		w.Spending.Free(held)
	}
}

// lost counts and records an attempt that may have been billed although there is no usable answer.
func (w *work) lost(k task.Key) {
	w.Counters.Lost.Add(1)
	if err := w.Lost(k); err != nil {
		w.fatal(err)
	}
}

// spend counts and records an answer that is followed by another attempt, and that has cost tokens or may have.
func (w *work) spend(r task.Result) {
	r.At = time.Now()
	w.Counters.Spend(r.Usage)
	if err := w.Spent(r); err != nil {
		w.fatal(err)
	}
}

// leave records why a task is pending when an outage ends the run.
func (w *work) leave(a *attempts) {
	r := a.last
	if r.Error == "" || !errors.As(w.stopped(), new(*task.OutageError)) {
		return
	}
	r.At, r.Attempts = time.Now(), a.made()
	if err := w.Spent(r); err != nil {
		w.fatal(err)
	}
}

// keep counts and records a result.
func (w *work) keep(r *task.Result) {
	r.At = time.Now()
	w.Counters.Spend(r.Usage)
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
