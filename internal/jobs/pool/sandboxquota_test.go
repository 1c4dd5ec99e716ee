package pool

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs/task"
)

// TestSandboxQuota checks that the pool finds the quota of a sandbox, with real HTTP and tokens.
func TestSandboxQuota(t *testing.T) {
	t.Parallel()
	quotas := []int{3, 40, 1, 10}
	if raced {
		quotas = quotas[:2]
	}
	for _, retryAfter := range []string{"", "1"} {
		for _, quota := range quotas {
			t.Run(fmt.Sprintf("%d/%s", quota, retryAfter), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { testSandboxQuota(t, quota, retryAfter) })
			})
		}
	}
}

func testSandboxQuota(t *testing.T, quota int, retryAfter string) {
	const rows = 2000
	s, client, end := inSandbox(sandbox.Options{
		Streams: quota, Latency: 80 * time.Millisecond, Jitter: 40 * time.Millisecond, RetryAfter: retryAfter,
	})
	defer end()
	k := keeper(t)
	err := (&Pool{Ask: client.ChatJSON}).Execute(t.Context(), nil, tasksOf(rows), k.record)
	if err != nil {
		t.Fatal(err)
	}
	k.wantAll(rows, task.Completed, "")
	var used, allowed float64
	seconds := s.Seconds()
	for _, second := range seconds[2 : len(seconds)-1] {
		used, allowed = used+second.Used, allowed+second.Quota
	}
	refused := 100 * float64(s.Counts().Refused) / rows
	t.Logf("utilisation %.3f, refused %.2f %%, %d seconds", used/allowed, refused, len(seconds))
	if used < 0.95*allowed || refused >= 2 {
		t.Errorf("utilisation %.3f, want 0.95; refused %.2f %%, want under 2", used/allowed, refused)
	}
}
