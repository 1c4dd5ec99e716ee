package task

import (
	"time"

	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/messages"
)

// The ways in which a run asks its tasks.
const (
	ViaLive   = ""       // each task by a request
	ViaBatch  = "batch"  // through asynchronous batches
	ViaAuto   = "auto"   // through batches if the key may use them, else live
	ViaHybrid = "hybrid" // through batches, and live what is open when the deadline comes near
)

// Batching is how a run uses the asynchronous batches of the service.
type Batching struct {
	Via            string    `json:"via,omitempty"`
	Lines          int       `json:"batch_lines,omitempty"`     // most tasks of a batch; default DefaultBatchLines
	LiveStragglers bool      `json:"live_stragglers,omitempty"` // tasks that a batch did not complete are asked live, not in the next batch
	Detach         bool      `json:"detach,omitempty"`          // the run ends once all batches are posted
	Deadline       time.Time `json:"deadline,omitzero"`         // with ViaHybrid
}

// DefaultBatchLines is the most tasks of a batch: the only limit that is known of the service.
const DefaultBatchLines = 500

// BatchStep is what happens to a batch.
type BatchStep string

// The steps of a batch.
const (
	BatchPosting   BatchStep = "posting"   // it is about to be posted
	BatchPosted    BatchStep = "posted"    // the service has it
	BatchUnposted  BatchStep = "unposted"  // the service does not have it, or the user says so
	BatchCollected BatchStep = "collected" // its results are recorded
)

// OpenBatch is a batch that was or may have been posted, and whose results are not all recorded.
type OpenBatch struct {
	File   string // names the batch before the service does
	ID     string // at the service; "" while it is unknown whether the service has it
	Method string
	Keys   []Key // of its tasks, one for each line
	cost.Kept
	At time.Time // when it was about to be posted
}

// BatchState is a batch that was posted and whose results are not all in the journal.
type BatchState struct {
	ID     string    `json:"id"`     // "" if it is unknown whether the service has taken the batch
	Status string    `json:"status"` // as the service says it; "" before the first answer
	Lines  int       `json:"lines"`
	Done   int       `json:"done,omitempty"` // lines that the service says it has completed or failed
	Posted time.Time `json:"posted"`
}

// Batched is what a run did through batches.
type Batched struct {
	Posted    int `json:"posted,omitempty"`     // batches
	Collected int `json:"collected,omitempty"`  // batches whose results are in the journal
	Answers   int `json:"answers,omitempty"`    // results of tasks
	Twice     int `json:"came_twice,omitempty"` // results of tasks that had one
	Unknown   int `json:"unknown,omitempty"`    // results whose id is no task
	Refused   int `json:"refused,omitempty"`    // tasks whose model the service does not take in batches
	Left
}

// Left is what the end of a run leaves at the service.
type Left struct {
	Open    int           `json:"open,omitempty"`        // batches whose results are still to come
	Waiting int           `json:"waiting,omitempty"`     // tasks in them
	Doubts  int           `json:"doubtful,omitempty"`    // batches of which it cannot be found out whether the service has them
	Doubted int           `json:"doubted,omitempty"`     // tasks in them
	Why     messages.Text `json:"why_doubtful,omitzero"` // of the first
}

// Add adds what an earlier part of the run did.
func (b *Batched) Add(earlier *Batched) {
	b.Posted += earlier.Posted
	b.Collected += earlier.Collected
	b.Answers += earlier.Answers
	b.Twice += earlier.Twice
	b.Unknown += earlier.Unknown
	b.Refused += earlier.Refused
}
