package sandbox

import (
	"crypto/sha256"
	"encoding/json"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"gigabatch/internal/gigachat/sandbox/meter"
)

// Counts are what a sandbox has received and done so far. They include an exchange before its client has the answer.
type Counts struct {
	Requests int64 `json:"requests"` // to all endpoints
	Chats    int64 `json:"chats"`    // completion requests with a valid token

	BillCounts

	Refused       int64 `json:"refused"`        // completions that the quota answered 429; those of a fault are in Faults
	TokenRequests int64 `json:"token_requests"` // requests for a token
	TokensRefused int64 `json:"tokens_refused"` // of TokenRequests, answered 429 by the limit of the endpoint
	Tokens        int64 `json:"tokens"`         // issued

	FileCounts
	BatchCounts

	Statuses map[int]int64    `json:"statuses"` // answers by HTTP status
	Faults   map[string]int64 `json:"faults"`   // by kind, with a prefix such as "oauth-" for other endpoints than the completions

	meter.Counts
}

// BillCounts count the completions that cost money.
type BillCounts struct {
	Billed        int64 `json:"billed"`         // completions and texts of embeddings that reached the model, also if the answer was lost
	BilledTokens  int64 `json:"billed_tokens"`  // their total_tokens
	BilledPrompts int64 `json:"billed_prompts"` // distinct requests billed; attachments differ by their contents
	BilledTwice   int64 `json:"billed_twice"`   // of BilledPrompts, billed more than once
}

// FileCounts count the files.
type FileCounts struct {
	Uploads       int64 `json:"uploads"`        // files stored so far
	UploadedTwice int64 `json:"uploaded_twice"` // of Uploads, whose content was already stored
	FilesDeleted  int64 `json:"files_deleted"`
	FilesStored   int64 `json:"files_stored"` // at present, without the results of batches
}

// BatchCounts count the batches. Billed and its like include their lines.
type BatchCounts struct {
	Batches         int64 `json:"batches"`           // created
	BatchPolls      int64 `json:"batch_polls"`       // questions about one or all of them
	BatchLines      int64 `json:"batch_lines"`       // posted
	BatchBilled     int64 `json:"batch_billed"`      // of BatchLines, that reached the model
	BatchLinesTwice int64 `json:"batch_lines_twice"` // of BatchLines, in an earlier batch too, where they have not failed
}

// Utilisation returns the share of the quota that was used between an earlier reading and this one, from 0 to 1. It is 0 without a quota.
func (c Counts) Utilisation(since Counts) float64 {
	allowed := c.QuotaSeconds - since.QuotaSeconds
	if allowed <= 0 {
		return 0
	}
	return (c.UsedSeconds - since.UsedSeconds) / allowed
}

// tally are the counts that nothing else has.
type tally struct {
	bills ledgers

	requests, chats                      atomic.Int64
	tokenRequests, tokensRefused, tokens atomic.Int64
	statuses                             [600]atomic.Int64

	mu     sync.Mutex // guards faults
	faults map[string]int64
}

func (t *tally) status(code int) { t.statuses[code].Add(1) }

func (t *tally) fault(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.faults == nil {
		t.faults = map[string]int64{}
	}
	t.faults[name]++
}

// Counts returns the counts. It is cheap enough to call many times a second.
func (s *Sandbox) Counts() Counts {
	batches := s.batches.read(s)
	t, bills := &s.tally, &s.tally.bills.requests
	c := Counts{
		Requests: t.requests.Load(), Chats: t.chats.Load(),
		BillCounts:    BillCounts{bills.billed.Load(), bills.tokens.Load(), bills.once.Load(), bills.twice.Load()},
		TokenRequests: t.tokenRequests.Load(), TokensRefused: t.tokensRefused.Load(), Tokens: t.tokens.Load(),
		FileCounts: s.files.read(), BatchCounts: batches,
		Statuses: map[int]int64{},
	}
	c.Counts, c.Refused = s.meter.Read(time.Now())
	for status := range t.statuses {
		if n := t.statuses[status].Load(); n > 0 {
			c.Statuses[status] = n
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	c.Faults = map[string]int64{}
	maps.Copy(c.Faults, t.faults)
	return c
}

// Seconds returns what happened in each second since the first completion request. The last second is not over.
func (s *Sandbox) Seconds() []meter.Second { return s.meter.Seconds(time.Now()) }

// Billed returns how often a completion for prompt, the text of the last user message, or a vector of the text was billed, live or in a
// batch, whatever else the requests contained. An answer that was lost on its way is billed; a request that a fault or the quota refused is
// not.
func (s *Sandbox) Billed(prompt string) int {
	s.batches.advance(s)
	return int(s.tally.bills.prompts.of(hashOf([]byte(prompt))).billed)
}

// Attempts returns how often a completion for prompt was requested and admitted by the quota, whatever else the requests contained.
func (s *Sandbox) Attempts(prompt string) int {
	s.batches.advance(s)
	return int(s.tally.bills.prompts.of(hashOf([]byte(prompt))).attempts)
}

// serveOwn answers GET /sandbox/counts with the Counts and GET /sandbox/seconds with the Seconds, for programs that watch a sandbox in
// another process. These requests are not counted.
func serveOwn(x *exchange, name string) {
	x.stamp()
	x.w.Header()["Content-Type"] = typeAPI
	switch name {
	case "counts":
		json.NewEncoder(x.w).Encode(x.Counts())
	case "seconds":
		json.NewEncoder(x.w).Encode(x.Seconds())
	default:
		x.w.WriteHeader(http.StatusNotFound)
		x.w.Write(appendError(nil, "status", http.StatusNotFound, "Not Found"))
	}
}

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
