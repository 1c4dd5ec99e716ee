package main

import (
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// causeText describes a cause of failure for people. Machines read the cause itself.
func causeText(c task.Cause) messages.Text {
	switch c {
	case task.CauseServer:
		return messages.Sprintf("server error")
	case task.CauseNetwork:
		return messages.Sprintf("network")
	case task.CauseTimeout:
		return messages.Sprintf("timeout")
	case task.CauseBadBody:
		return messages.Sprintf("broken answer")
	case task.CauseRejected:
		return messages.Sprintf("rejected")
	case task.CauseEmpty:
		return messages.Sprintf("empty completion")
	case task.CauseModel:
		return messages.Sprintf("model error")
	case task.CauseUnknown:
		return messages.Sprintf("unexpected answer")
	case task.CauseTooLong:
		return messages.Sprintf("too long")
	case task.CauseInvalid:
		return messages.Sprintf("invalid answer")
	case task.CauseNeeds:
		return messages.Sprintf("needs another column")
	}
	return messages.Verbatim(string(c))
}

// stateText describes the state of a row for people. Machines read the state itself.
func stateText(state task.State) messages.Text {
	switch state {
	case task.Completed:
		return messages.Sprintf("completed")
	case task.Failed:
		return messages.Sprintf("failed")
	case task.Blocked:
		return messages.Sprintf("blocked")
	case task.Skipped:
		return messages.Sprintf("skipped")
	case task.Pending:
		return messages.Sprintf("pending")
	}
	return messages.Verbatim(state.String())
}
