package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
)

// spoolInput copies standard input to a file that only the user can read, because the input is read more than once. Any other input
// stays where it is.
func spoolInput(s stdio, input, journal string, set *jobs.Settings) (path string, remove func(), err error) {
	if input != "-" {
		return input, func() {}, nil
	}
	f, err := os.CreateTemp(filepath.Dir(journal), ".gigabatch-stdin-*."+string(set.Format))
	if err != nil {
		return "", nil, usage("standard input cannot be kept: "+err.Error(), "put --journal into a folder that can be written")
	}
	remove = func() { os.Remove(f.Name()) }
	if _, err := io.Copy(f, s.in); err != nil {
		remove()
		return "", nil, errors.Join(err, f.Close())
	}
	return f.Name(), remove, f.Close()
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

// copy writes the output to w, if there is one.
func (p *spool) copy(w io.Writer, sum *jobs.Summary) error {
	if p.dir == "" || sum.Output == "" {
		return nil
	}
	f, err := os.Open(sum.Output)
	if err != nil {
		return err
	}
	defer f.Close()
	sum.Output = "-"
	_, err = io.Copy(w, f)
	return err
}

func (p *spool) close() {
	if p.dir != "" {
		os.RemoveAll(p.dir)
	}
}
