package task

import "time"

// Belief is what a run has found out about limits that the service does not name. A zero field is unknown.
type Belief struct {
	Streams int           `json:"streams,omitempty"` // requests in flight at once
	Starts  int           `json:"starts,omitempty"`  // requests that start within the time below
	Within  time.Duration `json:"within_ns,omitempty"`
	Refused float64       `json:"refused,omitempty"` // share of the requests that are refused by chance
}
