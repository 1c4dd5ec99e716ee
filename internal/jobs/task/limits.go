package task

import "time"

// Limits bound how an executor works. The zero value of a field is its default.
type Limits struct {
	Concurrency int           `json:"concurrency,omitempty"`   // most requests in flight; the default finds it
	RPM         int           `json:"rpm,omitempty"`           // requests a minute; 0 is no limit
	TPM         int           `json:"tpm,omitempty"`           // tokens a minute; 0 is no limit
	MaxAttempts int           `json:"max_attempts,omitempty"`  // of a task; default 5
	Grace       time.Duration `json:"grace_ns,omitempty"`      // after a drain, for requests on the wire; default 30 s
	MaxOutage   time.Duration `json:"max_outage_ns,omitempty"` // without a success before the run ends; default 15 min
}
