package task

import (
	"time"

	"gigabatch/internal/messages"
)

// OutageError means that no request succeeded for too long. The tasks stay pending.
type OutageError struct {
	Since time.Time // of the last success, or of the first request if there was none
	For   time.Duration
	Last  error
}

func (e *OutageError) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *OutageError) Message() messages.Text {
	if e.Last == nil {
		return messages.Sprintf("no request succeeded for %v; the service does not answer", e.For.Round(time.Second))
	}
	return messages.Sprintf("no request succeeded for %v; last error: %v", e.For.Round(time.Second), e.Last)
}

func (e *OutageError) Unwrap() error { return e.Last }
