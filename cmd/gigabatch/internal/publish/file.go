// Package publish writes what a run brought for others: reports, metrics, and the summary and annotations of a CI service.
package publish

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/jobs/report"
	"gigabatch/internal/messages"
)

// May refuses to replace a file, unless the user allows it with overwrite. The files of the runs are never replaced.
func May(name string, overwrite bool, ofRuns ...string) error {
	for _, kept := range ofRuns {
		if sameFile(name, kept) {
			return flags.Usage(messages.Sprintf("%s belongs to the runs, and is not replaced", name), messages.Sprintf("choose another name with -o"))
		}
	}
	if !overwrite && Absent(name) != nil {
		return flags.Usage(messages.Sprintf("%s already exists", name),
			messages.Sprintf("name another file with -o, or replace it with --overwrite"))
	}
	return nil
}

// sameFile reports whether two names are those of one existing file.
func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// Absent returns fs.ErrExist if a file or a folder with that name exists.
func Absent(name string) error {
	if _, err := os.Lstat(name); err == nil {
		return fs.ErrExist
	}
	return nil
}

// IsPipe reports whether a name is that of a pipe or a device, which can be written but not replaced.
func IsPipe(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// Ours refuses to replace a file that is not empty and no report of ours, and a file of the run. A run replaces its reports without being
// told to, because it may be the hundredth run of a schedule.
func Ours(name string, ofRuns ...string) error {
	if err := May(name, true, ofRuns...); err != nil {
		return err
	}
	if Absent(name) == nil {
		return nil
	}
	if err := atomicfile.CheckName(name); err != nil { // to open a pipe may take for ever
		return unwritable(name, err)
	}
	f, err := os.Open(name)
	if err != nil {
		return unwritable(name, err)
	}
	defer f.Close()
	head := make([]byte, 16<<10)
	n, err := io.ReadFull(f, head)
	if n > 0 && !isReport(string(head[:n])) || err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return flags.Usage(messages.Sprintf("%s exists and is no report of gigabatch", name), messages.Sprintf("delete it, or choose another name"))
	}
	return nil
}

// reportMarks are what the files of this package and the streams of events contain near their beginning, and other files hardly do. A journal
// has none of them there.
var reportMarks = []string{
	`<meta name="generator" content="gigabatch">`, `<testsuites name="gigabatch"`, `"check_name": "gigabatch/`, "# HELP gigabatch_", `"event":"started","program":"gigabatch"`,
	`"last_run_started":`,
}

// isReport reports whether a file that begins with head was written by this package.
func isReport(head string) bool {
	contains := func(mark string) bool { return strings.Contains(head, mark) }
	return !strings.HasPrefix(head, `{"key":`) && (slices.ContainsFunc(reportMarks, contains) || report.IsText(head) || strings.TrimSpace(head) == "[]")
}

// Write writes a file that the user has named. may is asked before and at the end.
func Write(name string, from io.WriterTo, may func() error) error {
	if err := may(); err != nil {
		return err
	}
	f, err := atomicfile.Create(name, 0o666)
	if err != nil {
		return unwritable(name, err)
	}
	defer f.Close()
	if _, err := from.WriteTo(f); err != nil {
		return err
	}
	return f.Commit(may)
}

// Check fails if a file cannot be written. It leaves nothing behind.
func Check(name string) error {
	if err := atomicfile.Check(name); err != nil {
		return unwritable(name, err)
	}
	return nil
}

func unwritable(name string, err error) error {
	return flags.Usage(messages.Sprintf("%s: cannot be written: %s", name, console.Cause(err)),
		messages.Sprintf("choose a folder that exists and is writable"))
}
