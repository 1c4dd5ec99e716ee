package pool

import (
	"sync/atomic"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// Counters are what a pool counts while it works. Safe for concurrent use.
type Counters struct {
	Requests         atomic.Int64 // sent, retries included
	Refused          atomic.Int64 // 429s
	Retries          atomic.Int64 // attempts after the first, refusals not included
	PromptTokens     atomic.Int64
	CompletionTokens atomic.Int64
	CachedTokens     atomic.Int64
	Lost             atomic.Int64 // attempts sent whole that brought no whole answer
}

// Work is what was counted so far.
func (c *Counters) Work() task.Work {
	return task.Work{
		PromptTokens: c.PromptTokens.Load(), CompletionTokens: c.CompletionTokens.Load(), CachedTokens: c.CachedTokens.Load(),
		Requests: c.Requests.Load(), Refused: c.Refused.Load(), Retries: c.Retries.Load(),
	}
}

// add counts the tokens of an answer.
func (c *Counters) add(u gigachat.Usage) {
	c.PromptTokens.Add(int64(u.PromptTokens))
	c.CompletionTokens.Add(int64(u.CompletionTokens))
	c.CachedTokens.Add(int64(u.CachedTokens))
}
