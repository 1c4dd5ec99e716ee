package sandbox

import (
	"encoding/json"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Counts are what a sandbox has seen and done so far. They include an exchange before its client has the answer.
type Counts struct {
	Requests int64 `json:"requests"` // of every endpoint
	Chats    int64 `json:"chats"`    // requests for a completion with a live token

	Billed        int64 `json:"billed"`         // completions that the model worked on, also those whose answer was lost
	BilledTokens  int64 `json:"billed_tokens"`  // their total_tokens
	BilledPrompts int64 `json:"billed_prompts"` // distinct requests billed, attachments being told apart by their contents
	BilledTwice   int64 `json:"billed_twice"`   // of them, billed more than once

	Refused       int64 `json:"refused"`        // completions answered 429 by the quota; those by a fault are in Faults
	TokenRequests int64 `json:"token_requests"` // requests for a token
	TokensRefused int64 `json:"tokens_refused"` // of them, answered 429 by the limit of that endpoint
	Tokens        int64 `json:"tokens"`         // issued

	Uploads       int64 `json:"uploads"`        // files that were stored
	UploadedTwice int64 `json:"uploaded_twice"` // of them, with a content of which there was a copy
	FilesDeleted  int64 `json:"files_deleted"`
	FilesStored   int64 `json:"files_stored"` // now

	Statuses map[int]int64    `json:"statuses"` // answers by HTTP status
	Faults   map[string]int64 `json:"faults"`   // by kind, after "oauth-" and the like for other endpoints than the completions

	Streams      int     `json:"streams"`       // completions under way
	MaxStreams   int     `json:"max_streams"`   // the most there were
	BusySeconds  float64 `json:"busy_seconds"`  // the sum of the times that completions took
	UsedSeconds  float64 `json:"used_seconds"`  // the same, leaving out what was beyond a quota that had shrunk
	QuotaSeconds float64 `json:"quota_seconds"` // what the quota has allowed since the first completion was asked for; 0 without one
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

func (t *tally) read(c *Counts) {
	c.Requests, c.Chats = t.requests.Load(), t.chats.Load()
	c.TokenRequests, c.TokensRefused, c.Tokens = t.tokenRequests.Load(), t.tokensRefused.Load(), t.tokens.Load()
	c.Statuses = map[int]int64{}
	for status := range t.statuses {
		if n := t.statuses[status].Load(); n > 0 {
			c.Statuses[status] = n
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	c.Faults = map[string]int64{}
	for name, n := range t.faults {
		c.Faults[name] = n
	}
}

// Counts returns the counts. It is cheap enough to be asked many times a second.
func (s *Sandbox) Counts() Counts {
	var c Counts
	s.tally.read(&c)
	s.meter.read(&c, time.Now())
	s.files.read(&c)
	c.Billed, c.BilledTokens = s.ledger.billed.Load(), s.ledger.tokens.Load()
	c.BilledPrompts, c.BilledTwice = s.ledger.once.Load(), s.ledger.twice.Load()
	return c
}

// own answers GET /sandbox/counts with the Counts and GET /sandbox/seconds with the Seconds, for those who watch a
// sandbox in another process. They are not counted themselves.
func (s *Sandbox) own(w http.ResponseWriter, name string) {
	s.stamp(w.Header())
	w.Header()["Content-Type"] = typeAPI
	switch name {
	case "counts":
		json.NewEncoder(w).Encode(s.Counts())
	case "seconds":
		json.NewEncoder(w).Encode(s.Seconds())
	default:
		w.WriteHeader(http.StatusNotFound)
		w.Write(appendError(nil, "status", http.StatusNotFound, "Not Found"))
	}
}
