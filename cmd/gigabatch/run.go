package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/advice"
	"gigabatch/cmd/gigabatch/internal/collector"
	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/crew"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/cmd/gigabatch/internal/recap"
	"gigabatch/cmd/gigabatch/internal/settings"
	"gigabatch/cmd/gigabatch/internal/stdin"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/journals"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

func runCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "ask about every row of a file and write the answers next to the rows",
		ArgsUsage: "INPUT …",
		Description: "INPUT is a CSV, XLSX or JSONL file, or - for standard input. The output is NAME.answers.EXT in the same folder.\n" +
			"Several files, a folder, or a pattern in quotes such as \"docs/**/*.md\" are documents; each document is a row.\n" +
			"A job file such as job.yaml names the input and the settings; gigabatch init creates an example.\n" +
			"The answers are kept in a journal, INPUT.gigabatch. The same command run again asks only about rows without an answer.\n\n" +
			"Read more: docs/workbooks.md, docs/csv.md, docs/forms.md, docs/documents.md, docs/batches.md",
		Flags:  flags.Run.CLI(s.err.Printer),
		Action: concluded(s, run),
	}
}

// run asks the rows of the input and writes the output, or does a dry run or a preview.
func run(c *cli.Context, s stdio, e *ending) error {
	in, err := settings.InputOf(c)
	if err != nil {
		return err
	}
	for _, note := range in.Job.Services() {
		s.err.Say("%s", note)
	}
	if err := checkRunFlags(c, in.Name); err != nil {
		return err
	}
	if err := in.CheckDocuments(c); err != nil {
		return err
	}
	for _, name := range append(flags.Texts(c, "report"), c.String("metrics-file"), c.String("events")) {
		if err := settings.Apart(in.Documents, name); err != nil {
			return err
		}
	}
	if e.rules, err = outcome.ParseRules(flags.Texts(c, "fail-if")); err != nil {
		return err
	}
	prices, err := pricesOf(c)
	if err != nil {
		return err
	}
	if c.Bool("sandbox") && c.Bool("in-place") {
		s.err.Say("note: the sandbox leaves %s as it is and writes the answers into %s", in.Name, spec.OutputPath(in.Name, true))
	}
	ctx, signals, stop := catch(c.Context, func() {
		s.err.Say("stopping: waiting for answers under way (press Ctrl-C again to stop at once)")
	})
	defer stop()
	job, done, err := newJob(c, s, in, signals)
	if err != nil {
		return stopped(placed(in.Job, err), signals)
	}
	e.close = done
	if job.Confirm, err = confirmer(ctx, c, s, signals); err != nil {
		return err
	}
	job.Prices = prices
	if e.printed = estimates(c) || c.Bool("dry-run") || flags.Chosen(c, "preview") > 0; estimates(c) {
		ctx, done := signals.untilDrain(ctx) // nothing is paid for, so nothing is awaited
		defer done()
		err := placed(in.Job, printEstimate(ctx, c, s, job, in, prices))
		if sig := signals.signal(); err == nil && sig != nil {
			return outcome.Exit(outcome.OfSignal(sig))
		}
		return stopped(err, signals)
	}
	if c.Bool("dry-run") {
		return placed(in.Job, dryRun(ctx, c, s, job, in, prices))
	}
	sum, err := runJob(ctx, c, s, job, in, prices, signals, e)
	e.final.Summary = sum
	switch {
	case err != nil:
		return stopped(placed(in.Job, stdin.Called(err, job.Input, in.Name)), signals)
	case sum == nil: // the run was left out
		return nil
	}
	return e.rowsError(s, sum, signals)
}

// estimates reports whether a run is only estimated.
func estimates(c *cli.Context) bool { return c.Bool("estimate") || c.Command.Name == "estimate" }

// checkRunFlags refuses flags that exclude each other or that standard input does not support.
func checkRunFlags(c *cli.Context, input string) error {
	if err := flags.CheckRun(c); err != nil {
		return err
	}
	for _, name := range []string{"sample", "offline"} {
		if c.IsSet(name) && !estimates(c) { // who wants nothing to be sent must not pay for a run
			return flags.Usage(messages.Sprintf("--%s is for an estimate, and this is a run", name), messages.Sprintf("add --estimate"))
		}
	}
	if err := crew.Check(c); err != nil {
		return err
	}
	toStdout := c.String("output") == "-" || (input == "-" && !c.IsSet("output"))
	if toStdout && c.Bool("json") && !estimates(c) {
		return errTwoOutputs
	}
	if toStdout && c.String("events") == "-" {
		return errTwoStreams
	}
	switch {
	case input != "-":
		return nil
	case !c.IsSet("format"), !c.IsSet("journal"):
		return flags.Usage(messages.Sprintf("standard input needs --format and --journal"),
			messages.Sprintf("for example: gigabatch run - --format csv --journal answers.gigabatch"))
	case c.Bool("in-place"):
		return flags.Usage(messages.Sprintf("--in-place needs a file"), messages.Sprintf("write the output to a file with -o"))
	case c.Bool("key-stdin"):
		return flags.Usage(messages.Sprintf("the input and the key cannot both come from standard input"), messages.Sprintf("put the key into .env, or give it with --key-file"))
	}
	return nil
}

// newJob makes the job that the flags describe. It copies standard input to a file, because a job reads its input more than once. The
// caller calls done, which removes the file and closes the connection.
func newJob(c *cli.Context, s stdio, in *settings.Input, signals *interrupts) (job *jobs.Job, done func(), err error) {
	limits, err := settings.Limits(c)
	if err != nil {
		return nil, nil, err
	}
	canary := jobs.Canary{Rows: c.Int("canary")}
	if canary.MaxFailures, err = settings.Percent(c, "canary-max-failures"); err != nil {
		return nil, nil, err
	}
	set, err := settings.Read(c, in)
	if err != nil {
		return nil, nil, err
	}
	path, remove := in.Anchor(set), func() {}
	if path == "-" {
		ctx, copied := signals.untilDrain(context.Background())
		defer copied()
		if path, remove, err = stdin.Keep(ctx, s.in, c.String("journal"), set.Format); err != nil {
			return nil, nil, err
		}
	}
	kept, found := c.String("journal"), false
	if kept == "" && set.Shard == "" {
		if kept, found, err = journals.Find(path, set, c.Bool("sandbox")); err != nil {
			return nil, nil, err
		}
	}
	if found && !c.Bool("quiet") {
		s.err.Say("note: the answers about these documents are in %s", kept)
	}
	job = &jobs.Job{
		Input: path, Journal: kept, Settings: *set, Sandbox: c.Bool("sandbox"),
		Wishes: jobs.Wishes{
			Canary: canary, Control: steeredBy(s, signals, c.Bool("quiet")),
			MayBeEmpty: !estimates(c) && flags.Chosen(c, "preview") == 0,
			Fresh:      c.Bool("fresh"), RetryFailed: c.Bool("retry-failed"), Overwrite: c.Bool("overwrite"), Usual: !c.IsSet("columns"), Repost: c.Bool("repost"),
			Language: s.err.Language,
		},
		Version: version, Limits: limits,
	}
	var conn *connection.Conn
	workers := &crew.Crew{Err: s.err}
	job.Connect = func(ctx context.Context, models []string) (*jobs.Service, error) {
		defer sayWaiting(s, c.Bool("quiet"))()
		if conn == nil {
			what := c.Command.Name + " " + filepath.Base(job.Input)
			if job.Settings.Shard != "" {
				what += " --shard " + job.Settings.Shard
			}
			made, err := sharedConnection(ctx, c, s, max(job.Limits.Concurrency, pool.DefaultConcurrency), what)
			if err != nil {
				return nil, err
			}
			conn, job.Timeout = made, made.Timeout
			sayNotes(s, conn, c.Bool("quiet"))
		}
		svc, err := conn.Service(ctx, models)
		if err == nil && !estimates(c) {
			err = workers.Attach(ctx, c, job, conn, svc)
		}
		var unknown *connection.ModelError
		if errors.As(err, &unknown) {
			unknown.Column, unknown.Rows = namedBy(set, unknown.Model)
		}
		return svc, err
	}
	job.Said = func(text messages.Text) {
		if !c.Bool("quiet") {
			s.err.Say("note: %s", text)
		}
	}
	hinted := false
	job.Waiting = func(err error, wait time.Duration) {
		s.err.Say("%v; retrying in %v", err, wait)
		if h := advice.Hint(err); !hinted && !h.IsZero() {
			s.err.Say("hint: %s", h)
			hinted = true
		}
	}
	return job, func() { workers.Close(); conn.Close(); remove() }, nil
}

// namedBy returns who names a model: a completion column, rows, or neither if --model changes it, as it does in lines that are requests.
func namedBy(set *spec.Settings, model string) (column string, rows bool) {
	for _, c := range set.All() {
		rows = rows || slices.Contains(c.RowParams, "model")
		switch {
		case c.Model == model && c.Model != set.Model:
			return c.CompletionColumn, false
		case c.Model == model:
			return "", false
		}
	}
	return "", rows
}

// runJob runs the job or a preview of it. It shows the progress and, at the end, a summary.
func runJob(
	ctx context.Context, c *cli.Context, s stdio, job *jobs.Job, in *settings.Input, prices *cost.Prices, signals *interrupts, e *ending,
) (*task.Summary, error) {
	progress := console.NewProgress(s.err, c.Bool("quiet"))
	if collector.Rarely(job.Input); c.IsSet("hub") { // the server needs memory, too
		collector.Sparingly()
	}
	plan := &planSayer{s: s, journal: job.Journal, input: stdin.NameOf(in.Name), prices: prices, quiet: c.Bool("quiet")}
	job.Opened = plan.opened
	var last *jobs.Plan
	job.Planned = func(p *jobs.Plan) {
		last = p
		collector.For(p.Rows, c.IsSet("hub"))
		plan.planned(p)
	}
	job.Started, job.Deleted = progress.Start, progress.Deleted
	job.Emptied = func(model, instead string) {
		s.err.Say("warning: the package of %s is used up; %s is asked instead, at its price", model, instead)
	}
	job.Tried = func(rows, failed int) {
		progress.Stop()
		s.err.Say("canary: %d random {row|rows} asked, %d {failed or was blocked|failed or were blocked}", rows, failed)
	}
	if n := flags.Chosen(c, "preview"); n > 0 {
		return preview(ctx, c, s, job, n, progress, signals)
	}
	connect := job.Connect
	var service *jobs.Service
	job.Connect = func(ctx context.Context, models []string) (*jobs.Service, error) {
		svc, err := connect(ctx, models)
		if err != nil || service != nil {
			return svc, err
		}
		service = svc
		if sayShortage(ctx, s, svc, last.Estimate(prices)) && !c.Bool("yes") && canAsk(c, s) {
			if ok, err := yes(ctx, s, signals, messages.Sprintf("ask anyway? [y/N]")); err != nil {
				return nil, err
			} else if !ok {
				return nil, flags.Usage(messages.Sprintf("nothing was sent: the package is too small"),
					messages.Sprintf("buy more tokens, choose another --model, or ask fewer rows with --limit"))
			}
		}
		return svc, nil
	}
	spool, err := newSpool(job)
	if err != nil {
		return nil, err
	}
	defer spool.close()
	e.attach(c, s, job, prices, signals)
	sum, err := e.runWhenFree(ctx, c, s, signals)
	progress.Stop()
	if errors.As(err, new(*pool.PackageError)) {
		sayBalance(ctx, s, service)
	}
	switch {
	case sum == nil:
		return nil, err
	case ctx.Err() != nil && jobs.Stopped(err): // else the output was written before the second signal
		s.err.Say("stopped at once: no output was written; every answer received is kept, and the same command continues (journal: %s)",
			job.Journal)
		return nil, err
	}
	if err != nil {
		err = &outcome.Late{Err: err}
	}
	ctx, done := signals.untilNext(ctx)
	defer done()
	return sum, errors.Join(err, deliver(ctx, c, s, job, spool, sum))
}

// errTwoOutputs reports that both the summary as JSON and the output would go to standard output.
var errTwoOutputs = flags.Usage(messages.Sprintf("--json and the output cannot both go to standard output"), messages.Sprintf("write the output to a file with -o"))

// deliver copies a spooled output to standard output, then says how the run went.
func deliver(ctx context.Context, c *cli.Context, s stdio, job *jobs.Job, p *spool, sum *task.Summary) error {
	if err := p.copy(ctx, s.out, sum); err != nil {
		if jobs.Stopped(err) {
			s.err.Say("stopped: the output was not read to the end; every answer is kept, and the same command continues (journal: %s)",
				job.Journal)
		}
		return err
	}
	if !c.Bool("quiet") {
		recap.Ended(s.err, job, sum, commandOf(c, job, sum, "status"))
	} else {
		recap.Anyway(s.err, sum)
	}
	recap.LeftOut(s.err, sum, commandOf(c, job, sum, "output"))
	return nil
}

// commandOf returns a command about what c ran. Several documents are known by their output.
func commandOf(c *cli.Context, job *jobs.Job, sum *task.Summary, name string) string {
	words := []string{"gigabatch", name}
	input := c.Args().First()
	byOutput := job.Settings.Documents != nil && (c.NArg() > 1 || strings.ContainsAny(input, "*?[")) && sum.Output != "" && sum.Output != "-"
	switch {
	case byOutput:
		words = append(words, sum.Output)
	case c.NArg() == 1 && input != "-":
		words = append(words, input)
	}
	if c.IsSet("journal") && !byOutput {
		words = append(words, "--journal", c.String("journal"))
	}
	for i, word := range words {
		words[i] = messages.Argument(word)
	}
	return strings.Join(words, " ")
}

func embedCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:      "embed",
		Usage:     "make the vector of a text of every row, for search, clusters and classifiers",
		ArgsUsage: "INPUT …",
		Description: "INPUT is that of run. The output is NAME.vectors.jsonl, with each vector as a JSON array; -o vectors.csv has it as a text.\n" +
			"Several texts are sent in one request (--pack). The vectors are kept in a journal, INPUT.gigabatch: the same command run again\n" +
			"asks only about rows without a vector.\n\n" +
			"Read more: docs/embeddings.md",
		Flags:  flags.Embed.CLI(s.err.Printer),
		Action: concluded(s, run),
	}
}
