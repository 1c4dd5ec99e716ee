package resolve

import (
	"strings"
	"sync"

	"gigabatch/internal/jobs/task"
)

// Ways remembers which models refuse which way of asking for a form. The zero value knows nothing. It is safe for concurrent use.
type Ways struct {
	mu       sync.Mutex       // guards all below
	refused  map[modelWay]int // how often
	accepted map[modelWay]bool
	out      map[task.Key]modelWay // tasks that are being asked
}

type modelWay struct {
	model string
	way   task.Way
}

// minRefusals is how many refusals without a stated reason mean that a model refuses a way. Fewer may be the fault of rows.
const minRefusals = 3

// first is the best way that a model is not known to refuse.
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

// Asked notes that a task is being asked.
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

// Record learns from the result of a task, if Asked was told that it asks for a form.
func (w *Ways) Record(result *task.Result) {
	w.mu.Lock()
	m, ok := w.out[result.Key]
	delete(w.out, result.Key)
	w.mu.Unlock()
	if ok {
		w.note(m.model, m.way, result, 1)
	}
}

// note learns from a result whether a model takes a way. A refusal without a stated reason counts weight times: 0 for a result that was
// read from the journal, which may be read any number of times.
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
