package batch

import (
	"cmp"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// poll asks for the state of a batch, and collects it once it has ended.
func (w *work) poll(f *file) error {
	ctx, cancel := w.free(freeTime)
	answer, err := w.Service.Batch(ctx, f.ID)
	cancel()
	if e := gigachat.AsError(err); e != nil && e.Kind == gigachat.KindNotFound {
		switch {
		case w.Fresh:
			return w.release(f)
		case time.Since(f.At) < appearing:
			w.later(f, 0)
		case f.doubt.IsZero():
			return w.lose(f, messages.Sprintf("the service no longer knows the batch %s", f.ID))
		default:
			w.later(f, maxPoll)
		}
		return nil
	}
	if err != nil {
		return w.passed(f, err)
	}
	w.troubled = time.Time{}
	w.mu.Lock()
	f.status, f.done = answer.Status, answer.Completed+answer.Failed
	if f.broken.IsZero() {
		f.doubt = messages.Text{}
	}
	if answer.Ended() && !f.inherited {
		w.took = max(w.took, time.Since(f.At))
	}
	w.mu.Unlock()
	if answer.Ended() {
		return w.collect(f, answer)
	}
	w.later(f, 0)
	return nil
}

// collect records the results of a batch that has ended. As long as they cannot be read whole, the batch stays open: they are paid for.
func (w *work) collect(f *file, b *gigachat.Batch) error {
	none := b.OutputFile == "" && b.ErrorFile == ""
	if none && (b.Succeeded() || b.Completed > 0) {
		return w.unreadable(f, messages.Errorf("it names no file with the results"))
	}
	if none && f.fetches < maxLate { // it may name one a little later
		f.fetches++
		w.later(f, 0)
		return nil
	}
	var broken error
	for _, id := range []string{b.OutputFile, b.ErrorFile} {
		if id == "" {
			continue
		}
		err := w.fetch(f, id)
		var failed recordError
		e := gigachat.AsError(err)
		switch {
		case errors.As(err, &failed):
			return failed.error
		case e != nil && (e.Kind == gigachat.KindCanceled || e.Op == "oauth"):
			return w.passed(f, err)
		case err != nil:
			broken = err
		}
	}
	if task.Closed(w.drain) {
		return nil
	}
	if broken != nil {
		return w.unreadable(f, broken)
	}
	missing := max(0, b.Completed+b.Failed-(len(f.Keys)-f.left))
	if f.fetches++; missing > 0 && f.left > 0 && f.fetches < maxFetches { // the file may be cut off between two lines
		w.later(f, 0)
		return nil
	}
	return w.collected(f, b, min(missing, f.left))
}

// unreadable tries again later to read the results of a batch.
func (w *work) unreadable(f *file, why error) error {
	now := time.Now()
	if f.broken.IsZero() {
		f.broken = now
	}
	if now.Sub(f.broken) >= patience && f.doubt.IsZero() {
		return w.lose(f, messages.Sprintf("the results of the batch %s cannot be read: %v", f.ID, why))
	}
	least := time.Duration(0)
	if e := gigachat.AsError(why); e != nil {
		least = e.RetryAfter
	}
	w.later(f, least)
	return nil
}

// collected notes that all results of a batch are recorded. A task without a line has failed for a temporary cause: it is asked again. lost is
// how many of these the service says it has answered.
func (w *work) collected(f *file, b *gigachat.Batch, lost int) error {
	f.broken = time.Time{}
	for i, k := range f.Keys {
		if f.got[i] {
			continue
		}
		why, cause := messages.Sprintf("the batch %s brought no answer to this row", f.ID), task.CauseBadBody
		if !b.Succeeded() {
			why, cause = messages.Sprintf("the batch %s ended as %q before it answered this row", f.ID, b.Status), task.CauseServer
		}
		if lost > 0 {
			w.Spending.Keep(f.held[i])
		} else {
			w.Spending.Free(f.held[i])
		}
		if err := w.miss(f, k, task.Result{Key: k, State: task.Failed, Cause: cause, Sandbox: b.Sandbox, Error: why.String()}); err != nil {
			return err
		}
	}
	for k, e := range f.refused {
		if model := f.model[f.index[k]]; len(f.answered) == 0 || model != "" && !f.answered[model] { // the service takes no line of the model
			w.mu.Lock()
			w.refused[k], w.again = e, true
			w.did.Refused++
			w.mu.Unlock()
			continue
		}
		w.Forget()
		w.mu.Lock()
		again := w.strays[k] == 0
		w.strays[k]++
		w.again = w.again || again
		w.mu.Unlock()
		if again { // perhaps a file that it needs was no longer stored
			continue
		}
		if err := w.miss(f, k, task.FailureOf(k, e, b.Sandbox)); err != nil {
			return err
		}
	}
	n := Note{OpenBatch: task.OpenBatch{File: f.File, ID: f.ID, At: time.Now().UTC()}, Lost: lost + f.vain}
	if err := w.Note(task.BatchCollected, n); err != nil {
		return err
	}
	w.Spending.Collected(f.Kept)
	w.mu.Lock()
	w.did.Collected++
	w.mu.Unlock()
	w.drop(f)
	return nil
}

// miss records that a batch has brought no answer to a task, unless the task has one.
func (w *work) miss(f *file, k task.Key, r task.Result) error {
	known, err := w.Result(k)
	if err != nil || f.decided(known) {
		return err
	}
	if r.Cause.Passing() {
		w.mu.Lock()
		w.stray(k)
		w.mu.Unlock()
	}
	r.Batch, r.Attempts, r.At = f.ID, 1, time.Now()
	return w.hand(r)
}

// answers notes that the model, which may be named with its version, has answered a line.
func (f *file) answers(model string) {
	if f.answered == nil {
		f.answered = map[string]bool{}
	}
	family, _, _ := strings.Cut(model, ":")
	f.answered[family] = true
}

// decided reports whether a task has a result already, so that another answer is one too many.
func (f *file) decided(known *task.Result) bool {
	return known != nil && (known.State == task.Completed || known.State == task.Blocked && known.At.After(f.At))
}

// recordError is an error of record, which ends the run.
type recordError struct{ error }

// errForeign ends the reading of a file that is not ours.
var errForeign = errors.New("foreign")

// read passes each line of a result file to take. It returns an error of take unchanged.
func (w *work) read(id string, m gigachat.BatchMethod, take func(gigachat.BatchLine) error) error {
	r, pipe := io.Pipe()
	ctx, cancel := w.free(fileTime)
	defer cancel()
	var fetch errgroup.Group
	fetch.Go(func() error {
		err := w.Service.FileContent(ctx, id, pipe)
		pipe.CloseWithError(err)
		return err
	})
	var taken error
	for l, err := range gigachat.ReadBatchLines(r, m, w.Sandbox) {
		if taken = err; err == nil {
			taken = take(l)
		}
		if taken != nil {
			break
		}
	}
	r.CloseWithError(errForeign) // the rest is not wanted
	fetched := fetch.Wait()
	if gigachat.AsError(fetched) != nil && (taken == nil || gigachat.AsError(taken) != nil || errors.Is(taken, io.ErrUnexpectedEOF)) {
		return fetched
	}
	return taken
}

// fetch records the results in a file of a batch. Lines that were read before are left out.
func (w *work) fetch(f *file, id string) error {
	var group errgroup.Group
	group.SetLimit(recording)
	var mu sync.Mutex // guards fatal
	var fatal error
	failed := func() error {
		mu.Lock()
		defer mu.Unlock()
		return fatal
	}
	err := w.read(id, gigachat.BatchMethod(f.Method), func(l gigachat.BatchLine) error {
		if err := failed(); err != nil {
			return recordError{err}
		}
		k, err := task.ParseKey(l.ID)
		i, ours := f.index[k]
		if err != nil || !ours {
			w.mu.Lock()
			w.did.Unknown++
			w.mu.Unlock()
			return nil
		}
		if f.got[i] { // an id that comes twice
			return nil
		}
		w.mu.Lock()
		f.got[i] = true
		f.left--
		w.mu.Unlock()
		held, model := f.held[i], f.model[i]
		group.Go(func() error {
			if err := w.takeLine(f, k, &l, held, model); err != nil {
				mu.Lock()
				defer mu.Unlock()
				fatal = err
			}
			return nil
		})
		return nil
	})
	group.Wait()
	if err := failed(); err != nil {
		return recordError{err}
	}
	return err
}

// takeLine records the result in a line.
func (w *work) takeLine(f *file, k task.Key, l *gigachat.BatchLine, held cost.Reserved, model string) error {
	known, err := w.Result(k)
	if err != nil {
		return err
	}
	r, useless := resultOf(k, l, w.Sandbox)
	r.Batch, r.Attempts, r.At = f.ID, 1, time.Now()
	decided := f.decided(known)
	if l.Err != nil && r.Usage == (gigachat.Usage{}) && decided {
		w.Spending.Free(held)
		return nil
	}
	refused := l.Err != nil && unfit(l.Err.Kind)
	w.mu.Lock()
	switch {
	case decided:
		w.did.Twice++
		f.vain++
		useless = true
	case refused:
		if f.refused == nil {
			f.refused = map[task.Key]*gigachat.Error{}
		}
		f.refused[k] = l.Err
	case useless:
		w.useless[k]++
		useless = w.useless[k] < maxUseless
		w.again = w.again || useless
		w.strays[k]++
	case r.State == task.Failed:
		if r.Cause.Passing() {
			w.stray(k)
		}
	default:
		delete(w.strays, k)
	}
	if l.Err == nil {
		f.answers(cmp.Or(model, r.Model))
	}
	if l.Err != nil && l.Err.Kind == gigachat.KindBadBody { // an answer that is paid for and cannot be used
		f.vain++
	}
	if r.State != task.Failed && !useless {
		w.did.Answers++
	}
	w.mu.Unlock()
	switch {
	case refused:
	case useless:
		err = w.Spent(r)
	default:
		err = w.hand(r)
	}
	if err != nil {
		return err
	}
	switch {
	case r.Usage != (gigachat.Usage{}):
		w.Spending.SettleBatch(held, r.Model, r.Usage)
		w.Counted(0, r.Usage)
	case l.Err == nil:
		w.Spending.Keep(held)
	default:
		w.Spending.Free(held)
	}
	return nil
}

// stray notes that a batch has not completed a task. If it may be asked live, there is another Execute. The caller holds w.mu.
func (w *work) stray(k task.Key) {
	w.strays[k]++
	w.again = w.again || w.LiveStragglers || w.Via != task.ViaBatch || w.strays[k] < maxTries
}

// unfit reports whether the error of a line means that its model, or all of them, cannot be asked in batches.
func unfit(k gigachat.Kind) bool {
	return k == gigachat.KindNotFound || k == gigachat.KindForbidden || k == gigachat.KindPayment || k == gigachat.KindUnauthorized
}

// hand records a result. After a task.ErrKept the run ends, but what the service has brought is still recorded.
func (w *work) hand(r task.Result) error {
	err := w.record(r)
	if errors.Is(err, task.ErrKept) {
		w.kept.Store(&err)
		return nil
	}
	return err
}

// resultOf returns the result that a line has. useless reports that another request may bring a usable answer.
func resultOf(k task.Key, l *gigachat.BatchLine, sandbox bool) (r task.Result, useless bool) {
	switch {
	case l.Err != nil:
		r = task.FailureOf(k, l.Err, sandbox)
		if l.Err.Kind == gigachat.KindRateLimited {
			r.Cause = task.CauseServer
		}
		return r, false
	case l.Embedding != nil:
		r = task.Result{Key: k, State: task.Completed, Sandbox: l.Embedding.Sandbox, Model: l.Embedding.Model, RequestID: l.Embedding.RequestID}
		if len(l.Embedding.Embeddings) != 1 {
			r.State, r.Cause, r.Raw, r.Error = task.Failed, task.CauseUnknown, string(l.Raw), messages.Sprintf("the answer has an unknown shape").String()
			return r, true
		}
		e := &l.Embedding.Embeddings[0]
		r.Completion, r.Usage = string(e.Vector), gigachat.Usage{PromptTokens: e.PromptTokens, TotalTokens: e.PromptTokens}
		return r, false
	}
	return task.ResultOf(k, l.Chat)
}
