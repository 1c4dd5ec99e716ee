package main

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"gigabatch/cmd/gigabatch/internal/stdin"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// spoolInput copies standard input to a file, because the input is read more than once. Any other input stays where it is. A signal ends
// the copying, and leaves no file.
func spoolInput(s stdio, input, journal string, set *spec.Settings, signals *interrupts) (path string, remove func(), err error) {
	if input != "-" {
		return input, func() {}, nil
	}
	ctx, done := signals.untilDrain(context.Background())
	defer done()
	return stdin.Keep(ctx, s.in, journal, set.Format)
}

// spool holds an output that goes to standard output until it is whole.
type spool struct{ dir string }

// newSpool sends the output of r to a file first if it is meant for standard output.
func newSpool(r *jobs.Job) (*spool, error) {
	if r.Settings.Output != "-" {
		return &spool{}, nil
	}
	dir, err := os.MkdirTemp("", "gigabatch-")
	if err != nil {
		return nil, err
	}
	r.Destination = filepath.Join(dir, "output"+extension(r))
	return &spool{dir: dir}, nil
}

func extension(r *jobs.Job) string {
	if r.Settings.Format != "" {
		return "." + string(r.Settings.Format)
	}
	f, _ := table.FormatOf(r.Input)
	return "." + string(f)
}

// copy writes the output to w, if there is one, until ctx ends. Where an open file can be deleted, nothing is left whatever happens
// meanwhile.
func (p *spool) copy(ctx context.Context, w io.Writer, sum *task.Summary) error {
	if p.dir == "" || sum.Output == "" {
		return nil
	}
	f, err := os.Open(sum.Output)
	if err != nil {
		return err
	}
	defer f.Close()
	p.close()
	sum.Output = "-"
	return stdin.CopyUntil(ctx, w, f)
}

func (p *spool) close() {
	if p.dir != "" {
		os.RemoveAll(p.dir)
	}
}
