package task

import (
	"time"

	"gigabatch/internal/jobs/cost"
)

// Limits bound the work of an executor. The zero value of a field is its default.
type Limits struct {
	Concurrency int           `json:"concurrency,omitempty"`   // maximum number of requests in flight; found automatically by default
	RPM         int           `json:"rpm,omitempty"`           // requests per minute; 0 is no limit
	TPM         int           `json:"tpm,omitempty"`           // tokens per minute; 0 is no limit
	MaxAttempts int           `json:"max_attempts,omitempty"`  // per task; default 5
	Grace       time.Duration `json:"grace_ns,omitempty"`      // for requests in flight after a drain; default 30 s
	MaxOutage   time.Duration `json:"max_outage_ns,omitempty"` // time without a success before the run ends; default 15 min
	MaxRounds   int           `json:"max_rounds,omitempty"`    // of an input that changes during the run; default 10
	KeepGoing   bool          `json:"keep_going,omitempty"`    // do not end the run if many requests fail for good in the same way
	MaxTime     time.Duration `json:"max_time_ns,omitempty"`   // of a run; 0 is no limit
	Pack        int           `json:"pack,omitempty"`          // texts of a request for vectors; default 20, 0 of chats
	cost.Budget
	Batching
}
