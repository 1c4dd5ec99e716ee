package task

import "gigabatch/internal/messages"

// Text describes a cause of failure for people. Machines read the cause itself.
func (c Cause) Text() messages.Text {
	switch c {
	case CauseServer:
		return messages.Sprintf("server error")
	case CauseNetwork:
		return messages.Sprintf("network")
	case CauseTimeout:
		return messages.Sprintf("timeout")
	case CauseBadBody:
		return messages.Sprintf("broken answer")
	case CauseRejected:
		return messages.Sprintf("rejected")
	case CauseEmpty:
		return messages.Sprintf("empty completion")
	case CauseModel:
		return messages.Sprintf("model error")
	case CauseUnknown:
		return messages.Sprintf("unexpected answer")
	case CauseTooLong:
		return messages.Sprintf("too long")
	case CauseInvalid:
		return messages.Sprintf("invalid answer")
	case CauseNeeds:
		return messages.Sprintf("needs another column")
	}
	return messages.Verbatim(string(c))
}

// Text describes the state of a row for people. Machines read the state itself.
func (s State) Text() messages.Text {
	switch s {
	case Completed:
		return messages.Sprintf("completed")
	case Failed:
		return messages.Sprintf("failed")
	case Blocked:
		return messages.Sprintf("blocked")
	case Skipped:
		return messages.Sprintf("skipped")
	case Pending:
		return messages.Sprintf("pending")
	}
	return messages.Verbatim(s.String())
}

// Text describes the state of a run for people. Machines read the state itself.
func (s RunState) Text() messages.Text {
	switch s {
	case RunRunning:
		return messages.Sprintf("is running")
	case RunPaused:
		return messages.Sprintf("is paused")
	case RunCompleted:
		return messages.Sprintf("ended")
	case RunInterrupted:
		return messages.Sprintf("was interrupted")
	case RunLimited:
		return messages.Sprintf("stopped at a limit")
	case RunWaiting:
		return messages.Sprintf("waits for batches")
	case RunFailed:
		return messages.Sprintf("stopped early")
	case RunKilled:
		return messages.Sprintf("was killed")
	case RunTried:
		return messages.Sprintf("tried a few rows only")
	}
	return messages.Verbatim(string(s))
}
