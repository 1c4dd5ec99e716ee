package main

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"gigabatch/cmd/gigabatch/internal/stdin"
	"gigabatch/internal/io/scratch"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/task"
)

// spool keeps an output for standard output in a temporary folder until it is complete. The zero spool keeps nothing.
type spool struct{ folder *scratch.Folder }

// newSpool makes the job write to a temporary file if its output is standard output.
func newSpool(job *jobs.Job) (*spool, error) {
	if job.Settings.Output != "-" {
		return &spool{}, nil
	}
	folder, err := scratch.NewFolder()
	if err != nil {
		return nil, err
	}
	ext := "." + string(job.Settings.Format)
	if f, ok := table.FormatOf(job.Input); ok && (job.Settings.Format == "" || job.Settings.Format == f) {
		ext = table.Extension(job.Input)
	}
	job.Destination = filepath.Join(folder.Path, "output"+ext)
	return &spool{folder: folder}, nil
}

// copy writes the output, if the spool has one, to w until ctx ends. It deletes the file first where an open file can be deleted, so that
// nothing is left even if the program is killed.
func (p *spool) copy(ctx context.Context, w io.Writer, sum *task.Summary) error {
	if p.folder == nil || sum.Output == "" {
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
	if p.folder != nil {
		p.folder.Close()
	}
}
