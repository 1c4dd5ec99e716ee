package journal

import (
	"slices"
	"time"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// WriteError means that the journal could not be written, so nothing more may be sent.
type WriteError struct {
	Journal string
	Err     error
}

func (e *WriteError) Error() string { return e.Message().String() }

// Message returns the text of Error for any language.
func (e *WriteError) Message() messages.Text {
	return messages.Sprintf("%s: the journal cannot be written, so no more requests are sent: %v", e.Journal, e.Err)
}

func (e *WriteError) Unwrap() error { return e.Err }

// Record appends a result and returns once it is on disk. The error is a *WriteError if it may not be on disk.
func (j *Journal) Record(r task.Result) error {
	line, err := appendResult(make([]byte, 0, len(r.Completion)+len(r.Raw)+512), r.State.String(), &r)
	if err != nil {
		return err
	}
	off, err := j.append(line)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	h := header{key: r.Key, cause: r.Cause, sandbox: r.Sandbox}
	j.put(h, r.State, Place{Off: off, Len: uint32(len(line) - 1)})
	return nil
}

func (j *Journal) append(line []byte) (int64, error) {
	off, err := j.out.append(line)
	if err != nil {
		return 0, &WriteError{Journal: j.path, Err: err}
	}
	return off, nil
}

// note appends a record other than a result, and calls take once it is on disk.
func (j *Journal) note(v any, take func(*history)) error {
	line, err := appendRecord(nil, v)
	if err != nil {
		return err
	}
	if _, err := j.append(line); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	take(&j.history)
	return nil
}

// Moved returns what happened if another program deleted or replaced the file of the journal while it was open, nil if neither happened.
// Whatever is recorded is in the new journal then, and the run should end.
func (j *Journal) Moved() *MovedError { return j.out.moved.Load() }

// Start writes the manifest of a run.
func (j *Journal) Start(m *Manifest) error {
	m.Key, m.State, m.Format = noKey, kindRun, journalFormat
	return j.note(m, func(h *history) { h.begin(m) })
}

// End records the regular end of a run.
func (j *Journal) End(e *End) error {
	e.Key, e.State = noKey, kindEnd
	return j.note(e, func(h *history) { h.finish(e) })
}

// Unsent records a run that an error ended before it sent anything.
func (j *Journal) Unsent(u *Unsent) error {
	u.Key, u.State = noKey, kindUnsent
	return j.note(u, func(h *history) { h.unsent = u })
}

// Flight records, before the pool grows, that up to n requests may be in flight from now on.
func (j *Journal) Flight(n int, sandbox bool) error {
	f := flight{Key: noKey, State: kindFlight, Sandbox: sandbox, N: n}
	return j.note(f, func(h *history) { h.flight = n })
}

// Found records that it is known what came of the n requests that a killed run may have had in flight: each is recorded, as lost if need be.
func (j *Journal) Found(n int, sandbox bool) error {
	f := flight{Key: noKey, State: kindFound, Sandbox: sandbox, N: n}
	return j.note(f, func(h *history) { h.paid[origin(sandbox)].found(n) })
}

// Lost records that an attempt was sent completely but got no complete response: it may have been billed.
func (j *Journal) Lost(k task.Key, sandbox bool) error {
	l := flight{Key: k.String(), State: kindLost, Sandbox: sandbox, At: time.Now().UTC()}
	return j.note(l, func(h *history) { h.paid[origin(sandbox)].lost++ })
}

// Link records that the task to follows the task k, before it is asked. It does nothing if that is known and k has no newer result.
func (j *Journal) Link(k, to task.Key, sandbox bool) error {
	newest, has := j.Latest(k, sandbox)
	known := slices.ContainsFunc(j.Followers(k, sandbox), func(f Follower) bool { return f.Key == to && (!has || f.Off > newest.Off) })
	if known {
		return nil
	}
	line, err := appendRecord(nil, link{Key: k.String(), State: kindLink, Sandbox: sandbox, To: to.String()})
	if err != nil {
		return err
	}
	off, err := j.append(line)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.history.follow(k, Follower{to, off}, sandbox)
	return nil
}

// Canary records that a random sample has passed.
func (j *Journal) Canary(c *Canary) error {
	c.Key, c.State = noKey, kindCanary
	return j.note(c, func(h *history) { h.pass(c) })
}

// Spent records an attempt that did not complete its task: one that cost tokens, or the last one before an outage ended the run. It is not
// the result of the task.
func (j *Journal) Spent(r task.Result) error {
	line, err := appendResult(make([]byte, 0, len(r.Completion)+len(r.Raw)+512), kindSpent, &r)
	if err == nil {
		_, err = j.append(line)
	}
	return err
}

// NoteFile records that a file is stored at the service, or no longer stored.
func (j *Journal) NoteFile(f *StoredFile) error {
	f.Key, f.State = noKey, kindFile
	return j.note(f, func(h *history) { h.store(f) })
}

// Commit records that an output is about to become visible, unless the newest record of that output says the same.
func (j *Journal) Commit(c *Commit) error {
	c.Key, c.State, c.Output, c.LongOf = noKey, kindCommit, spec.InJSON(c.Output), spec.InJSON(c.LongOf)
	j.mu.Lock()
	known := j.history.has(c, j.history.by(c))
	j.mu.Unlock()
	if known {
		return nil
	}
	return j.note(c, func(h *history) { h.commit(c) })
}

// Mark appends a mark for those who read the journal meanwhile.
func (j *Journal) Mark(m *Mark) error {
	m.Key, m.State = noKey, kindMark
	m.Batches = m.Batches[:min(len(m.Batches), maxMarkBatches)]
	return j.note(m, func(*history) {})
}

// NoteBatch records a step of a batch.
func (j *Journal) NoteBatch(n *BatchNote) error {
	n.Key, n.State = noKey, kindBatch
	keys, err := parseKeys(n.Lines)
	if err != nil {
		return err
	}
	return j.note(n, func(h *history) { h.batch(n, keys) })
}
