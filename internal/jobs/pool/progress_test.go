package pool

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// TestSnapshot checks the snapshot of a run halfway and at its end.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := keeper(t)
		p := &Pool{Counters: &Counters{}, Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
			return okay(), wait(ctx, 10*time.Second)
		}}
		w := NewProgress(p)
		w.Expect(12)
		time.AfterFunc(time.Second/2, func() {
			if s := w.Snapshot(); s.Tasks != 12 || s.Done != 0 || s.InFlight != 10 || s.Concurrency != 10 || s.Requests != 10 || s.Down {
				t.Errorf("after half a second: %+v", s)
			}
		})
		err := p.Execute(t.Context(), nil, tasksOf(12), func(r task.Result) error { w.Add(&r); return k.record(r) })
		if s := w.Snapshot(); err != nil || s.Done != 12 || s.InFlight != 0 || s.Tokens != 12*50 {
			t.Errorf("at the end: %+v, error %v", s, err)
		}
	})
}
