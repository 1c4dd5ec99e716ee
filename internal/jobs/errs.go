package jobs

import (
	"errors"

	"gigabatch/internal/jobs/journal"
)

func brokenJournal(err error) bool {
	var broken *journal.WriteError
	return errors.As(err, &broken)
}
