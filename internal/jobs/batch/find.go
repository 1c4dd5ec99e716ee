package batch

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// search looks in the list of the service for batches with tasks of ours that have no id yet: those whose posting was not answered, and those of
// a copy of the journal.
type search struct{ *work }

// settle finds out whether the service has a batch whose posting was not answered. A batch of its list is ours if the ids of its lines are.
func (w search) settle(f *file) error {
	if w.Fresh {
		return w.release(f)
	}
	if f.inherited && !f.told && !w.Once {
		f.told = true
		w.Tell(messages.Sprintf("a run ended while it posted a batch of %d {line|lines}; the batch is looked for at the service, which may take "+
			"some minutes", len(f.Keys)))
	}
	list, err := w.list()
	if err != nil {
		return w.passed(f, err)
	}
	w.troubled = time.Time{}
	undecided, hidden := 0, ""
	for _, c := range list {
		if !w.ours(&c, f.At.Add(-skew)) {
			continue
		}
		keys, known, err := w.keysOf(&c, gigachat.BatchMethod(f.Method))
		if e := gigachat.AsError(err); err != nil && (e == nil || e.Kind == gigachat.KindCanceled) {
			return w.passed(f, err)
		}
		switch {
		case known && within(keys, f.index):
			w.Tell(messages.Sprintf("the batch was found at the service (%s)", c.ID))
			return w.posted(f, c.ID)
		case known:
		case err != nil && w.unread(c.ID), err == nil && !c.Ended():
			undecided++
		default:
			hidden = c.ID
		}
	}
	switch {
	case undecided > 0, time.Since(f.At) < appearing+w.timeout():
		w.later(f, 0)
	case hidden != "":
		return w.lose(f, messages.Sprintf("the answer to a batch of %d {line|lines} was lost, and the service does not say what is in the batch %s",
			len(f.Keys), hidden))
	default:
		return w.release(f)
	}
	return nil
}

func (w search) list() ([]gigachat.Batch, error) {
	ctx, cancel := w.free(freeTime)
	defer cancel()
	return w.Service.Batches(ctx)
}

// unread counts a look at a batch of others that could not be read, and reports whether another look may help.
func (w search) unread(id string) bool {
	w.looks[id]++
	return w.looks[id] < maxUnread
}

// ours reports whether a batch in the list of the service may be one that nobody noted. What else the service says of it does not matter.
func (w search) ours(c *gigachat.Batch, since time.Time) bool {
	return c.ID != "" && !w.foreign[c.ID] && !w.Known(c.ID) && (c.Created.IsZero() || !c.Created.Before(since))
}

// within reports whether most of the lines are tasks of a batch. A service may add ids that nobody knows.
func within(keys []task.Key, index map[task.Key]int) bool {
	n := 0
	for _, k := range keys {
		if _, ok := index[k]; ok {
			n++
		}
	}
	return n > 0 && 2*n >= len(keys)
}

// keysOf returns the tasks of a batch by the ids of its lines, nil if it is not ours. known is false if the service does not tell. The error is
// that of a file that could not be read.
func (w search) keysOf(c *gigachat.Batch, m gigachat.BatchMethod) (keys []task.Key, known bool, failed error) {
	files := []string{c.InputFile, c.OutputFile, c.ErrorFile}
	if !c.Ended() {
		files = files[:1]
	}
	for _, id := range files {
		if id == "" || known && id != c.ErrorFile || known && c.InputFile != "" {
			continue
		}
		seen := 0
		err := w.read(id, m, func(l gigachat.BatchLine) error {
			seen++
			k, err := task.ParseKey(l.ID)
			switch {
			case err == nil:
				keys = append(keys, k)
			case seen > maxOdd && keys == nil:
				return errForeign
			}
			return nil
		})
		if errors.Is(err, errForeign) {
			w.foreign[c.ID] = true
			return nil, true, nil
		}
		if e := gigachat.AsError(err); err != nil && !(e != nil && e.Kind == gigachat.KindNotFound) {
			failed = err
			continue
		}
		known = known || seen > 0
	}
	if known {
		failed = nil
	}
	return keys, known, failed
}

// stranger is a batch with tasks of ours that nobody noted: a copy of the journal was used elsewhere.
type stranger struct {
	id   string
	keys []task.Key
}

// adopt takes the batch of a stranger that has the task, if there is one.
func (w search) adopt(t task.Task) (bool, error) {
	if !w.looked {
		if err := w.lookAround(); err != nil {
			return false, err
		}
		w.looked = true
	}
	s := w.strangers[t.Key]
	if s == nil {
		return false, nil
	}
	o := task.OpenBatch{File: newName(), Method: string(w.method()), Keys: s.keys, At: time.Now().UTC()}
	for _, k := range s.keys {
		delete(w.strangers, k)
	}
	if err := w.Note(task.BatchPosting, Note{OpenBatch: o}); err != nil {
		return false, err
	}
	f := newFile(o)
	w.mu.Lock()
	w.resume(f)
	w.add(f)
	w.mu.Unlock()
	w.Tell(messages.Sprintf("the batch %s at the service has %d {row|rows} of this table, although the journal does not know it; it is collected", s.id, len(s.keys)))
	return true, w.posted(f, s.id)
}

// lookAround finds the strangers before the first batch is posted. If the journal may be a copy from the middle of a run, it waits for the
// batches of which the service does not tell yet whose they are.
func (w search) lookAround() error {
	read, told := map[string]bool{}, false
	for wait := time.Second; ; wait = min(2*wait, maxPoll) {
		list, err := w.list()
		if e := gigachat.AsError(err); e != nil && (e.Passing() || e.Kind == gigachat.KindIntercepted) {
			if err := w.pause(max(wait, e.RetryAfter), err); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return cmp.Or(w.passed(&file{}, err), errEnd)
		}
		w.troubled = time.Time{}
		slices.SortFunc(list, func(a, b gigachat.Batch) int { return b.Created.Compare(a.Created) })
		unread, running := 0, -w.doubted() // a batch whose posting was not answered may be one of them
		for _, c := range list {
			if read[c.ID] || len(read) == maxLooks || !w.ours(&c, w.Since.Add(-nearSkew)) {
				continue
			}
			keys, known, err := w.keysOf(&c, w.method())
			switch e := gigachat.AsError(err); {
			case err != nil && (e == nil || e.Kind == gigachat.KindCanceled):
				return cmp.Or(w.passed(&file{}, err), errEnd)
			case known:
				read[c.ID] = true
				s := &stranger{c.ID, keys}
				for _, k := range keys {
					if !w.Has(k) {
						w.strangers[k] = s
					}
				}
			case err != nil && w.unread(c.ID):
				unread++
			case err == nil && !c.Ended() && time.Since(c.Created) < maxRunning:
				running++
			}
		}
		if unread == 0 && (running <= 0 || !w.Copied || w.Repost) {
			return nil
		}
		if running > 0 && !told {
			told = true
			w.Tell(messages.Sprintf("%d {batch|batches} at the service may have rows of this table, because the last run did not end here; nothing is "+
				"posted until {1:it has|they have} ended. If you are sure that {1:it has|they have} none, --repost does not wait", running))
		}
		if running > 0 && w.Detach {
			return errEnd
		}
		if err := w.pause(wait, nil); err != nil {
			return err
		}
	}
}

// doubted returns how many batches are posted perhaps.
func (w search) doubted() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.open {
		if f.ID == "" {
			n++
		}
	}
	return n
}
