package jobs

import (
	"errors"
)

func brokenJournal(err error) bool {
	var broken *JournalError
	return errors.As(err, &broken)
}
