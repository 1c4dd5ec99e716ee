package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/settings"
	"gigabatch/cmd/gigabatch/internal/stdin"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

func runCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "ask every row of a file and write the answers beside the rows",
		ArgsUsage: "INPUT …",
		Description: "INPUT is a CSV, XLSX or JSONL file, or - for standard input. The output is NAME.answers.EXT beside it.\n" +
			"Several files, a folder, or a quoted pattern such as 'docs/**/*.md' are documents: each is a row.\n" +
			"A job file, such as job.yaml, says all of this itself; gigabatch init writes an example.\n" +
			"Answers are kept in a journal, INPUT.gigabatch: the same command given again asks only what has no answer yet.",
		Flags:  flags.Run.CLI(),
		Action: func(c *cli.Context) error { return run(c, s) },
	}
}

// run is one `gigabatch run`.
func run(c *cli.Context, s stdio) error {
	in, err := settings.InputOf(c)
	if err != nil {
		return err
	}
	for _, note := range in.Job.Services() {
		console.Say(s.err, "%s", note)
	}
	if err := checkRunFlags(c, in.Name); err != nil {
		return err
	}
	if err := in.CheckDocuments(c); err != nil {
		return err
	}
	ctx, signals, stop := catch(c.Context, func() {
		console.Say(s.err, "stopping: waiting for answers under way (Ctrl-C again stops at once)")
	})
	defer stop()
	r, done, err := newRun(c, s, in, signals)
	if err != nil {
		return stopped(placed(in.Job, err), signals)
	}
	defer done()
	if c.Bool("dry-run") {
		return placed(in.Job, dryRun(ctx, c, s, r, in))
	}
	sum, err := doRun(ctx, c, s, r, in, signals)
	if err != nil {
		return stopped(placed(in.Job, stdin.Called(err, r.Input, in.Name)), signals)
	}
	return rowsCode(sum, signals.signal())
}

// doRun runs, with a progress line meanwhile and the summary at the end.
func doRun(ctx context.Context, c *cli.Context, s stdio, r *jobs.Job, in *settings.Input, signals *interrupts) (*task.Summary, error) {
	show := console.NewProgress(s.err, c.Bool("quiet"))
	collectRarely(r.Input)
	tell := &planSayer{s: s, journal: r.Journal, input: stdin.NameOf(in.Name), quiet: c.Bool("quiet")}
	r.Opened = tell.opened
	r.Planned = func(p *jobs.Plan) {
		collectFor(p.Rows)
		tell.planned(p)
	}
	r.Started = show.Start
	if n := flags.Chosen(c, "preview"); n > 0 {
		return doPreview(ctx, c, s, r, n, show, signals)
	}
	spool, err := newSpool(r)
	if err != nil {
		return nil, err
	}
	defer spool.close()
	sum, err := r.Run(ctx, signals.drain)
	show.Stop()
	switch {
	case sum == nil:
		return nil, err
	case ctx.Err() != nil:
		console.Say(s.err, "stopped at once: no output was written; every answer that came is kept, and the same command goes on (journal: %s)", r.Journal)
		return nil, err
	}
	if err != nil {
		err = &lateError{err}
	}
	ctx, done := signals.untilNext(ctx)
	defer done()
	return sum, errors.Join(err, tellRun(ctx, c, s, r, spool, sum))
}

// errTwoOutputs says that standard output can have only one of the two.
var errTwoOutputs = flags.Usage("--json and the output both want standard output", "write the output to a file with -o")

// tellRun hands over what a run came to.
func tellRun(ctx context.Context, c *cli.Context, s stdio, r *jobs.Job, p *spool, sum *task.Summary) error {
	if err := p.copy(ctx, s.out, sum); err != nil {
		if canceled(err) {
			console.Say(s.err, "stopped: the output was not read to its end; every answer is kept, and the same command goes on (journal: %s)", r.Journal)
		}
		return err
	}
	switch {
	case !c.Bool("quiet"):
		saySummary(s, r, sum)
	case sum.Aside:
		sayNote(s, sum)
	}
	if c.Bool("json") {
		return printJSON(s.out, sum)
	}
	return nil
}

// checkRunFlags refuses combinations that make no sense.
func checkRunFlags(c *cli.Context, input string) error {
	if err := flags.CheckRun(c); err != nil {
		return err
	}
	if toStdout := c.String("output") == "-" || (input == "-" && !c.IsSet("output")); toStdout && c.Bool("json") {
		return errTwoOutputs
	}
	if input == "-" {
		return checkStdin(c)
	}
	return nil
}

// checkStdin refuses what an input without a name cannot do.
func checkStdin(c *cli.Context) error {
	switch {
	case !c.IsSet("format"), !c.IsSet("journal"):
		return flags.Usage("an input from standard input needs --format and --journal", "for example: gigabatch run - --format csv --journal answers.gigabatch")
	case c.Bool("in-place"):
		return flags.Usage("--in-place needs a file", "standard input cannot be written to")
	case c.Bool("key-stdin"):
		return flags.Usage("the input and the key both want standard input", "put the key into .env or a --key-file")
	}
	return nil
}

// newRun makes the run that the flags describe. done frees what it holds.
func newRun(c *cli.Context, s stdio, in *settings.Input, signals *interrupts) (r *jobs.Job, done func(), err error) {
	limits, err := concurrency(c.String("concurrency"))
	if err != nil {
		return nil, nil, err
	}
	set, err := settings.Read(c, in)
	if err != nil {
		return nil, nil, err
	}
	path, remove, err := spoolInput(s, in.Anchor(set), c.String("journal"), set, signals)
	if err != nil {
		return nil, nil, err
	}
	r = &jobs.Job{
		Input: path, Journal: cmp.Or(c.String("journal"), spec.JournalPath(path)), Settings: *set, Sandbox: c.Bool("sandbox"),
		Fresh: c.Bool("fresh"), RetryFailed: c.Bool("retry-failed"), Overwrite: c.Bool("overwrite"), Version: version,
		Limits: task.Limits{
			Concurrency: limits, RPM: c.Int("rpm"), TPM: c.Int("tpm"), MaxAttempts: c.Int("max-attempts"),
			Grace: flags.Duration(c, "grace"), MaxOutage: flags.Duration(c, "max-outage"),
		},
	}
	hangUp := connectLater(c, s, r, signals)
	return r, func() { hangUp(); remove() }, nil
}

// connectLater makes r connect once it has something to ask. Until the first row is asked, the first signal already ends the run.
func connectLater(c *cli.Context, s stdio, r *jobs.Job, signals *interrupts) (hangUp func()) {
	var n *connection.Conn
	r.Connect = func(ctx context.Context, models []string) (*jobs.Service, error) {
		ctx, done := signals.untilDrain(ctx)
		defer done()
		var err error
		if n, err = newConnection(ctx, c, s, max(r.Limits.Concurrency, pool.DefaultConcurrency)); err != nil {
			return nil, err
		}
		sayNotes(s, n, c.Bool("quiet"))
		r.Timeout = n.Timeout
		return n.Service(ctx, models, outage(r))
	}
	return func() { n.Close() }
}

// concurrency reads -c: a number, or 0 for auto.
func concurrency(text string) (int, error) {
	if text == "auto" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, flags.Usage(fmt.Sprintf("--concurrency %s: it takes a number from 1, or auto", text), "auto finds the limit of your key by itself")
	}
	return n, nil
}

func outage(r *jobs.Job) time.Duration {
	if r.Limits.MaxOutage > 0 {
		return r.Limits.MaxOutage
	}
	return pool.DefaultMaxOutage
}
