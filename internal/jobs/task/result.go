package task

import (
	"slices"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/messages"
)

// State is the state of a task.
type State uint8

// The states of a task. A task without a result is pending or running. Skipped is a row with an empty prompt, which has no task.
const (
	Pending State = iota
	Completed
	Failed
	Blocked // by moderation (finish_reason blacklist)
	Skipped
)

// StateNames are the names of the states, indexed by State.
var StateNames = [...]string{"pending", "completed", "failed", "blocked", "skipped"}

func (s State) String() string { return StateNames[s] }

// StateOf returns the state with the given name, or Pending for any other word.
func StateOf(name string) State { return State(max(0, slices.Index(StateNames[:], name))) }

// MarshalText returns the name of the state.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText parses the name of a state. It fails if the name is unknown.
func (s *State) UnmarshalText(name []byte) error {
	i := slices.Index(StateNames[:], string(name))
	if i < 0 {
		return messages.Errorf("unknown state %q", name)
	}
	*s = State(i)
	return nil
}

// Cause is the reason why a task failed, in a word or two. The empty cause means no failure.
type Cause string

// The causes of failure. Server, Network, Timeout and BadBody are temporary: the next run asks such a row again. Rows with another cause
// are asked again only with --retry-failed.
const (
	CauseServer   Cause = "server error"
	CauseNetwork  Cause = "network"
	CauseTimeout  Cause = "timeout"
	CauseBadBody  Cause = "broken answer"
	CauseRejected Cause = "rejected"
	CauseEmpty    Cause = "empty completion"
	CauseModel    Cause = "model error"          // finish_reason error: invalid arguments of a function
	CauseUnknown  Cause = "unexpected answer"    // JSON of unknown structure
	CauseTooLong  Cause = "too long"             // the prompt exceeds the context of the model
	CauseInvalid  Cause = "invalid answer"       // the completion does not match the form; never in the journal, which has the completion
	CauseNeeds    Cause = "needs another column" // that failed or was blocked; never in the journal
)

// NotUTF8 is the cause of a completed result whose answer had bytes that are not UTF-8. It is no failure, so it is not one of Causes.
const NotUTF8 Cause = "not UTF-8"

// Causes are all causes of failures, the empty one first. Their order never changes because each is also known by its number.
var Causes = [...]Cause{
	"", CauseServer, CauseNetwork, CauseTimeout, CauseBadBody, CauseRejected, CauseEmpty, CauseModel, CauseUnknown, CauseTooLong,
	CauseInvalid, CauseNeeds,
}

// Number returns the index of the cause in Causes, or 0 if it is unknown.
func (c Cause) Number() uint8 { return uint8(max(0, slices.Index(Causes[:], c))) }

// Passing reports whether the cause is temporary, so that the next run asks again.
func (c Cause) Passing() bool {
	switch c {
	case CauseServer, CauseNetwork, CauseTimeout, CauseBadBody:
		return true
	}
	return false
}

// Retried reports whether --retry-failed asks again. With CauseInvalid and CauseNeeds no task has failed, only the cell of a row.
func (c Cause) Retried() bool { return c != CauseInvalid && c != CauseNeeds }

// Result is the final outcome of a task and one record of the journal.
type Result struct {
	Key          Key
	State        State // Completed, Failed or Blocked
	Cause        Cause // of a failure, or NotUTF8
	Sandbox      bool  // comes from a sandbox; never used in a real run
	Completion   string
	Call         string // the call of a function that the model made beside a completion
	Raw          string // the body of a response of unknown structure
	FinishReason string
	Model        string // versioned name of the model that completed the task
	Usage        gigachat.Usage
	Attempts     int
	Error        string // English message of a failure, a block or of what is wrong with a completion
	RequestID    string
	Served
	At time.Time
}

// Served is how the service brought a result.
type Served struct {
	Latency time.Duration // of the attempt with the result; 0 in a batch
	Batch   string        // id of the batch; "" if the task was asked live
}

// Truncated reports whether the completion was cut off at the token limit.
func (r *Result) Truncated() bool { return r.FinishReason == "length" }
