package sandbox

import (
	"crypto/sha256"
	"sync"
	"sync/atomic"
)

// A hash identifies a prompt or a whole request: the first 128 bits of its SHA-256.
type hash [16]byte

func hashOf(text []byte) hash {
	sum := sha256.Sum256(text)
	return hash(sum[:16])
}

// ledgers record what was attempted and billed, by request and by prompt.
type ledgers struct{ requests, prompts ledger }

// A ledger records how often each request, or each prompt, was attempted and billed, in 16 bytes of hash and 8 of counts.
type ledger struct {
	shards [64]shard
	billed atomic.Int64 // completions
	tokens atomic.Int64
	once   atomic.Int64 // hashes billed
	twice  atomic.Int64 // hashes billed more than once
}

type shard struct {
	mu     sync.Mutex // guards counts
	counts map[hash]count
	_      [48]byte // keeps neighbours off the same cache line
}

type count struct{ attempts, billed uint32 }

// attempt counts an attempt for h and returns the number of attempts so far.
func (l *ledger) attempt(h hash) int {
	return int(l.change(h, func(c *count) { c.attempts++ }).attempts)
}

// bill counts a completion of that many tokens for h.
func (l *ledger) bill(h hash, tokens int) {
	c := l.change(h, func(c *count) { c.billed++ })
	l.billed.Add(1)
	l.tokens.Add(int64(tokens))
	switch c.billed {
	case 1:
		l.once.Add(1)
	case 2:
		l.twice.Add(1)
	}
}

func (l *ledger) change(h hash, by func(*count)) count {
	s := &l.shards[h[0]%64]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts == nil {
		s.counts = map[hash]count{}
	}
	c := s.counts[h]
	by(&c)
	s.counts[h] = c
	return c
}

func (l *ledger) of(h hash) count {
	s := &l.shards[h[0]%64]
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[h]
}
