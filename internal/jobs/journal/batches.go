package journal

import (
	"encoding/json"
	"slices"
	"time"

	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// BatchNote records a step of a batch. File names the batch in the journal before the service gives it an id.
type BatchNote struct {
	Key     string         `json:"key"`
	State   string         `json:"state"`
	Sandbox bool           `json:"sandbox,omitempty"`
	File    string         `json:"file"`
	Step    task.BatchStep `json:"step"`
	ID      string         `json:"id,omitempty"`     // at the service, with task.BatchPosted
	Method  string         `json:"method,omitempty"` // with task.BatchPosting
	cost.Kept
	Lines []string  `json:"lines,omitempty"` // the keys of the tasks, with task.BatchPosting
	Lost  int       `json:"lost,omitempty"`  // tasks that may have been paid for without a result, with task.BatchUnposted or task.BatchCollected
	At    time.Time `json:"at"`
}

// batches is what the journal knows of batches.
type batches struct {
	open []task.OpenBatch
	ids  map[string]bool // of all batches, open or not
}

func parseKeys(lines []string) (keys []task.Key, err error) {
	for _, text := range lines {
		k, err := task.ParseKey(text)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// batch takes a step of a batch. keys are those of its lines.
func (h *history) batch(n *BatchNote, keys []task.Key) {
	b := &h.batches[origin(n.Sandbox)]
	if b.ids == nil {
		b.ids = map[string]bool{}
	}
	i := slices.IndexFunc(b.open, func(o task.OpenBatch) bool { return o.File == n.File })
	switch {
	case n.Step == task.BatchPosting && i < 0:
		b.open = append(b.open, task.OpenBatch{File: n.File, Method: n.Method, Keys: keys, Kept: n.Kept, At: n.At})
	case n.Step == task.BatchPosting: // once more
		b.open = slices.Clone(b.open)
		b.open[i].At = n.At
	case n.Step == task.BatchPosted && i >= 0:
		b.open = slices.Clone(b.open)
		b.open[i].ID, b.open[i].At = n.ID, n.At
	case (n.Step == task.BatchUnposted || n.Step == task.BatchCollected) && i >= 0:
		b.open = slices.Delete(slices.Clone(b.open), i, i+1)
	}
	if n.ID != "" {
		b.ids[n.ID] = true
	}
	h.paid[origin(n.Sandbox)].lost += n.Lost
}

// readBatch decodes a step of a batch.
func (h *history) readBatch(line []byte) error {
	var n BatchNote
	if err := json.Unmarshal(line, &n); err != nil {
		return err
	}
	keys, err := parseKeys(n.Lines)
	if err != nil {
		return messages.Errorf("a batch: %w", err)
	}
	h.batch(&n, keys)
	return nil
}
