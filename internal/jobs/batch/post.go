package batch

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"iter"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// filling is the batch that is being filled.
type filling struct {
	lines []line
	bytes int
	tight bool // the budget was not enough for a whole batch before
}

// line is a task in a batch.
type line struct {
	task.Task
	text []byte
	held cost.Reserved
}

// pull takes the tasks that are in no batch and posts them, and looks at the open batches meanwhile.
func (w *work) pull(tasks iter.Seq2[task.Task, error]) (err error) {
	defer func() {
		for _, l := range w.lines { // not posted
			w.Spending.Free(l.held)
		}
		w.filling = filling{}
	}()
	if w.tooLate() {
		return errLate
	}
	for t, err := range tasks {
		if err != nil {
			return err
		}
		if task.Closed(w.drain) || w.kept.Load() != nil {
			return nil
		}
		if err := w.join(t); err != nil {
			return err
		}
		if !w.Current() { // the next plan has what is not posted yet
			return nil
		}
	}
	return w.flush()
}

// join adds a task to the batch that is being filled, unless it is in a batch already.
func (w *work) join(t task.Task) error {
	w.mu.Lock()
	f := w.in[t.Key]
	if f != nil {
		f.model[f.index[t.Key]], f.wanted = t.Model, true
	}
	w.mu.Unlock()
	if f != nil {
		return nil
	}
	if adopted, err := (search{w}).adopt(t); adopted || err != nil {
		return err
	}
	body, err := w.Body(w.ctx, t)
	for wait := time.Second; err != nil; wait = min(2*wait, maxBackoff) {
		e := gigachat.AsError(err)
		if e == nil || e.Kind == gigachat.KindCanceled || !e.Passing() {
			break
		}
		if err := w.pause(max(wait, e.RetryAfter), err); err != nil {
			return err
		}
		body, err = w.Body(w.ctx, t)
	}
	switch e := gigachat.AsError(err); {
	case err == nil:
	case e != nil && e.Kind == gigachat.KindCanceled:
		return errEnd
	case e != nil && e.Kind == gigachat.KindRejected: // a file that the service does not take
		return w.keep(task.FailureOf(t.Key, err, w.Sandbox))
	default:
		return err
	}
	w.troubled = time.Time{}
	l := line{Task: t}
	l.text = append(append(append(append(l.text, `{"id":"`...), t.Key.String()...), `","request":`...), body...)
	l.text = append(l.text, "}\n"...)
	w.mu.Lock()
	full := len(w.lines) >= w.most || len(w.lines) > 0 && w.bytes+len(l.text) > maxBytes
	w.mu.Unlock()
	if full {
		if err := w.flush(); err != nil {
			return err
		}
	}
	if l.held, err = w.reserve(t); err != nil {
		return err
	}
	w.lines, w.bytes = append(w.lines, l), w.bytes+len(l.text)
	return nil
}

// reserve sets aside what a task may cost. While only open batches keep the budget from allowing that, it waits for their results.
func (w *work) reserve(t task.Task) (cost.Reserved, error) {
	for {
		held, wait, err := w.Spending.Reserve(w.Claim(t))
		if err == nil && wait == nil {
			return held, nil
		}
		_, awaited, _ := w.due()
		if few := len(w.lines) < w.most/10; len(w.lines) > 0 && (!awaited || w.Detach || !few) { // they hold a part of the budget, too
			if w.tight && few && !w.Detach { // ever smaller batches would use up the last kopecks for days
				return held, &cost.LimitError{Msg: messages.Sprintf("the budget is nearly used up: what is left of it is enough for %d {request|requests} only, "+
					"too few for another batch", len(w.lines))}
			}
			w.tight = true
			if err := w.flush(); err != nil {
				return held, err
			}
			continue
		}
		if limit, ok := errors.AsType[*cost.LimitError](err); err != nil && !(ok && limit.Open && awaited && !w.Detach) {
			return held, err
		}
		if awaited && !w.Detach {
			if err := w.rest(false); err != nil {
				return held, err
			}
			continue
		}
		select { // another process may give back a part of the daily budget
		case <-wait:
		case <-w.drain:
			return held, errEnd
		case <-w.wire.Done():
			return held, w.wire.Err()
		}
	}
}

// flush posts the batch that is being filled.
func (w *work) flush() error {
	for w.Paused() {
		if err := w.pause(time.Second, nil); err != nil {
			return err
		}
	}
	for !w.Detach && w.Did().Open >= maxOpen && !w.over() {
		if err := w.rest(false); err != nil {
			return err
		}
	}
	lines := w.lines[:0:0]
	for _, l := range w.lines {
		if w.Wanted(l.Key) {
			lines = append(lines, l)
		} else {
			w.Spending.Free(l.held)
		}
	}
	w.filling = filling{tight: w.tight}
	if len(lines) == 0 {
		return nil
	}
	if late := w.tooLate(); late || w.over() {
		for _, l := range lines {
			w.Spending.Free(l.held)
		}
		if late {
			return errLate
		}
		return errEnd
	}
	if err := w.post(lines); err != nil {
		return err
	}
	return w.look()
}

// pause waits, and looks at the open batches meanwhile. why is the failure that is waited out, if any: it ends the run if it lasts.
func (w *work) pause(d time.Duration, why error) error {
	if why != nil {
		if err := w.passed(&file{wait: d}, why); err != nil {
			return err
		}
	}
	for end := time.Now().Add(d); time.Now().Before(end); {
		next, _, _ := w.due()
		if end.Before(next) {
			next = end
		}
		if err := w.sleep(next); err != nil {
			return err
		}
		if err := w.ended(); err != nil {
			return err
		}
		if err := w.look(); err != nil {
			return err
		}
	}
	return nil
}

// newName returns a name for a batch that the service does not know yet.
func newName() string {
	var name [8]byte
	rand.Read(name[:])
	return hex.EncodeToString(name[:])
}

// post posts tasks as one batch. If the answer is lost, the batch is open without an id. A batch that is too large is divided.
func (w *work) post(lines []line) error {
	o := task.OpenBatch{File: newName(), Method: string(w.method()), At: time.Now().UTC()}
	var body []byte
	var held []cost.Reserved
	for _, l := range lines {
		o.Keys, held, body = append(o.Keys, l.Key), append(held, l.held), append(body, l.text...)
	}
	o.Kept = w.Spending.KeepOpen(held)
	if err := w.Note(task.BatchPosting, Note{OpenBatch: o}); err != nil {
		return err
	}
	f := newFile(o)
	f.held = held
	for i, l := range lines {
		f.model[i] = l.Model
	}
	f.next = time.Now().Add(firstPoll)
	w.mu.Lock()
	w.add(f)
	w.mu.Unlock()
	for wait := time.Second; ; wait = min(2*wait, maxPoll) {
		answer, err := w.create(body)
		e := gigachat.AsError(err)
		switch {
		case err == nil:
			w.mu.Lock()
			w.failing = time.Time{}
			w.mu.Unlock()
			w.troubled = time.Time{}
			return w.posted(f, answer.ID)
		case e == nil:
			return err
		case e.NotTaken, e.Op == "oauth":
		case e.Sent, e.Kind == gigachat.KindServer, e.Kind == gigachat.KindBadBody:
			w.Tell(messages.Sprintf("the answer to a batch of %d {line|lines} was lost (%v); it is looked for in the list of batches", len(lines), err))
			f.At = time.Now().UTC()
			w.later(f, 0)
			return w.failed(err)
		}
		if e.Kind == gigachat.KindRateLimited || e.Passing() {
			failing := w.failed(err)
			if failing == nil && !task.Closed(w.drain) {
				failing = w.pause(max(wait, min(e.RetryAfter, maxPoll)), err)
			}
			if failing != nil || task.Closed(w.drain) {
				if err := w.unpost(f, 0); err != nil {
					return err
				}
				return failing
			}
			o.At = time.Now().UTC() // a process that is killed from here on may have posted it now
			if err := w.Note(task.BatchPosting, Note{OpenBatch: o}); err != nil {
				return err
			}
			f.At = o.At
			continue
		}
		if err := w.unpost(f, 0); err != nil {
			return err
		}
		return w.refusal(lines, err, e)
	}
}

// create posts a batch, while there is time for batches.
func (w *work) create(body []byte) (*gigachat.Batch, error) {
	ctx := w.wire
	if until := w.until(); !until.IsZero() {
		limited, cancel := context.WithDeadline(ctx, until)
		defer cancel()
		ctx = limited
	}
	return w.Service.CreateBatch(ctx, w.method(), body, w.Timeout)
}

// failed returns an OutageError if no batch could be posted for too long. A 429 is no outage while other batches are under way, because the
// service may not want more of them at once.
func (w *work) failed(err error) error {
	now, busy := time.Now(), false
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.open {
		busy = busy || f.ID != "" && f.doubt.IsZero()
	}
	e := gigachat.AsError(err)
	switch {
	case busy && e.Kind == gigachat.KindRateLimited:
		w.failing = time.Time{}
	case w.failing.IsZero():
		w.failing = now
	case w.Until == nil && now.Sub(w.failing) >= w.outage():
		return &task.OutageError{Since: w.failing, For: now.Sub(w.failing), Last: err}
	}
	return nil
}

// refusal decides what becomes of tasks whose batch the service has refused.
func (w *work) refusal(lines []line, err error, e *gigachat.Error) error {
	switch {
	case e.Kind == gigachat.KindCanceled:
		return errEnd
	case e.Kind == gigachat.KindForbidden:
		return &ForbiddenError{err}
	case e.Kind == gigachat.KindNotFound: // of a model
		w.mu.Lock()
		for _, l := range lines {
			w.refused[l.Key] = e
		}
		w.did.Refused += len(lines)
		w.again = true
		w.mu.Unlock()
		return nil
	case e.Kind != gigachat.KindRejected:
		return err
	case len(lines) == 1:
		return w.keep(task.FailureOf(lines[0].Key, err, w.Sandbox))
	}
	if w.over() {
		return errEnd
	}
	half := (len(lines) + 1) / 2
	w.mu.Lock()
	w.most = min(w.most, half)
	w.mu.Unlock()
	for _, part := range [][]line{lines[:half], lines[half:]} {
		for i := range part { // what was set aside was given back
			held, wait, err := w.Spending.Reserve(w.Claim(part[i].Task))
			if err != nil || wait != nil { // somebody else has taken it meanwhile
				for _, l := range part[:i] {
					w.Spending.Free(l.held)
				}
				w.mu.Lock()
				defer w.mu.Unlock()
				w.again = true
				return nil
			}
			part[i].held = held
		}
		if err := w.post(part); err != nil {
			return err
		}
	}
	return nil
}

// keep records a failure that no batch has brought.
func (w *work) keep(r task.Result) error {
	r.Attempts, r.At = 1, time.Now()
	return w.record(r)
}

func (w *work) method() gigachat.BatchMethod {
	if w.Method == "" {
		return gigachat.BatchChat
	}
	return w.Method
}

// posted notes that the service has a batch.
func (w *work) posted(f *file, id string) error {
	n := Note{OpenBatch: task.OpenBatch{File: f.File, ID: id, At: time.Now().UTC()}}
	if err := w.Note(task.BatchPosted, n); err != nil {
		return err
	}
	w.Counted(len(f.Keys), gigachat.Usage{})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.did.Posted++
	f.ID, f.At, f.doubt, f.wait = id, n.At, messages.Text{}, firstPoll
	f.next = time.Now().Add(firstPoll)
	return nil
}

// unpost notes that the service does not have a batch. Its tasks are in no batch from then on. lost is the number of those that may have
// been paid for nevertheless.
func (w *work) unpost(f *file, lost int) error {
	n := Note{OpenBatch: task.OpenBatch{File: f.File, At: time.Now().UTC()}, Lost: lost}
	if err := w.Note(task.BatchUnposted, n); err != nil {
		return err
	}
	for i, held := range f.held {
		switch {
		case f.got[i]:
		case lost > 0:
			w.Spending.Keep(held)
		default:
			w.Spending.Free(held)
		}
	}
	w.Spending.Collected(f.Kept)
	w.drop(f)
	return nil
}

// release lets the tasks of a batch that the service does not have be posted again.
func (w *work) release(f *file) error {
	w.mu.Lock()
	w.again = true
	w.mu.Unlock()
	lost := 0
	if w.Repost && !w.Fresh {
		lost = f.left
	}
	return w.unpost(f, lost)
}
