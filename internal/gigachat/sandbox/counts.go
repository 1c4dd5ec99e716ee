package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Counts are what a sandbox has seen and done so far. They include an exchange before its client has the answer.
type Counts struct {
	Requests int64 `json:"requests"` // of every endpoint
	Chats    int64 `json:"chats"`    // requests for a completion with a live token

	BillCounts

	Refused       int64 `json:"refused"`        // completions answered 429 by the quota; those by a fault are in Faults
	TokenRequests int64 `json:"token_requests"` // requests for a token
	TokensRefused int64 `json:"tokens_refused"` // of them, answered 429 by the limit of that endpoint
	Tokens        int64 `json:"tokens"`         // issued

	FileCounts

	Statuses map[int]int64    `json:"statuses"` // answers by HTTP status
	Faults   map[string]int64 `json:"faults"`   // by kind, after "oauth-" and the like for other endpoints than the completions

	StreamCounts
}

// BillCounts are about the completions that cost money.
type BillCounts struct {
	Billed        int64 `json:"billed"`         // completions that the model worked on, also those whose answer was lost
	BilledTokens  int64 `json:"billed_tokens"`  // their total_tokens
	BilledPrompts int64 `json:"billed_prompts"` // distinct requests billed, attachments being told apart by their contents
	BilledTwice   int64 `json:"billed_twice"`   // of them, billed more than once
}

// FileCounts are about the files stored.
type FileCounts struct {
	Uploads       int64 `json:"uploads"`        // files that were stored
	UploadedTwice int64 `json:"uploaded_twice"` // of them, with a content of which there was a copy
	FilesDeleted  int64 `json:"files_deleted"`
	FilesStored   int64 `json:"files_stored"` // now
}

// StreamCounts are about the quota of completions under way at once.
type StreamCounts struct {
	Streams      int     `json:"streams"`       // completions under way
	MaxStreams   int     `json:"max_streams"`   // the most there were
	BusySeconds  float64 `json:"busy_seconds"`  // the sum of the times that completions took
	UsedSeconds  float64 `json:"used_seconds"`  // the same, leaving out what was beyond a quota that had shrunk
	QuotaSeconds float64 `json:"quota_seconds"` // what the quota has allowed since the first completion was requested; 0 without one
}

// Utilisation is the share of the quota that was used between an earlier reading and this one, from 0 to 1. It is 0
// without a quota.
func (c Counts) Utilisation(since Counts) float64 {
	allowed := c.QuotaSeconds - since.QuotaSeconds
	if allowed <= 0 {
		return 0
	}
	return (c.UsedSeconds - since.UsedSeconds) / allowed
}

// tally are the simple counts.
type tally struct {
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

// Counts returns the counts. It is cheap enough to be called many times a second.
func (s *Sandbox) Counts() Counts {
	t, bills := &s.tally, &s.bills.requests
	c := Counts{
		Requests: t.requests.Load(), Chats: t.chats.Load(),
		BillCounts:    BillCounts{bills.billed.Load(), bills.tokens.Load(), bills.once.Load(), bills.twice.Load()},
		TokenRequests: t.tokenRequests.Load(), TokensRefused: t.tokensRefused.Load(), Tokens: t.tokens.Load(),
		FileCounts: s.files.read(),
		Statuses:   map[int]int64{},
	}
	c.StreamCounts, c.Refused = s.meter.read(time.Now())
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

// Seconds returns what happened in each second since the first completion was requested. The last one is not over.
func (s *Sandbox) Seconds() []Second {
	s.meter.mu.Lock()
	defer s.meter.mu.Unlock()
	s.meter.advance(time.Now())
	return slices.Clone(s.meter.seconds)
}

// Billed returns how often a completion for prompt, the text of the last message of the user, was billed, whatever else the
// requests had. An answer that was lost on its way is billed; a request that a fault or the quota refused is not.
func (s *Sandbox) Billed(prompt string) int {
	return int(s.bills.prompts.of(hashOf([]byte(prompt))).billed)
}

// Attempts returns how often a completion for prompt was requested and admitted by the quota, whatever else the requests had.
func (s *Sandbox) Attempts(prompt string) int {
	return int(s.bills.prompts.of(hashOf([]byte(prompt))).attempts)
}

// serveOwn answers GET /sandbox/counts with the Counts and GET /sandbox/seconds with the Seconds, for those who watch a
// sandbox in another process. They are not counted themselves.
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
