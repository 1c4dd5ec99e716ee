package resolve

import (
	"strings"
	"sync"

	"gigabatch/internal/jobs/task"
)

// Ways records which models refuse which way of asking for a form, and which ones have no tokens left. The zero value is empty. It is safe for concurrent use.
type Ways struct {
	mu       sync.Mutex       // guards all below
	refused  map[modelWay]int // number of refusals
	accepted map[modelWay]bool
	out      map[task.Key]modelWay // tasks in progress
	empty    map[string]bool       // models whose package is used up
}

// Empty records that the package of a model is used up, and reports whether that is new.
func (w *Ways) Empty(model string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.empty == nil {
		w.empty = map[string]bool{}
	}
	before := w.empty[model]
	w.empty[model] = true
	return !before
}

func (w *Ways) isEmpty(model string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.empty[model]
}

type modelWay struct {
	model string
	way   task.Way
}

// minRefusals is the number of refusals without a stated reason that mean that a model refuses a way. Fewer may be caused by the rows.
const minRefusals = 3

// first returns the best way that a model is not known to refuse.
func (w *Ways) first(model string) task.Way {
	w.mu.Lock()
	defer w.mu.Unlock()
	for way := task.ByFormat; way < task.ByWords; way++ {
		if m := (modelWay{model, way}); w.refused[m] < minRefusals || w.accepted[m] {
			return way
		}
	}
	return task.ByWords
}

// Asked records that a task is in progress.
func (w *Ways) Asked(t task.Task) {
	if t.Way == task.Freely {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.out == nil {
		w.out = map[task.Key]modelWay{}
	}
	w.out[t.Key] = modelWay{t.Model, t.Way}
}

// Record learns from the result of a task that was passed to Asked and asks for a form.
func (w *Ways) Record(result *task.Result) {
	w.mu.Lock()
	m, ok := w.out[result.Key]
	delete(w.out, result.Key)
	w.mu.Unlock()
	if ok {
		w.note(m.model, m.way, result, 1)
	}
}

// note learns from a result whether a model supports a way. A refusal without a stated reason counts weight times: 0 for a result from the
// journal, because it may be read many times.
func (w *Ways) note(model string, way task.Way, result *task.Result, weight int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refused == nil {
		w.refused, w.accepted = map[modelWay]int{}, map[modelWay]bool{}
	}
	m := modelWay{model, way}
	switch {
	case result.State == task.Completed:
		w.accepted[m] = true
	case result.State == task.Failed && result.Cause == task.CauseRejected:
		w.refused[m] += weight
		if text := strings.ToLower(result.Error); strings.Contains(text, "response_format") || strings.Contains(text, "function") {
			w.refused[m] = minRefusals
		}
	}
}
