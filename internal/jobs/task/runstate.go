package task

// RunState is the state of the last run of a journal, as the journal and its lock tell it.
type RunState string

// The states of a run that need not be in this process.
const (
	RunRunning     RunState = "running"
	RunPaused      RunState = "paused"
	RunCompleted   RunState = "completed"   // it ended; rows may have failed
	RunInterrupted RunState = "interrupted" // it was stopped, and rows are pending
	RunLimited     RunState = "limited"     // it ended at a budget or a time that the user set, and rows are pending
	RunWaiting     RunState = "waiting"     // it ended, and pending rows are in batches at the service
	RunFailed      RunState = "failed"      // an error ended it early, and rows are pending
	RunKilled      RunState = "killed"      // its process was killed
	RunTried       RunState = "tried"       // a few rows were tried, but the whole table was never run
)
