package outcome

import (
	"os"
	"strings"

	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// SchemaVersion is the version of the object that Final is in JSON. New keys do not change it.
const SchemaVersion = 1

// Final is how a command ended, for programs: docs/summary.schema.json describes it. The summary is nil if nothing was asked or written.
type Final struct {
	SchemaVersion int    `json:"schema_version"`
	Command       string `json:"command"`
	Input         string `json:"input,omitempty"`
	Sandbox       bool   `json:"sandbox,omitempty"`
	ExitCode      int    `json:"exit_code"`
	Outcome       Kind   `json:"outcome"`
	Told
	Next []Step `json:"next"`
	*task.Summary
}

// Told is what a command says about its end.
type Told struct {
	Error   string   `json:"error,omitempty"`   // in English
	Hint    string   `json:"hint,omitempty"`    // what to do about the error, in English
	FailIf  []string `json:"fail_if,omitempty"` // the rules that hold
	Because string   `json:"because,omitempty"` // why the run was left out: SkippedLocked or SkippedNoKey
	Reports []string `json:"reports,omitempty"` // the files that were written
}

// The reasons why a run is left out.
const (
	SkippedLocked = "locked"
	SkippedNoKey  = "no_key"
)

// Kind is how a command ended, in a word.
type Kind string

// The kinds of ends. Each but Completed, Waiting and Skipped has an exit code of its own.
const (
	Completed Kind = "completed"   // every row has a completion or is skipped
	Waiting   Kind = "waiting"     // rows are pending in batches, or came too late; the exit code is OK
	Skipped   Kind = "skipped"     // nothing was done, as the user wished
	RowsBad   Kind = "rows_failed" // SomeRows
	Limited   Kind = "limited"     // Limit
	Stopped   Kind = "interrupted" // Interrupted, and other signals
	Wrong     Kind = "usage"       // Usage
	Busy      Kind = "locked"      // Locked
	Broken    Kind = "failed"      // Failed
)

// Step is something to do after a command.
type Step struct {
	Action string        `json:"action"`
	Rows   int           `json:"rows,omitempty"` // that it is about
	Text   messages.Text `json:"text"`           // in English
}

// Conclude sets the exit code, the kind and the next steps.
func (f *Final) Conclude(code int) {
	f.SchemaVersion, f.ExitCode = SchemaVersion, code
	switch {
	case f.Because != "":
		f.Outcome = Skipped
	case code == OK && f.Summary != nil && f.Pending > 0:
		f.Outcome = Waiting
	case code == OK:
		f.Outcome = Completed
	case code > 128:
		f.Outcome = Stopped
	default:
		f.Outcome = map[int]Kind{Failed: Broken, Usage: Wrong, SomeRows: RowsBad, Limit: Limited, Locked: Busy}[code]
	}
	f.Next = []Step{} // an empty list, not null
	add := func(action string, rows int, text messages.Text) { f.Next = append(f.Next, Step{action, rows, text}) }
	switch {
	case f.Because == SkippedNoKey:
		add("set_key", 0, messages.Sprintf("give the key to the command, then run it again"))
	case f.Because == SkippedLocked, f.Outcome == Busy:
		add("wait", 0, messages.Sprintf("wait for the run that holds the journal, or use --if-locked wait"))
	case f.Outcome == Wrong:
		add("fix", 0, messages.Or(messages.Foreign(f.Hint), messages.Sprintf("correct the command or the input")))
	case f.Outcome == Broken:
		add("fix", 0, messages.Or(messages.Foreign(f.Hint), messages.Sprintf("read the error, then run the same command again")))
	case f.Outcome == Limited:
		add("raise_limit", 0, messages.Sprintf("run the same command again, or raise the limit"))
	}
	if f.Summary == nil {
		return
	}
	sum := f.Summary
	passing := 0
	for cause, n := range sum.Failed {
		if cause.Passing() {
			passing += n
		}
	}
	inBatches := 0
	if sum.Batched.Open > 0 {
		inBatches = min(sum.Batched.Waiting, sum.Pending)
		add("collect", inBatches, messages.Sprintf("run the same command, or gigabatch status, later to collect the answers of batches"))
	}
	if n := passing + sum.Pending - inBatches; n > 0 {
		add("run_again", n, messages.Sprintf("run the same command again: it asks the rows that are pending or failed for a temporary cause"))
	}
	if sum.Batched.Doubts > 0 {
		add("repost", sum.Batched.Doubted, messages.Sprintf("look for the batches at the service, or post them again with --repost"))
	}
	if n := sum.Waiting - sum.Failed[task.CauseTooLong]; n > 0 {
		add("retry_failed", n, messages.Sprintf("fix the cause, then add --retry-failed"))
	}
	if n := sum.Failed[task.CauseTooLong]; n > 0 {
		add("split", n, messages.Sprintf("ask texts that are too long in parts, with --long split"))
	}
	if sum.Invalid > 0 {
		add("repair", sum.Invalid, messages.Sprintf("ask for better answers with a larger --repairs, or correct them by hand"))
	}
	if sum.Blocked > 0 {
		add("change_prompt", sum.Blocked, messages.Sprintf("change the prompt or the model of rows that moderation blocked"))
	}
	if sum.Truncated > 0 {
		add("raise_max_tokens", sum.Truncated, messages.Sprintf("raise --max-tokens, or use --on-length raise"))
	}
}

// Harmless returns JSON in which the runner of GitHub Actions finds no command: it obeys what it takes for one anywhere in a line of the log.
func Harmless(json string) string {
	if os.Getenv("GITHUB_ACTIONS") == "" {
		return json
	}
	return strings.ReplaceAll(json, "##[", `#\u0023[`)
}
