package task

import (
	"math"

	"gigabatch/internal/messages"
)

// Belief is what a run has found out about limits that the service does not name. A zero field is unknown.
type Belief struct {
	Streams int     `json:"streams,omitempty"` // requests in flight at once
	Starts  int     `json:"starts,omitempty"`  // requests that start within Seconds
	Seconds int     `json:"seconds,omitempty"`
	Refused float64 `json:"refused,omitempty"` // share of the requests that are refused by chance
}

// Text describes b; it is empty if nothing is known.
func (b Belief) Text() messages.Text {
	var parts []messages.Text
	if b.Streams > 0 {
		parts = append(parts, messages.Sprintf("%d at once (found)", b.Streams))
	}
	switch {
	case b.Starts == 0:
	case b.Seconds == 1:
		parts = append(parts, messages.Sprintf("%d {start|starts} a second (found)", b.Starts))
	case b.Seconds == 60:
		parts = append(parts, messages.Sprintf("%d {start|starts} a minute (found)", b.Starts))
	default:
		parts = append(parts, messages.Sprintf("%d {start|starts} in %d s (found)", b.Starts, b.Seconds))
	}
	if percent := int(math.Round(100 * b.Refused)); percent > 0 {
		parts = append(parts, messages.Sprintf("%d %% of requests are refused by chance", percent))
	}
	if parts == nil {
		return messages.Text{}
	}
	return messages.Sprintf("quota: %s", messages.Join(parts, ", "))
}
