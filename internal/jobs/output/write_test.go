package output

import (
	"errors"
	"testing"
)

func TestEncodingCauseWithoutAnError(t *testing.T) {
	t.Parallel()
	if got := encodingCause(errors.New("no")).String(); got != "no" {
		t.Errorf("got %q", got)
	}
}
