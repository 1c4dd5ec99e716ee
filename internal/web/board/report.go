package board

import (
	"bytes"
	"context"
	"path/filepath"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/report"
	"gigabatch/internal/messages"
)

// Report is the report on all runs of a journal.
type Report struct {
	Name string // of the file in which it can be saved
	HTML []byte // needs no other file
}

// reportOn makes the report. p renders it. A run may be in progress.
func reportOn(ctx context.Context, e *entry, p messages.Printer) (*Report, error) {
	if err := e.readable(); err != nil {
		return nil, err
	}
	j, err := jobs.Resume(e.journal())
	if err != nil {
		return nil, err
	}
	if err := j.Within(e.board.Dir, false); err != nil {
		return nil, err
	}
	r, err := report.Make(ctx, j.Input, j.Journal, e.board.Prices)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = report.WriteHTML(&text, p, r)
	return &Report{Name: filepath.Base(j.Input) + ".report.html", HTML: text.Bytes()}, err
}
