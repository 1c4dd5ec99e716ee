package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/settings"
	"gigabatch/cmd/gigabatch/internal/stdin"
	"gigabatch/internal/io/scratch"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journals"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

func outputCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:        "output",
		Usage:       "write the output again from the journal; nothing is sent",
		ArgsUsage:   "INPUT",
		Description: "The settings are those of the last run, or of the one that --run names. Rows without an answer are written as pending.\n\nRead more: docs/reference.md",
		Flags:       flags.Output.CLI(s.err.Printer),
		Action:      concluded(s, rewrite),
	}
}

// rewrite writes the output of the last run again from the journal. It sends no request.
func rewrite(c *cli.Context, s stdio, e *ending) error {
	input, journal, err := keptInput(c)
	if err != nil {
		return err
	}
	return write(c, s, e, input, journal)
}

// write writes the output of the last run of an input from its journal.
func write(c *cli.Context, s stdio, e *ending, input, journal string) error {
	change, err := changes(c, input)
	if err != nil {
		return err
	}
	number := 0
	if c.IsSet("run") {
		if number, err = strconv.Atoi(c.String("run")); err != nil || number < 1 {
			return flags.Usage(messages.Sprintf("--run %q: runs are numbered from 1", c.String("run")), messages.Sprintf("gigabatch report lists the runs"))
		}
	}
	job := &jobs.Job{Input: input, Journal: journal, Wishes: jobs.Wishes{Overwrite: c.Bool("overwrite"), Number: number, Language: s.err.Language}, Version: version}
	ctx, signals, stop := untilSignal(c.Context)
	defer stop()
	var sp *spool
	sum, err := job.Rewrite(ctx, c.IsSet("output"), func(set *spec.Settings) error {
		if err := change(set); err != nil {
			return err
		}
		if set.Output == "-" && c.Bool("json") {
			return errTwoOutputs
		}
		sp, err = newSpool(job)
		return err
	})
	if sp != nil {
		defer sp.close()
	}
	if err != nil {
		return stopped(err, signals)
	}
	e.final.Summary = sum
	return stopped(deliver(ctx, c, s, job, sp, sum), signals)
}

// keptInput returns the input and the journal of an earlier run. The only argument of the command is the input or a job file.
func keptInput(c *cli.Context) (input, journal string, err error) {
	arg, err := flags.OneArgument(c, messages.Sprintf("input"))
	if err != nil {
		return "", "", err
	}
	return kept(c, arg)
}

// kept returns the input and the journal of an earlier run. arg is the input or a job file.
func kept(c *cli.Context, arg string) (input, journal string, err error) {
	input, journal, err = settings.Kept(c, arg)
	if err == nil && journal == "" {
		if found, of := journals.Of(input); found != "" {
			input, journal = of, found
		}
	}
	if err == nil && input == "-" {
		err = flags.Usage(messages.Sprintf("standard input was not kept"), messages.Sprintf("save the input to a file and name its journal with --journal"))
	}
	return input, journal, err
}

// changes returns a function that applies the flags to the settings of the last run.
func changes(c *cli.Context, input string) (func(*spec.Settings) error, error) {
	columns := settings.List(c.String("columns"))
	out, err := "", error(nil)
	if c.IsSet("output") {
		if out, err = settings.Output(c, &settings.Input{Name: input}, ""); err != nil {
			return nil, err
		}
	}
	return func(set *spec.Settings) error {
		if out != "" {
			set.Output, set.InPlace = out, false
		}
		if c.IsSet("columns") {
			set.OutputColumns = columns
		}
		if name := c.String("completion-column"); name != "" {
			set.NameCompletions(name)
		}
		if err := set.Check(); err != nil {
			return err
		}
		if err := settings.WriteOptions(c, &set.Options); err != nil {
			return err
		}
		err := settings.CheckDialect(input, set)
		if err != nil && !c.IsSet("csv-dialect") {
			set.CSVDialect, err = "", nil
		}
		return err
	}, nil
}

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
