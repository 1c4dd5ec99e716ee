package task

import (
	"slices"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/messages"
)

// State is where a task stands.
type State uint8

// The states of a task. A task without a result is pending or running. Skipped is a row whose prompt is empty, which has no task.
const (
	Pending State = iota
	Completed
	Failed
	Blocked // refused by moderation (finish_reason blacklist)
	Skipped
)

// StateNames are the names of the states, by their numbers.
var StateNames = [...]string{"pending", "completed", "failed", "blocked", "skipped"}

func (s State) String() string { return StateNames[s] }

// StateOf returns the state of that name, Pending for any other word.
func StateOf(name string) State { return State(max(0, slices.Index(StateNames[:], name))) }

// MarshalText writes the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the state's name. It fails if no state has that name.
func (s *State) UnmarshalText(name []byte) error {
	i := slices.Index(StateNames[:], string(name))
	if i < 0 {
		return messages.Errorf("there is no state %q", name)
	}
	*s = State(i)
	return nil
}

// Cause is why a task failed, in a word or two. The empty cause is no failure.
type Cause string

// The causes of failure. Server, Network, Timeout and BadBody pass by themselves: the next run asks such a row again. Rows with another
// cause wait until the user says --retry-failed.
const (
	CauseServer   Cause = "server error"
	CauseNetwork  Cause = "network"
	CauseTimeout  Cause = "timeout"
	CauseBadBody  Cause = "broken answer"
	CauseRejected Cause = "rejected"
	CauseEmpty    Cause = "empty completion"
	CauseModel    Cause = "model error"          // finish_reason error: invalid arguments of a function
	CauseUnknown  Cause = "unexpected answer"    // JSON of an unknown shape
	CauseTooLong  Cause = "too long"             // the prompt is longer than the model takes
	CauseInvalid  Cause = "invalid answer"       // the completion lacks the form; never in the journal, which has the completions
	CauseNeeds    Cause = "needs another column" // which failed or was blocked; never in the journal
)

// Causes are all causes, the empty one first. Their order never changes: each is known by its number, too.
var Causes = [...]Cause{
	"", CauseServer, CauseNetwork, CauseTimeout, CauseBadBody, CauseRejected, CauseEmpty, CauseModel, CauseUnknown, CauseTooLong,
	CauseInvalid, CauseNeeds,
}

// Number is the place of the cause among Causes, 0 for one that is not known.
func (c Cause) Number() uint8 { return uint8(max(0, slices.Index(Causes[:], c))) }

// Passing reports whether the cause passes by itself, so that the next run asks again.
func (c Cause) Passing() bool {
	switch c {
	case CauseServer, CauseNetwork, CauseTimeout, CauseBadBody:
		return true
	}
	return false
}

// Retried reports whether --retry-failed asks again. With CauseInvalid and CauseNeeds no task has failed, only the cell of a row.
func (c Cause) Retried() bool { return c != CauseInvalid && c != CauseNeeds }

// Result is the final outcome of a task, one record of the journal.
type Result struct {
	Key          Key
	State        State // Completed, Failed or Blocked
	Cause        Cause // of a failure
	Sandbox      bool  // a sandbox made it: it never serves a real run
	Completion   string
	Raw          string // the body of the response, where its shape is unknown
	FinishReason string
	Model        string // the versioned name of the model that completed the task
	Usage        gigachat.Usage
	Attempts     int
	Error        string // what the API said, for a failure or a block
	RequestID    string
	Latency      time.Duration // of the attempt that brought the result
	At           time.Time
}

// Truncated reports whether the completion ended at the limit of tokens.
func (r *Result) Truncated() bool { return r.FinishReason == "length" }
