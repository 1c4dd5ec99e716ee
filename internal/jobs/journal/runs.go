package journal

import (
	"encoding/json"
	"io/fs"
	"os"
	"sync"

	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
)

// Runs are the runs of a journal, previews and those of the sandbox included. Safe for concurrent use.
type Runs struct {
	mu   sync.Mutex // guards all below
	info fs.FileInfo
	off  int64 // of the first line that was not read, or not to its end
	list []*RunOf
}

// RunOf is a run as its journal records it.
type RunOf struct {
	*Manifest
	Answers int        // completed results that it recorded
	Failed  int        // failed and blocked results that it recorded
	End     *End       // nil if it has not ended regularly
	Spent   cost.Spent // as far as it is known
}

// RunState returns how the run ended: as killed if it is in progress.
func (r *RunOf) RunState() task.RunState {
	switch {
	case r.Preview:
		return task.RunTried
	case r.End == nil:
		return task.RunKilled
	}
	return r.End.RunState()
}

// Tally returns the tally of its rows at its end, nil if that is not known.
func (r *RunOf) Tally() *task.Tally {
	if r.End == nil || r.End.Summary == nil {
		return nil
	}
	return &r.End.Summary.Tally
}

// Refresh reads what was added to a journal since the last call, and returns all its runs, the oldest first. The caller must not change them.
func (r *Runs) Refresh(path string) ([]RunOf, error) {
	if err := CheckRegular(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.info == nil || !os.SameFile(info, r.info) || info.Size() < r.off {
		r.off, r.list = 0, nil
	}
	r.info = info
	err = scanLinesFrom(f, r.off, 0, func(l textLine) {
		if l.whole {
			r.off = l.end + 1
			eachRecord(l.text, r.take(l), func() {})
		}
	})
	all := make([]RunOf, len(r.list))
	for i, run := range r.list {
		all[i] = *run
	}
	return all, err
}

// take returns a function that takes the records of a line.
func (r *Runs) take(l textLine) func(h header, at, end int) {
	return func(h header, at, end int) {
		if h.kind == kindRun {
			m := &Manifest{Off: l.off + int64(at)}
			if json.Unmarshal(l.text[at:end], m) == nil {
				r.list = append(r.list, &RunOf{Manifest: m})
			}
			return
		}
		if len(r.list) == 0 {
			return
		}
		switch last := r.list[len(r.list)-1]; {
		case h.kind == kindEnd:
			e := &End{}
			if json.Unmarshal(l.text[at:end], e) != nil {
				return
			}
			last.End, last.Spent = e, e.Spent
			if e.Summary != nil {
				last.Spent = e.Summary.Spent
			}
		case h.kind == kindMark:
			m := &Mark{}
			if json.Unmarshal(l.text[at:end], m) == nil {
				last.Spent = m.Spent
			}
		case h.kind == task.Completed.String():
			last.Answers++
		case h.kind == task.Failed.String(), h.kind == task.Blocked.String():
			last.Failed++
		}
	}
}
