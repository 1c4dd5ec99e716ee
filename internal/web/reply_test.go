package web

import (
	"fmt"
	"net/http"
	"testing"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/web/board"
)

// Errors of the files of a run and of the service are not errors of the server.
func TestStatusOfErrors(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]int{
		&journal.RecordError{Journal: "q.csv.gigabatch", Err: fmt.Errorf("invalid")}: http.StatusConflict,
		fmt.Errorf("trying: %w", board.ErrSilent):                                    http.StatusGatewayTimeout,
		board.ErrNotYet: http.StatusConflict,
	} {
		if got, _ := statusOf(err); got != want {
			t.Errorf("%v is answered with %d, want %d", err, got, want)
		}
	}
}
