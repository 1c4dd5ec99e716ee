package resolve

import (
	"slices"
	"strings"
	"sync"

	"gigabatch/internal/jobs/task"
)

// Ways remembers which models refuse which way. It is safe for concurrent use.
type Ways struct {
	mu       sync.Mutex       // guards all below
	refused  map[modelWay]int // how often
	accepted map[modelWay]bool
	out      map[task.Key]modelWay // jobs that are being asked
}

type modelWay struct {
	model string
	way   task.Way
}

// first is the best way that a model is not known to refuse.
func (w *Ways) first(model string) task.Way {
	w.mu.Lock()
	defer w.mu.Unlock()
	for x := task.ByFormat; x < task.ByWords; x++ {
		if m := (modelWay{model, x}); w.refused[m] < enoughRefusals || w.accepted[m] {
			return x
		}
	}
	return task.ByWords
}

// Asked notes that a job is being asked.
func (w *Ways) Asked(j task.Task) {
	if j.Way == task.Freely {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.out == nil {
		w.out = map[task.Key]modelWay{}
	}
	w.out[j.Key] = modelWay{j.Model, j.Way}
}

// Record notes what a job came to, if it was asked for a form.
func (w *Ways) Record(r *task.Result) {
	w.mu.Lock()
	m, ok := w.out[r.Key]
	delete(w.out, r.Key)
	w.mu.Unlock()
	if ok {
		w.note(m.model, m.way, r, 1)
	}
}

// enoughRefusals is how many refusals that do not say why mean that a model does not take a way: a row may be refused for its own sake.
const enoughRefusals = 3

// names reports whether a text has one of the words, in any case of letters.
func names(text string, words ...string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// note learns from a result whether a model takes a way. A refusal that does not say why has the weight; one that is read once more has none.
func (w *Ways) note(model string, x task.Way, r *task.Result, weight int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refused == nil {
		w.refused, w.accepted = map[modelWay]int{}, map[modelWay]bool{}
	}
	switch {
	case r.State == task.Completed:
		w.accepted[modelWay{model, x}] = true
	case r.State == task.Failed && r.Cause == task.CauseRejected:
		w.refused[modelWay{model, x}] += weight
		if names(r.Error, "response_format", "function") {
			w.refused[modelWay{model, x}] = enoughRefusals
		}
	}
}
