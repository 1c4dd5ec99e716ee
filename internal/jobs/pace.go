package jobs

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// charsPerToken is how many characters of text one token stands for, before the service has told better.
const charsPerToken = 3.5

// pace keeps to limits that the user gave: requests a minute, evenly spread, and tokens a minute, reserved by estimate and settled with
// the real usage. Safe for concurrent use; the zero value has no limits.
type pace struct {
	requests *rate.Limiter
	tokens   *rate.Limiter

	mu         sync.Mutex // guards all below
	ratio      float64    // real prompt tokens for one estimated
	completion float64    // mean tokens of a completion
	settled    int
}

// newPace takes limits a minute; 0 is no limit.
func newPace(requests, tokens int) *pace {
	p := &pace{ratio: 1, completion: 200}
	if requests > 0 {
		p.requests = rate.NewLimiter(rate.Limit(float64(requests)/60), 1)
	}
	if tokens > 0 {
		p.tokens = rate.NewLimiter(rate.Limit(float64(tokens)/60), max(1, tokens/12))
	}
	return p
}

// wait waits until a request of chars characters may start, and returns the tokens reserved for it.
func (p *pace) wait(ctx context.Context, drain <-chan struct{}, chars int) (reserved int, err error) {
	if p.tokens != nil {
		reserved = min(p.estimate(chars), p.tokens.Burst())
		if err := waitFor(ctx, drain, p.tokens, reserved); err != nil {
			return 0, err
		}
	}
	if p.requests == nil {
		return reserved, nil
	}
	return reserved, waitFor(ctx, drain, p.requests, 1)
}

// waitFor takes n from the limiter, or nothing when it ends early.
func waitFor(ctx context.Context, drain <-chan struct{}, l *rate.Limiter, n int) error {
	r := l.ReserveN(time.Now(), n)
	if err := pause(ctx, drain, r.Delay()); err != nil {
		r.Cancel()
		return err
	}
	return nil
}

// pause waits for d, or ends early with errDrained or the cause of ctx.
func pause(ctx context.Context, drain <-chan struct{}, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-drain:
		return errDrained
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (p *pace) estimate(chars int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(1, int(float64(chars)/charsPerToken*p.ratio+p.completion))
}

// settle takes in what a request of chars characters really used, beside what was reserved for it. A limiter gives nothing back, so
// the estimate follows the mean of the real usage instead.
func (p *pace) settle(chars, reserved, prompt, completion int) {
	if p.tokens == nil {
		return
	}
	for short := prompt + completion - reserved; short > 0; {
		n := min(short, p.tokens.Burst())
		p.tokens.ReserveN(time.Now(), n)
		short -= n
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settled++
	weight := 1 / float64(min(p.settled, 50))
	p.ratio += (float64(prompt)*charsPerToken/float64(max(chars, 1)) - p.ratio) * weight
	p.completion += (float64(completion) - p.completion) * weight
}
