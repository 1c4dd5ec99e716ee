package control

import (
	"time"

	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Version is the version of the protocol. It grows if an older program would misunderstand a request or an answer.
const Version = 1

// Command is what a request wants.
type Command string

// The commands.
const (
	Show        Command = "status"
	Pause       Command = "pause"
	Resume      Command = "resume"
	Concurrency Command = "concurrency" // Request.N is the number of requests in flight, 0 for automatic
	Budget      Command = "budget"      // Request.Budget is the budget of the run
	Drain       Command = "drain"       // like the first Ctrl-C
)

// Commands are all commands.
var Commands = []Command{Show, Pause, Resume, Concurrency, Budget, Drain}

// Request is a request to a run.
type Request struct {
	Version int         `json:"version"`
	Do      Command     `json:"do"`
	N       int         `json:"n,omitempty"`
	Budget  cost.Amount `json:"budget_rub,omitempty"`
}

// answer is the answer of a run: its state after the request, or why the request was refused.
type answer struct {
	Version int           `json:"version"`
	Status  *Status       `json:"status,omitempty"`
	Error   messages.Text `json:"error,omitzero"`
	Hint    messages.Text `json:"hint,omitzero"`
}

// Status is the state of a run in progress.
type Status struct {
	Input   string        `json:"input"`
	PID     int           `json:"pid"`
	Started time.Time     `json:"started"`
	Sandbox bool          `json:"sandbox,omitempty"`
	State   task.RunState `json:"state"`
	task.Snapshot
	Times
	Budget cost.Budget `json:"budget,omitzero"`
}

// The states of a run in progress, besides task.RunRunning and task.RunPaused.
const (
	Stopping task.RunState = "stopping" // it waits for requests in flight
	Writing  task.RunState = "writing"  // all rows are asked
)

// Times are the durations of a Snapshot in milliseconds.
type Times struct {
	ElapsedMS int64 `json:"elapsed_ms"`
	HeldMS    int64 `json:"held_ms,omitempty"`
	SilentMS  int64 `json:"silent_ms,omitempty"`
}

// Observe makes the status of a run from its progress.
func Observe(s task.Snapshot, stopping bool) *Status {
	st := &Status{State: task.RunRunning, Snapshot: s, Times: Times{s.Elapsed.Milliseconds(), s.Held.Milliseconds(), s.Silent.Milliseconds()}}
	switch {
	case stopping:
		st.State = Stopping
	case s.Tasks > 0 && s.Done >= s.Tasks:
		st.State = Writing
	case s.Paused:
		st.State = task.RunPaused
	}
	return st
}

// restore sets the durations that JSON leaves out.
func (s *Status) restore() {
	ms := func(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
	s.Elapsed, s.Held, s.Silent = ms(s.ElapsedMS), ms(s.HeldMS), ms(s.SilentMS)
}

// A Refusal is why a run does not do what a request wants.
type Refusal struct{ Msg, Hint messages.Text }

func (r *Refusal) Error() string { return r.Msg.String() }

// Message is the text of Error in any language.
func (r *Refusal) Message() messages.Text { return r.Msg }
