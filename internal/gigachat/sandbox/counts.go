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

	Statuses map[int]int64    `json:"statuses"` // answers by HTTP status
	Faults   map[string]int64 `json:"faults"`   // by kind, with a prefix such as "oauth-" for other endpoints than the completions

	StreamCounts
}

// BillCounts count the completions that cost money.
type BillCounts struct {
	Billed        int64 `json:"billed"`         // completions that reached the model, including those whose answer was lost
	BilledTokens  int64 `json:"billed_tokens"`  // their total_tokens
	BilledPrompts int64 `json:"billed_prompts"` // distinct requests billed; attachments differ by their contents
	BilledTwice   int64 `json:"billed_twice"`   // of BilledPrompts, billed more than once
}

// FileCounts count the files.
type FileCounts struct {
	Uploads       int64 `json:"uploads"`        // files stored so far
	UploadedTwice int64 `json:"uploaded_twice"` // of Uploads, whose content was already stored
	FilesDeleted  int64 `json:"files_deleted"`
	FilesStored   int64 `json:"files_stored"` // at present
}

// StreamCounts measure the quota of concurrent completions.
type StreamCounts struct {
	Streams      int     `json:"streams"`       // completions in flight
	MaxStreams   int     `json:"max_streams"`   // the most at any time
	BusySeconds  float64 `json:"busy_seconds"`  // total time of all completions
	UsedSeconds  float64 `json:"used_seconds"`  // the same, without what exceeded a quota that had shrunk
	QuotaSeconds float64 `json:"quota_seconds"` // what the quota has allowed since the first completion request; 0 without a quota
}

// Utilisation returns the share of the quota that was used between an earlier reading and this one, from 0 to 1. It is 0 without a quota.
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

// Counts returns the counts. It is cheap enough to call many times a second.
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

// Seconds returns what happened in each second since the first completion request. The last second is not over.
func (s *Sandbox) Seconds() []Second {
	s.meter.mu.Lock()
	defer s.meter.mu.Unlock()
	s.meter.advance(time.Now())
	return slices.Clone(s.meter.seconds)
}

// Billed returns how often a completion for prompt, the text of the last user message, was billed, whatever else the requests contained. An
// answer that was lost on its way is billed; a request that a fault or the quota refused is not.
func (s *Sandbox) Billed(prompt string) int {
	return int(s.bills.prompts.of(hashOf([]byte(prompt))).billed)
}

// Attempts returns how often a completion for prompt was requested and admitted by the quota, whatever else the requests contained.
func (s *Sandbox) Attempts(prompt string) int {
	return int(s.bills.prompts.of(hashOf([]byte(prompt))).attempts)
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
