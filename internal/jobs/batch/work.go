package batch

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// work is one call of Execute.
type work struct {
	*Batcher
	ctx    context.Context // of exchanges that cost nothing: it ends with a drain
	wire   context.Context // of exchanges that do: it ends when the drain has taken too long
	drain  <-chan struct{}
	record func(task.Result) error
	filling
	troubled time.Time             // since when no exchange succeeded; zero if one has
	kept     atomic.Pointer[error] // a task.ErrKept, after which nothing more is posted
}

// errEnd ends Execute in order. After errLate, nothing more is posted.
var (
	errEnd  = errors.New("ended")
	errLate = errors.New("late")
)

// tooLate reports whether a batch that is posted now would hardly end before Until.
func (w *work) tooLate() bool {
	until := w.until()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !until.IsZero() && time.Until(until) < max(minTime, w.took*6/5) {
		w.late = true
	}
	return w.late
}

func (w *work) run(tasks iter.Seq2[task.Task, error]) error {
	if err := w.look(); err != nil {
		return err
	}
	if w.Once || w.over() {
		return errEnd
	}
	if err := w.pull(tasks); err != nil && !errors.Is(err, errLate) {
		return err
	}
	for {
		if err := w.rest(true); err != nil {
			return err
		}
	}
}

// until returns when the open tasks are left; zero is never.
func (w *work) until() time.Time {
	if w.Until == nil {
		return time.Time{}
	}
	_, _, open := w.due()
	return w.Until(open)
}

// over reports whether nothing more is to be done: the run drains, or it is too late for batches.
func (w *work) over() bool {
	until := w.until()
	return task.Closed(w.drain) || w.kept.Load() != nil || !until.IsZero() && !time.Now().Before(until)
}

// free returns the context of an exchange that costs nothing. It ends after a time, and when the run has no more time for batches.
func (w *work) free(limit time.Duration) (context.Context, context.CancelFunc) {
	end := time.Now().Add(limit)
	for _, other := range []time.Time{w.until(), w.End} {
		if !other.IsZero() && other.Before(end) && !w.Once {
			end = other
		}
	}
	return context.WithDeadline(w.ctx, end)
}

// rest waits for the next look at an open batch, and looks at those that are due. It returns errEnd if the call ends. final reports that
// nothing more is to be posted.
func (w *work) rest(final bool) error {
	next, awaited, _ := w.due()
	if final && !awaited {
		return errEnd
	}
	if err := w.ended(); err != nil {
		return err
	}
	if err := w.sleep(next); err != nil {
		return err
	}
	return w.look()
}

// ended returns why the call ends now, nil if it goes on.
func (w *work) ended() error {
	switch {
	case w.over():
		return errEnd
	case !w.End.IsZero() && !time.Now().Before(w.End):
		return cost.TimeOver(w.MaxTime)
	}
	return nil
}

// sleep waits until a time, or until the run has no more time for batches.
func (w *work) sleep(end time.Time) error {
	for _, other := range []time.Time{w.until(), w.End} {
		if !other.IsZero() && other.Before(end) {
			end = other
		}
	}
	wait := time.Until(end)
	if wait <= 0 {
		return nil
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-w.drain:
		return errEnd
	case <-w.wire.Done():
		return w.wire.Err()
	}
	return nil
}

// due returns when the next look at an open batch is due, whether one of them is awaited, and how many tasks are open. With Detach, only
// batches are awaited whose posting is not decided yet.
func (w *work) due() (next time.Time, awaited bool, open int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	next = time.Now().Add(maxPoll)
	for _, f := range w.open {
		open += f.left
		if !f.doubt.IsZero() {
			continue
		}
		if f.next.Before(next) {
			next = f.next
		}
		undecided := f.ID == "" && !f.inherited && time.Since(f.At) < appearing+w.timeout()
		ended := f.fetches > 0 && f.broken.IsZero() // a few looks more are enough
		awaited = awaited || !w.Detach && (f.wanted || ended || !f.inherited) || undecided || f.next.IsZero()
	}
	return next, awaited, open
}

// look looks at the batches that are due.
func (w *work) look() error {
	w.mu.Lock()
	open := append([]*file(nil), w.open...)
	w.mu.Unlock()
	for _, f := range open {
		if w.over() {
			return nil
		}
		if time.Now().Before(f.next) {
			continue
		}
		act := w.poll
		if f.ID == "" {
			act = (search{w}).settle
		}
		if err := act(f); err != nil {
			return err
		}
	}
	return nil
}

// passed decides what an exchange that failed means: an error ends the run, else the batch is looked at again later. With Until, a service that
// is down ends nothing: the tasks are left at that time.
func (w *work) passed(f *file, err error) error {
	e := gigachat.AsError(err)
	switch {
	case e == nil:
		return err
	case e.Kind == gigachat.KindCanceled && w.wire.Err() != nil && !task.Closed(w.drain):
		return w.wire.Err()
	case e.Kind == gigachat.KindCanceled && w.ctx.Err() != nil:
		return errEnd
	case e.Kind == gigachat.KindCanceled: // it took too long
	case e.Kind == gigachat.KindForbidden && e.Op == "batches":
		return &ForbiddenError{err}
	case !e.Passing() && e.Kind != gigachat.KindIntercepted:
		return err
	}
	now := time.Now()
	if w.troubled.IsZero() {
		w.troubled = now
	}
	if e.Kind != gigachat.KindRateLimited && w.Until == nil && now.Sub(w.troubled) >= w.outage() {
		return &task.OutageError{Since: w.troubled, For: now.Sub(w.troubled), Last: err}
	}
	w.later(f, e.RetryAfter)
	return nil
}

func (w *work) outage() time.Duration { return cmp.Or(w.MaxOutage, 15*time.Minute) }

// later sets when a batch is looked at again: at growing intervals, and not before a time that the service names.
func (w *work) later(f *file, least time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f.next = time.Now().Add(max(f.wait, min(least, maxPoll)))
	f.wait = min(f.wait*3/2, maxPoll)
}

// lose says that nobody can tell what became of a batch, or has it posted again if the user wants that of what earlier runs left.
func (w *work) lose(f *file, why messages.Text) error {
	if w.Repost && f.inherited {
		w.Tell(messages.Sprintf("%s; its %d {row is|rows are} posted again", why, f.left))
		return w.release(f)
	}
	w.mu.Lock()
	f.doubt = why
	f.next = time.Now().Add(maxPoll)
	w.mu.Unlock()
	w.Tell(messages.Sprintf("%s; its %d {row stays|rows stay} pending. If you are sure, --repost posts {2:it|them} again", why, f.left))
	return nil
}

func (w *work) timeout() time.Duration { return cmp.Or(w.Timeout, gigachat.DefaultTimeout) }
