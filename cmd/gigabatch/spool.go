package main

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"gigabatch/cmd/gigabatch/internal/stdin"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/task"
)

// spool holds an output that goes to standard output until it is whole.
type spool struct{ dir string }

// newSpool sends the output of a job to a file first if it is meant for standard output.
func newSpool(job *jobs.Job) (*spool, error) {
	if job.Settings.Output != "-" {
		return &spool{}, nil
	}
	dir, err := os.MkdirTemp("", "gigabatch-")
	if err != nil {
		return nil, err
	}
	format := job.Settings.Format
	if format == "" {
		format, _ = table.FormatOf(job.Input)
	}
	job.Destination = filepath.Join(dir, "output."+string(format))
	return &spool{dir: dir}, nil
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
