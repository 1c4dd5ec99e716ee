package pool

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// TestRPM checks that requests start evenly.
func TestRPM(t *testing.T) {
	t.Parallel()
	for _, rpm := range []int{30, 600, 6000} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			var starts []time.Time
			k := keeper(t)
			p := &Pool{Limits: task.Limits{RPM: rpm}, Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
				mu.Lock()
				starts = append(starts, time.Now())
				mu.Unlock()
				return okay(), wait(ctx, 50*time.Millisecond)
			}}
			if err := p.Execute(t.Context(), nil, tasksOf(200), k.record); err != nil {
				t.Fatal(err)
			}
			every := time.Minute / time.Duration(rpm)
			for i := range starts[1:] {
				// A window that is still small delays a start, so the next start may come a little early.
				if gap := starts[i+1].Sub(starts[i]); gap < every/2 || rpm < 6000 && gap != every {
					t.Errorf("%d a minute: start %d after %s, want %s", rpm, i+1, gap, every)
				}
			}
			if took := starts[199].Sub(starts[0]); took < 199*every-every || took > 210*every {
				t.Errorf("%d a minute: 199 starts took %s", rpm, took)
			}
		})
	}
}

// TestTPM checks that a run keeps to its tokens a minute, whatever the estimate.
func TestTPM(t *testing.T) {
	t.Parallel()
	for _, used := range []gigachat.Usage{{PromptTokens: 20, CompletionTokens: 10}, {PromptTokens: 20, CompletionTokens: 2000}} {
		synctest.Test(t, func(t *testing.T) {
			const tpm = 60000
			each := used.PromptTokens + used.CompletionTokens
			var mu sync.Mutex
			var first, last time.Time
			k := keeper(t)
			p := &Pool{Limits: task.Limits{TPM: tpm}, Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
				mu.Lock()
				last = time.Now()
				if first.IsZero() {
					first = last
				}
				mu.Unlock()
				return &gigachat.ChatResponse{Completion: "yes", FinishReason: "stop", Usage: used}, wait(ctx, 2*time.Second)
			}}
			rows := 20 * tpm / each // twenty minutes
			if err := p.Execute(t.Context(), nil, tasksOf(rows), k.record); err != nil {
				t.Fatal(err)
			}
			perMinute := float64(rows*each) / last.Sub(first).Minutes()
			if perMinute < 0.9*tpm || perMinute > 1.1*tpm {
				t.Errorf("%+v: %.0f tokens a minute, want %d", used, perMinute, tpm)
			}
		})
	}
}
