package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

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
		Flags:  slices.Concat(outputFlags(), dialectFlags("on"), inputFlags(), rowFlags(), promptFlags(), formFlags(), attachFlags(), modelFlags(), limitFlags(), againFlags(), connectionFlags(), screenFlags()),
		Action: func(c *cli.Context) error { return run(c, s) },
	}
}

func outputFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Category: groupWhere, Usage: "`FILE` to write; its extension chooses the format, - is standard output (default: NAME.answers.EXT)"},
		&cli.BoolFlag{Name: "overwrite", Category: groupWhere, Usage: "replace an output that gigabatch did not write, or with --in-place texts of yours in the completion column"},
		&cli.StringFlag{Name: "out-dir", Category: groupWhere, Usage: "`DIR` that gets a file NAME.md for each row that is completed"},
		&cli.StringFlag{Name: "out-name", Category: groupWhere, Usage: "`TEMPLATE` of these names, such as '{{id}}' (default: the document's, or row-N)"},
		&cli.BoolFlag{Name: "in-place", Category: groupWhere, Usage: "write the answers into INPUT itself"},
		&cli.StringFlag{Name: "journal", Category: groupWhere, Usage: "`FILE` that keeps the answers (default: INPUT.gigabatch)"},
		&cli.StringFlag{Name: "completion-column", Category: groupWhere, Usage: "`NAME` of the column for the completions", Value: spec.DefaultCompletionColumn},
		&cli.StringFlag{Name: "value-prefix", Category: groupWhere, Usage: "`TEXT` before the names of the columns for the values of a schema"},
		&cli.StringFlag{Name: "columns", Category: groupWhere, Usage: "`LIST` of columns to write, of " + strings.Join(spec.KnownOutputColumns, ", "), Value: strings.Join(spec.DefaultOutputColumns, ",")},
	}
}

func promptFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "prompt", Aliases: []string{"p"}, Category: groupWhat, Usage: "prompt `TEMPLATE`, such as 'Summarize: {{text}}' (default: the column prompt, question, text or content)"},
		&cli.StringFlag{Name: "prompt-file", Category: groupWhat, Usage: "`FILE` with the prompt template"},
		&cli.StringFlag{Name: "few-shot", Category: groupWhat, Usage: "`FILE` with examples, a line each: {\"user\": \"…\", \"assistant\": \"…\"}"},
		&cli.StringFlag{Name: "row-params", Category: groupWhat, Usage: "`LIST` of columns that set a parameter of their row, of " + strings.Join(spec.RowParams, ", ")},
		&cli.StringFlag{Name: "long", Category: groupLong, Usage: "`ask|split`: a text that is too long for the model is asked as it is, or in parts whose answers are joined", Value: "ask"},
		&cli.IntFlag{Name: "context", Category: groupLong, Usage: "the model takes `N` tokens (default: what is known of it)"},
		&cli.StringFlag{Name: "join-prompt", Category: groupLong, Usage: "`TEMPLATE` that joins the answers to the parts; it names {{parts}}, and perhaps {{task}}"},
		&cli.StringFlag{Name: "join-prompt-file", Category: groupLong, Usage: "`FILE` with that template"},
	}
}

// formFlags say what form the answer must have.
func formFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "choices", Category: groupForm, Usage: "the answer is exactly one of `LIST`, such as 'complaint, question, praise'"},
		&cli.StringFlag{Name: "schema", Category: groupForm, Usage: "the answer is an object by the JSON Schema in `FILE`; each of its properties gets a column"},
		&cli.IntFlag{Name: "repairs", Category: groupForm, Usage: "ask at most `N` times for a better answer where one does not fit", Value: spec.DefaultRepairs},
	}
}

// attachFlags say which files go with a prompt.
func attachFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "attach", Category: groupWhat, Usage: "`COLUMN` with the paths of files that go with the prompt; several are divided by ; or line breaks"},
		&cli.StringFlag{Name: "attach-root", Category: groupWhat, Usage: "`DIR` below which these files lie; no other is ever opened (default: the folder of INPUT)"},
	}
}

func limitFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "concurrency", Aliases: []string{"c"}, Category: groupLimits, Usage: "at most `N` requests at once; auto finds the limit of the key", Value: "auto"},
		&cli.IntFlag{Name: "rpm", Category: groupLimits, Usage: "at most `N` requests a minute, evenly spread"},
		&cli.IntFlag{Name: "tpm", Category: groupLimits, Usage: "at most `N` tokens a minute"},
		&cli.IntFlag{Name: "max-attempts", Category: groupLimits, Usage: "at most `N` attempts for a row; a 429 is none", Value: pool.DefaultMaxAttempts},
		secondsFlag("grace", groupLimits, "after Ctrl-C, wait at most `TIME` for answers under way (default: 30s)"),
		secondsFlag("max-outage", groupLimits, "give up after `TIME` without a success (default: 15m)"),
	}
}

func againFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "retry-failed", Category: groupAgain, Usage: "ask again the rows that the service refused"},
		&cli.BoolFlag{Name: "fresh", Category: groupAgain, Usage: "ask every row anew, and pay for it again"},
		&cli.BoolFlag{Name: "no-dedupe", Category: groupAgain, Usage: "rows that ask the same thing get an answer each"},
	}
}

func screenFlags() []cli.Flag {
	return []cli.Flag{
		&cli.GenericFlag{Name: "preview", Category: groupScreen, Value: &optional{def: jobs.DefaultPreview}, Usage: "ask `[N]` rows from all over the input (5 where no number follows) and show their prompts and answers; no output is written"},
		&cli.BoolFlag{Name: "dry-run", Category: groupScreen, Usage: "show the first requests and how many there are; nothing is sent or written"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Category: groupScreen, Usage: "no progress and no summary; errors only"},
		&cli.BoolFlag{Name: "json", Category: groupScreen, Usage: "the summary as JSON on standard output"},
	}
}

// run is one `gigabatch run`.
func run(c *cli.Context, s stdio) error {
	in, err := inputOf(c)
	if err != nil {
		return err
	}
	in.job.sayService(s)
	if err := checkRunFlags(c, in.name); err != nil {
		return err
	}
	if err := in.checkDocuments(c); err != nil {
		return err
	}
	ctx, signals, stop := catch(c.Context, func() {
		say(s.err, "stopping: waiting for answers under way (Ctrl-C again stops at once)")
	})
	defer stop()
	r, done, err := newRun(c, s, in, signals)
	if err != nil {
		return stopped(in.job.placed(err), signals)
	}
	defer done()
	if c.Bool("dry-run") {
		return in.job.placed(dryRun(ctx, c, s, r, in))
	}
	sum, err := doRun(ctx, c, s, r, in, signals)
	if err != nil {
		return stopped(in.job.placed(calledStdin(err, r.Input, in.name)), signals)
	}
	return rowsCode(sum, signals.signal())
}

// doRun runs, with a progress line meanwhile and the summary at the end.
func doRun(ctx context.Context, c *cli.Context, s stdio, r *jobs.Run, in *runInput, signals *interrupts) (*task.Summary, error) {
	show := newProgress(s, c.Bool("quiet"))
	collectRarely(r.Input)
	tell := &planSayer{s: s, journal: r.Journal, input: nameOf(in.name), quiet: c.Bool("quiet")}
	r.Opened = tell.opened
	r.Planned = func(p *jobs.Plan) {
		collectFor(p.Rows)
		tell.planned(p)
	}
	r.Started = show.start
	if n := previewed(c); n > 0 {
		return doPreview(ctx, c, s, r, n, show, signals)
	}
	spool, err := newSpool(r)
	if err != nil {
		return nil, err
	}
	defer spool.close()
	sum, err := r.Do(ctx, signals.drain)
	show.stop()
	switch {
	case sum == nil:
		return nil, err
	case ctx.Err() != nil:
		say(s.err, "stopped at once: no output was written; every answer that came is kept, and the same command goes on (journal: %s)", r.Journal)
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
var errTwoOutputs = usage("--json and the output both want standard output", "write the output to a file with -o")

// tellRun hands over what a run came to.
func tellRun(ctx context.Context, c *cli.Context, s stdio, r *jobs.Run, p *spool, sum *task.Summary) error {
	if err := p.copy(ctx, s.out, sum); err != nil {
		if canceled(err) {
			say(s.err, "stopped: the output was not read to its end; every answer is kept, and the same command goes on (journal: %s)", r.Journal)
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

// exclusive are pairs of flags that make no sense together, with a hint where there is more to say than to choose one.
var exclusive = [][3]string{
	{"prompt", "prompt-file"}, {"system", "system-file"}, {"in-place", "output"}, {"key-file", "key-stdin"},
	{"sheet", "all-sheets"}, {"header-row", "no-header"},
	{"no-header", "in-place", "without a header our columns would have no names in the file; leave out --in-place"},
	{"temperature", "top-p"}, {"schema", "choices", "a schema can have an enum"}, {"join-prompt", "join-prompt-file"}, {"preview", "dry-run"},
	{"preview", "fresh", "preview without it; the run then asks everything anew"},
	{"csv-dialect", "in-place", "the input keeps its own dialect; write another file with -o"},
}

// checkRunFlags refuses combinations that make no sense.
func checkRunFlags(c *cli.Context, input string) error {
	for _, p := range exclusive {
		if c.IsSet(p[0]) && c.IsSet(p[1]) {
			return usage(fmt.Sprintf("--%s and --%s exclude each other", p[0], p[1]), first(p[2], "choose one"))
		}
	}
	for _, name := range []string{"limit", "rpm", "tpm", "max-attempts", "header-row"} {
		if c.IsSet(name) && c.Int(name) < 1 {
			return usage(fmt.Sprintf("--%s must be at least 1", name), "leave it out for the default")
		}
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
		return usage("an input from standard input needs --format and --journal", "for example: gigabatch run - --format csv --journal answers.gigabatch")
	case c.Bool("in-place"):
		return usage("--in-place needs a file", "standard input cannot be written to")
	case c.Bool("key-stdin"):
		return usage("the input and the key both want standard input", "put the key into .env or a --key-file")
	}
	return nil
}

// newRun makes the run that the flags describe. done frees what it holds.
func newRun(c *cli.Context, s stdio, in *runInput, signals *interrupts) (r *jobs.Run, done func(), err error) {
	limits, err := concurrency(c.String("concurrency"))
	if err != nil {
		return nil, nil, err
	}
	set, err := settings(c, in)
	if err != nil {
		return nil, nil, err
	}
	path, remove, err := spoolInput(s, in.anchor(set), c.String("journal"), set, signals)
	if err != nil {
		return nil, nil, err
	}
	r = &jobs.Run{
		Input: path, Journal: first(c.String("journal"), spec.JournalPath(path)), Settings: *set, Sandbox: c.Bool("sandbox"),
		Fresh: c.Bool("fresh"), RetryFailed: c.Bool("retry-failed"), Overwrite: c.Bool("overwrite"), Version: version,
		Pool: pool.Pool{
			Concurrency: limits, RPM: c.Int("rpm"), TPM: c.Int("tpm"), MaxAttempts: c.Int("max-attempts"),
			Grace: duration(c, "grace"), MaxOutage: duration(c, "max-outage"),
		},
	}
	hangUp := connectLater(c, s, r, signals)
	return r, func() { hangUp(); remove() }, nil
}

// connectLater makes r connect once it has something to ask. Until the first row is asked, the first signal already ends the run.
func connectLater(c *cli.Context, s stdio, r *jobs.Run, signals *interrupts) (hangUp func()) {
	var n *connection
	r.Connect = func(ctx context.Context, models []string) (*jobs.Service, error) {
		ctx, done := signals.untilDrain(ctx)
		defer done()
		var err error
		if n, err = newConnection(ctx, c, s, max(r.Pool.Concurrency, pool.DefaultConcurrency)); err != nil {
			return nil, err
		}
		sayNotes(s, n, c.Bool("quiet"))
		r.Pool.Timeout = n.timeout
		return n.service(ctx, s, models, outage(r))
	}
	return func() { n.close() }
}

// concurrency reads -c: a number, or 0 for auto.
func concurrency(text string) (int, error) {
	if text == "auto" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, usage(fmt.Sprintf("--concurrency %s: it takes a number from 1, or auto", text), "auto finds the limit of your key by itself")
	}
	return n, nil
}
