package jobs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
)

// Rewrite writes the output again from the journal, with the settings of the last run, which change may alter. Nothing is asked and no
// service is needed. Rows that the journal has no result for are pending.
func (r *Run) Rewrite(ctx context.Context, change func(*Settings) error) (*Summary, error) {
	r.Journal = or(r.Journal, JournalPath(r.Input))
	if err := hasJournal(r.Input, r.Journal); err != nil {
		return nil, err
	}
	defer r.close()
	if err := r.openJournal(); err != nil {
		return nil, err
	}
	if err := r.resumeSettings(change); err != nil {
		return nil, err
	}
	src, err := r.open()
	if err != nil {
		return nil, err
	}
	if err := r.checkOutput(src); err != nil {
		return nil, err
	}
	r.began = r.journal.out.size()
	sum := &Summary{Failed: map[Cause]int{}, Journal: r.Journal}
	sum.PaidTwice = r.journal.history.suspected(r.Sandbox)
	return sum, r.merge(ctx, sum)
}

// resumeSettings takes over what the last run was told.
func (r *Run) resumeSettings(change func(*Settings) error) error {
	last := r.journal.history.whole
	if last == nil {
		return noRuns(r.Input, r.Journal)
	}
	r.Settings, r.Sandbox = last.Settings.located(r.Input), last.Sandbox
	if r.Settings.InPlace {
		r.Settings.Output = r.Input
	}
	r.journal.setEpoch(last.Epoch)
	if change != nil {
		if err := change(&r.Settings); err != nil {
			return err
		}
	}
	r.recall()
	return nil
}

// hasJournal refuses an input that was never run, or is not there.
func hasJournal(input, journal string) error {
	err := regular(journal)
	if err != nil || exists(journal) {
		return err
	}
	if !exists(input) {
		if _, err := open.Open(input, table.Options{}); err != nil {
			return err
		}
	}
	return noRuns(input, journal)
}

func noRuns(input, journal string) error {
	return &UsageError{Msg: fmt.Sprintf("%s: there is no run yet (no journal %s)", input, journal), Hint: "gigabatch run " + input}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return !errors.Is(err, fs.ErrNotExist)
}
