package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// stdinName is what messages call an input that has no name.
const stdinName = "standard input"

// nameOf is how messages call an input.
func nameOf(input string) string {
	if input == "-" {
		return stdinName
	}
	return input
}

// spoolInput copies standard input to a file that only the user can read, because the input is read more than once. Any other input
// stays where it is. A signal ends the copying, and leaves no file; what a killed run has left goes now.
func spoolInput(s stdio, input, journal string, set *spec.Settings, signals *interrupts) (path string, remove func(), err error) {
	if input != "-" {
		return input, func() {}, nil
	}
	sweepSpools(journal)
	f, remove, err := createSpool(journal, set.Format)
	if err != nil {
		return "", nil, usage("standard input cannot be kept: "+cause(err), "put --journal into a folder that can be written")
	}
	ctx, done := signals.untilDrain(context.Background())
	defer done()
	if err := errors.Join(copyUntil(ctx, f, s.in), f.Close()); err != nil {
		remove()
		return "", nil, err
	}
	return f.Name(), remove, nil
}

// copyUntil copies until r ends or ctx does, even if r never yields or w never takes.
func copyUntil(ctx context.Context, w io.Writer, r io.Reader) error {
	copied := make(chan error, 1)
	go func() {
		_, err := io.Copy(w, r)
		copied <- err
	}()
	select {
	case err := <-copied:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stdinError is an error about a spooled input that does not name the file it was spooled to.
type stdinError struct {
	err  error
	path string
}

func (e *stdinError) Error() string { return strings.ReplaceAll(e.err.Error(), e.path, stdinName) }

func (e *stdinError) Unwrap() error { return e.err }

// calledStdin makes an error about path speak of standard input if that is what it holds.
func calledStdin(err error, path, input string) error {
	if input != "-" {
		return err
	}
	return &stdinError{err: err, path: path}
}

// spool holds an output that goes to standard output until it is whole.
type spool struct{ dir string }

// newSpool sends the output of r to a file first if it is meant for standard output.
func newSpool(r *jobs.Run) (*spool, error) {
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

func extension(r *jobs.Run) string {
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
	return copyUntil(ctx, w, f)
}

func (p *spool) close() {
	if p.dir != "" {
		os.RemoveAll(p.dir)
	}
}
