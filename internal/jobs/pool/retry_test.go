package pool

import (
	"errors"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool/limit"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		op   string
		kind gigachat.Kind
		want verdict
	}{
		{"chat", gigachat.KindRateLimited, verdictRefused},
		{"chat", gigachat.KindServer, verdictRetry},
		{"chat", gigachat.KindNetwork, verdictRetry},
		{"chat", gigachat.KindTimeout, verdictRetry},
		{"chat", gigachat.KindBadBody, verdictRetry},
		{"chat", gigachat.KindRejected, verdictFinal},
		{"chat", gigachat.KindIntercepted, verdictIntercepted},
		{"chat", gigachat.KindUnauthorized, verdictStop},
		{"chat", gigachat.KindPayment, verdictStop},
		{"chat", gigachat.KindForbidden, verdictStop},
		{"chat", gigachat.KindNotFound, verdictStop},
		{"chat", gigachat.KindTLS, verdictStop},
		{"chat", gigachat.KindTokenExpired, verdictStop},
		{"chat", gigachat.KindCanceled, verdictGiveUp},
		{"oauth", gigachat.KindRateLimited, verdictUnsent},
		{"oauth", gigachat.KindServer, verdictUnsent},
		{"oauth", gigachat.KindNetwork, verdictUnsent},
		{"oauth", gigachat.KindTimeout, verdictUnsent},
		{"oauth", gigachat.KindUnauthorized, verdictStop},
		{"oauth", gigachat.KindIntercepted, verdictStop},
		{"oauth", gigachat.KindTLS, verdictStop},
		{"oauth", gigachat.KindCanceled, verdictGiveUp},
	} {
		if got := judge(&gigachat.Error{Op: c.op, Kind: c.kind}); got != c.want {
			t.Errorf("judge(%s: %s) = %d, want %d", c.op, c.kind, got, c.want)
		}
	}
	if got := judge(errors.New("other")); got != verdictStop {
		t.Errorf("judge of an error that is not the API's = %d, want %d", got, verdictStop)
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for failures, want := range map[int]time.Duration{
		0: 500 * time.Millisecond, 1: 500 * time.Millisecond, 2: time.Second, 3: 2 * time.Second, 6: 16 * time.Second, 7: 30 * time.Second,
		1000: 30 * time.Second,
	} {
		if got := ceiling(failures); got != want {
			t.Errorf("ceiling(%d) = %s, want %s", failures, got, want)
		}
	}
	var a attempts
	a.add(&limit.Streak{}, gigachat.KindServer)
	small, large := time.Hour, time.Duration(0)
	for range 1000 {
		small, large = min(small, a.backoff()), max(large, a.backoff())
	}
	if small < 250*time.Millisecond || small > 275*time.Millisecond || large < 475*time.Millisecond || large >= 500*time.Millisecond {
		t.Errorf("jitter from %s to %s, want half of it", small, large)
	}
}

func TestAttemptsOfAnOutageAreGivenBack(t *testing.T) {
	t.Parallel()
	out := &limit.Streak{}
	var a attempts
	for range 5 {
		a.add(out, gigachat.KindTimeout)
	}
	if !a.exhausted(5) || a.timeout(time.Second) != 2*time.Second {
		t.Error("five failures are not the end")
	}
	out.Outage.Store(true)
	if a.exhausted(5) || a.charged() != 0 || a.timeout(time.Second) != time.Second {
		t.Errorf("charged %d for an outage", a.charged())
	}
	a.add(&limit.Streak{}, gigachat.KindTimeout)
	if a.exhausted(5) || a.timeout(time.Second) != 2*time.Second {
		t.Error("the first timeout of its own is the end")
	}
	a.add(&limit.Streak{}, gigachat.KindTimeout)
	if !a.exhausted(5) {
		t.Error("a second timeout is not the end")
	}
}

func TestJitter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ wait, retryAfter, min, max time.Duration }{
		{time.Second, 0, time.Second / 2, time.Second},
		{time.Second, time.Hour, time.Second / 2, time.Second},
		{8 * time.Second, 8 * time.Second, 8 * time.Second, 9 * time.Second},
	} {
		for range 100 {
			if d := jitter(c.wait, c.retryAfter); d < c.min || d > c.max {
				t.Errorf("jitter(%s, %s) = %s, want %s to %s", c.wait, c.retryAfter, d, c.min, c.max)
			}
		}
	}
}
