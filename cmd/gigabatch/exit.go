package main

import (
	"errors"
	"slices"
	"strings"

	"gigabatch/cmd/gigabatch/internal/advice"
	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/cmd/gigabatch/internal/settings"
	"gigabatch/internal/gigachat/authkey"
	"gigabatch/internal/jobs/cost"
)

// report prints an error and its hint, if any, and returns the exit code.
func report(s stdio, err error) int {
	switch {
	case err == nil, errors.As(err, new(outcome.Exit)):
		return outcome.CodeOf(err)
	}
	if limit, ok := errors.AsType[*cost.LimitError](err); ok && cost.IsLimit(err) {
		if limit.Small {
			s.err.Say("stopped: %s", limit.Msg)
		} else {
			s.err.Say("stopped: %s; the same command goes on", limit.Msg)
		}
		return outcome.Limit
	}
	s.err.Say("error: %s", withoutSecrets(s.err.Error(err))) // the user may have given a key in the place of something else
	if h := advice.Hint(err); !h.IsZero() {
		s.err.Say("hint: %s", authkey.WithoutKeys(s.err.Text(h)))
	}
	return outcome.CodeOf(err)
}

// withoutSecrets returns the text of an error on one line, without repetitions and keys.
func withoutSecrets(text string) string {
	return authkey.WithoutKeys(strings.Join(slices.Compact(strings.Split(text, "\n")), "; "))
}

// placed adds the place in the job file to an error about one of its columns. It returns an outcome.Late as it is.
func placed(job *settings.Job, err error) error {
	if errors.As(err, new(*outcome.Late)) {
		return err
	}
	return job.Placed(err)
}
