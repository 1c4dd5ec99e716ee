package task

import (
	"fmt"
	"time"

	"gigabatch/internal/gigachat"
)

// State is where a job stands.
type State uint8

// The states of a job. A job without a result is pending or running; skipped is a row whose prompt is empty, which is no job at all.
const (
	Pending State = iota
	Completed
	Failed
	Blocked // refused by moderation (finish_reason blacklist)
	Skipped
)

var StateNames = [...]string{"pending", "completed", "failed", "blocked", "skipped"}

func (s State) String() string { return StateNames[s] }

// MarshalText writes the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the state's name.
func (s *State) UnmarshalText(name []byte) error {
	for i, n := range StateNames {
		if n == string(name) {
			*s = State(i)
			return nil
		}
	}
	return fmt.Errorf("there is no state %q", name)
}

// Cause is why a job failed, in one word; the empty cause is no failure.
type Cause string

// The causes of failure. Server, Network, Timeout and BadBody pass by themselves: such a row is asked again by the next run. The
// others wait until the user says --retry-failed.
const (
	CauseServer   Cause = "server error"
	CauseNetwork  Cause = "network"
	CauseTimeout  Cause = "timeout"
	CauseBadBody  Cause = "broken answer"
	CauseRejected Cause = "rejected"
	CauseEmpty    Cause = "empty completion"
	CauseModel    Cause = "model error"       // finish_reason error: invalid arguments of a function
	CauseUnknown  Cause = "unexpected answer" // JSON of an unknown shape
	CauseTooLong  Cause = "too long"          // the prompt is longer than the model takes
	CauseInvalid  Cause = "invalid answer"    // not of the form that was demanded; never in the journal, which has the answers
	CauseNeeds    Cause = "needs another column"
)

// Causes are all causes, the empty one first, in an order that never changes: each is known by its number too.
var Causes = [...]Cause{
	"", CauseServer, CauseNetwork, CauseTimeout, CauseBadBody, CauseRejected, CauseEmpty, CauseModel, CauseUnknown, CauseTooLong, CauseInvalid, CauseNeeds,
}

// Number is the place of the cause among Causes, 0 for one that is not known.
func (c Cause) Number() uint8 {
	for i, known := range Causes {
		if known == c {
			return uint8(i)
		}
	}
	return 0
}

// Passing reports whether the cause goes away by itself, so that the next run asks again.
func (c Cause) Passing() bool {
	switch c {
	case CauseServer, CauseNetwork, CauseTimeout, CauseBadBody:
		return true
	}
	return false
}

// Retried reports whether --retry-failed asks again: the journal has the failure, and it is not one of an answer that was paid.
func (c Cause) Retried() bool { return c != CauseInvalid && c != CauseNeeds }

// Result is the final outcome of a job, one record of the journal.
type Result struct {
	Key          Key
	State        State // Completed, Failed or Blocked
	Cause        Cause // of a failure
	Sandbox      bool  // the answer came from a sandbox and never serves a real run
	Completion   string
	Raw          string // the whole answer, where its shape is unknown
	FinishReason string
	Model        string // the versioned name that answered
	Usage        gigachat.Usage
	Attempts     int
	Error        string // what the API said, for a failure or a block
	RequestID    string
	Latency      time.Duration // of the attempt that brought the result
	At           time.Time
}

// Truncated reports whether the answer ended at the limit of tokens.
func (r *Result) Truncated() bool { return r.FinishReason == "length" }

// StateOf returns the state of that name, Pending for any other word.
func StateOf(name string) State {
	for s, n := range StateNames {
		if n == name {
			return State(s)
		}
	}
	return Pending
}
