package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/advice"
	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/events"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/cmd/gigabatch/internal/publish"
	"gigabatch/cmd/gigabatch/internal/settings"
	"gigabatch/internal/gigachat/authkey"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/pool"
	reports "gigabatch/internal/jobs/report"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// ending is what a command says at its end to programs, beside its messages for people.
type ending struct {
	final   outcome.Final
	rules   outcome.Rules
	events  *events.Stream
	began   time.Time
	job     *jobs.Job // nil if the command ended before it had one
	prices  *cost.Prices
	close   func()       // deletes a copy of standard input, after it was reported on
	ready   bool         // the files that are to be left may be written
	printed bool         // the command prints another JSON object if it succeeds
	fast    atomic.Bool  // --fail-fast has stopped the run
	follow  func() error // ends the metrics about workers; nil if there are none
}

// concluded makes the action of a command that writes an output. Whatever happens, the command leaves what programs want to know.
func concluded(s stdio, do func(*cli.Context, stdio, *ending) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		input := authkey.WithoutKeys(strings.Join(c.Args().Slice(), " ")) // the user may have given a key in the place of a file
		e := &ending{began: time.Now(), close: func() {}, final: outcome.Final{Command: c.Command.Name, Input: input, Sandbox: c.Bool("sandbox")}}
		defer func() { e.close() }()
		err := e.prepare(c, s)
		if err == nil {
			err = do(c, s, e)
		}
		return outcome.Exit(e.conclude(c, s, err))
	}
}

// prepare reads what is to be left at the end, and refuses files that cannot be written before anything is sent.
func (e *ending) prepare(c *cli.Context, s stdio) (err error) {
	for name, all := range map[string][]string{"log-format": {"text", "json"}, "if-locked": flags.LockedWays, "no-key": flags.KeyWays} {
		if c.IsSet(name) {
			if err := flags.OneOf(name, []string{c.String(name)}, all); err != nil {
				return err
			}
		}
	}
	if c.String("log-format") == "json" {
		s.err.LogJSON()
	}
	s.err.Discreet = !c.Bool("log-content") && (s.err.Log != nil || c.IsSet("events") || publish.FindCI(os.Getenv, nil) != nil)
	for _, name := range flags.Texts(c, "report") {
		if publish.FormatOf(name) == "" {
			return flags.Usage(messages.Sprintf("--report %s: unknown extension", name), messages.Sprintf("the extensions are .html, .md, .txt, .json and .xml"))
		}
	}
	for _, name := range append(flags.Texts(c, "report"), c.String("metrics-file"), c.String("events")) {
		if name == "" || name == c.String("events") && (name == "-" || publish.IsPipe(name)) {
			continue
		}
		if name == "-" {
			return flags.Usage(messages.Sprintf("reports and metrics are written to files"), messages.Sprintf("name a file"))
		}
		if err := publish.Ours(name, append(c.Args().Slice(), c.String("journal"), c.String("output"))...); err != nil {
			return err
		}
		if err := publish.Check(name); err != nil {
			return err
		}
		if err := settings.Apart(c.Args().Slice(), name); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for _, name := range append(flags.Texts(c, "report"), c.String("metrics-file"), c.String("events"), c.String("output")) {
		path, _ := filepath.Abs(name)
		if name != "" && name != "-" && !publish.IsPipe(name) && seen[path] {
			return flags.Usage(messages.Sprintf("%s is named for two things", name), messages.Sprintf("give each a file of its own"))
		}
		seen[path] = true
	}
	name := c.String("events")
	if name == "-" && (c.Bool("json") || c.String("output") == "-" || c.Args().First() == "-" && !c.IsSet("output")) {
		return errTwoStreams
	}
	if name != "" {
		e.events, err = events.Open(name, s.out, c.Bool("log-content"), func(err error) {
			s.err.Say("warning: the events cannot be written any more: %v", err)
		})
		if err != nil {
			return flags.Usage(messages.Sprintf("%s: cannot be written: %s", name, console.Cause(err)), messages.Sprintf("choose a folder that exists and is writable"))
		}
		if e.events.Taken() {
			s.err.Say("note: another run writes events to %s; those of this run are dropped until it ends", name)
		}
		e.events.Started(e.final.Command, e.final.Input, version)
		s.err.Also = e.events.Say
	}
	e.ready = true
	return nil
}

var errTwoStreams = flags.Usage(messages.Sprintf("the events and something else cannot both go to standard output"), messages.Sprintf("write the events to a file"))

// attach makes a job say what happens to it, and stop if --fail-fast wants it.
func (e *ending) attach(c *cli.Context, s stdio, job *jobs.Job, prices *cost.Prices, signals *interrupts) {
	e.job, e.prices = job, prices
	if e.rules != nil || c.Bool("fail-fast") {
		job.Judge = func(sum *task.Summary) int { return outcome.OfRows(sum, nil, e.rules, e.fast.Load()) }
	}
	var run atomic.Pointer[pool.Progress]
	started, planned, connect := job.Started, job.Planned, job.Connect
	job.Connect = func(ctx context.Context, models []string) (*jobs.Service, error) {
		svc, err := connect(ctx, models)
		if connection.NoKey(err) && c.String("no-key") == "skip" {
			err = &jobs.UnreadyError{Err: err} // the run is left out, so the journal does not note it
		}
		return svc, err
	}
	job.Started = func(p *pool.Progress) {
		run.Store(p)
		e.events.Watch(p)
		started(p)
		if name := c.String("metrics-file"); name != "" && (c.IsSet("workers") || c.IsSet("hub")) {
			files := e.files()
			e.follow = publish.Follow(func() error {
				if err := publish.Ours(name, files...); err != nil {
					return err
				}
				return publish.WriteWorkers(name, e.final.Input, job.Sandbox, p.Snapshot().Sharers)
			})
		}
	}
	stop := func(tally task.Tally) {
		f := outcome.Figures{Tally: tally}
		if p := run.Load(); p != nil {
			shot := p.Snapshot()
			f.Spent, f.Work = shot.Spent, task.Work{Requests: shot.Requests, Refused: shot.Refused, Retries: shot.Retries, CompletionTokens: shot.Tokens}
		}
		if e.rules.Doomed(&f) && e.fast.CompareAndSwap(false, true) {
			s.err.Say("%d {row has|rows have} failed or {1:was|were} blocked (--fail-fast)", tally.FailedRows()+tally.Blocked)
			signals.stop()
			<-signals.drain
		}
	}
	job.Planned = func(p *jobs.Plan) {
		planned(p)
		e.events.Planned(p, prices)
		if c.Bool("fail-fast") && p.Tasks > 0 {
			stop(p.Tally)
		}
	}
	if e.events != nil || c.Bool("fail-fast") {
		job.Each = func(a *jobs.Answer) {
			e.events.Answer(a)
			if c.Bool("fail-fast") && !e.fast.Load() {
				stop(a.Tally())
			}
		}
	}
}

// runWhenFree runs the job. While another run holds it, --if-locked decides. A run that needs a key and has none is left out if --no-key says
// so; the summary is nil then.
func (e *ending) runWhenFree(ctx context.Context, c *cli.Context, s stdio, signals *interrupts) (*task.Summary, error) {
	for said := false; ; {
		sum, err := e.job.Run(ctx, signals.drain)
		if e.follow != nil {
			if err := e.follow(); err != nil {
				s.err.Say("warning: %s", messages.Sprintf("%v", err))
			}
			e.follow = nil
		}
		locked, held := errors.AsType[*journal.LockedError](err)
		switch {
		case connection.NoKey(err) && c.String("no-key") == "skip":
			e.final.Because = outcome.SkippedNoKey
			s.err.Say("note: left out: %v (--no-key skip)", err)
			return nil, nil
		case !held || sum != nil || c.String("if-locked") == "fail":
			return sum, err
		case c.String("if-locked") == "skip":
			e.final.Because = outcome.SkippedLocked
			s.err.Say("note: left out: %v (--if-locked skip)", locked)
			return nil, nil
		}
		if !said {
			s.err.Say("%v; waiting until it ends (--if-locked wait)", locked)
			said = true
		}
		select {
		case <-time.After(lookAgain):
		case <-signals.drain:
			return nil, context.Canceled
		}
	}
}

// lookAgain is how often a run that waits for another one looks whether it has ended.
const lookAgain = 500 * time.Millisecond

// rowsError returns an error with the exit code of a run that wrote its output, nil for outcome.OK. It says which rules hold.
func (e *ending) rowsError(s stdio, sum *task.Summary, signals *interrupts) error {
	e.final.Summary = sum
	figures := outcome.FiguresOf(sum)
	for _, r := range e.rules.Holding(figures) {
		s.err.Say("%s", r.Text(figures))
		e.final.FailIf = append(e.final.FailIf, r.String())
	}
	if code := outcome.OfRows(sum, signals.signal(), e.rules, e.fast.Load()); code != outcome.OK {
		return outcome.Exit(code)
	}
	return nil
}

// conclude prints an error and hands over how the command ended. It returns the exit code.
func (e *ending) conclude(c *cli.Context, s stdio, err error) int {
	f := &e.final
	code := report(s, err)
	if err != nil && !errors.As(err, new(outcome.Exit)) {
		f.Told = told(err)
	}
	f.Conclude(code)
	ci := publish.FindCI(os.Getenv, s.err.Writer)
	names, metrics := flags.Texts(c, "report"), c.String("metrics-file")
	if others := f.Because == outcome.SkippedLocked || code == outcome.Locked; !e.ready || e.printed || others { // trials leave nothing, either
		names, metrics = nil, ""
	}
	if e.printed && code == outcome.OK {
		ci = nil
	}
	var r *reports.Report
	if e.job != nil && f.Because == "" && (ci != nil || names != nil || metrics != "") {
		var unmade error // also without a journal, if nothing was asked
		if r, unmade = reports.Make(context.WithoutCancel(c.Context), e.job.Input, e.job.Journal, e.prices); unmade != nil && f.Summary != nil {
			s.err.Say("warning: no report can be made: %v", unmade)
		}
		if r != nil && f.Input == "-" {
			r.Input = f.Input // not the copy of it
		}
	}
	failed := func(err error) {
		if err == nil {
			return
		}
		report(s, err)
		if code == outcome.OK || code == outcome.SomeRows {
			code = outcome.Failed
		}
		f.Error = withoutSecrets(strings.TrimPrefix(f.Error+"\n"+told(err).Error, "\n"))
		f.Conclude(code)
	}
	for _, name := range names {
		written, err := e.report(s, name, r)
		if failed(err); written {
			f.Reports = append(f.Reports, name)
			if !c.Bool("quiet") {
				s.err.Say("written: %s", name)
			}
		}
	}
	if metrics != "" && f.Because == "" {
		err := publish.Ours(metrics, e.files()...)
		if err == nil {
			err = publish.WriteMetrics(metrics, publish.Ended{
				Input: f.Input, Code: code, At: time.Now(), Elapsed: time.Since(e.began), Version: version, Sandbox: f.Sandbox || r != nil && r.Sandbox,
			}, r)
		}
		failed(err)
	}
	if ci != nil && f.Command != "output" && f.Command != "merge" {
		if !c.Bool("log-content") {
			r = publish.WithoutContent(r)
		}
		if err := ci.Show(s.err.Printer, f, r); err != nil { // the outputs may have the exit code already
			s.err.Say("warning: %s", messages.Sprintf("%v", err))
		}
	}
	if err := e.events.Ended(f); err != nil {
		failed(err)
	}
	if c.Bool("json") && !errors.Is(err, errTwoOutputs) && (!e.printed || f.Error != "" && f.Summary == nil) {
		if err := printFinal(s, f); err != nil {
			failed(err)
		}
	}
	return code
}

// told returns what is said about an error, in English.
func told(err error) outcome.Told {
	english := messages.Printer{Explain: advice.Explain}
	return outcome.Told{Error: withoutSecrets(english.Error(err)), Hint: authkey.WithoutKeys(advice.Hint(err).String())}
}

// files are those of the run, which nothing else may replace.
func (e *ending) files() []string {
	if e.job == nil {
		return nil
	}
	files := []string{e.job.Input, e.job.Journal, e.job.Settings.Output}
	if sum := e.final.Summary; sum != nil {
		files = append(files, sum.Output, sum.Long)
	}
	return files
}

// report writes a report to a file. Without a journal, only JUnit has something to say: why.
func (e *ending) report(s stdio, name string, r *reports.Report) (written bool, err error) {
	format := publish.FormatOf(name)
	text := &bytes.Buffer{}
	switch {
	case format == "junit":
		problem := e.final.Error
		if problem == "" && e.final.Outcome == outcome.Stopped {
			problem = s.err.Printer.Sprintf("the run was interrupted")
		}
		err = reports.WriteJUnit(text, s.err.Printer, e.final.Input, r, problem)
	case r == nil:
		return false, nil
	default:
		text, err = publish.Format(format, s.err.Printer, r)
	}
	if err == nil {
		err = publish.Write(name, text, func() error { return publish.Ours(name, e.files()...) })
	}
	return err == nil, err
}

// printFinal prints how a command ended as JSON.
func printFinal(s stdio, f *outcome.Final) error {
	var b bytes.Buffer
	if err := printJSON(&b, f); err != nil {
		return err
	}
	_, err := io.WriteString(s.out, outcome.Harmless(b.String()))
	return err
}

// misused says to programs how a command ended that could not be understood: to a CI service, and as JSON if it seems to want that.
func misused(s stdio, args []string, err error) {
	if len(args) < 2 || !slices.Contains([]string{"run", "embed", "output", "merge"}, args[1]) {
		return
	}
	f := &outcome.Final{Command: args[1], Told: told(err)}
	for _, a := range args[2:] {
		if _, known := table.FormatOf(a); known && f.Input == "" {
			f.Input = a
		}
	}
	f.Conclude(outcome.CodeOf(err))
	if ci := publish.FindCI(os.Getenv, s.err.Writer); ci != nil && args[1] != "output" && args[1] != "merge" {
		_ = ci.Show(s.err.Printer, f, nil) // the error itself is said
	}
	for i, a := range args {
		name, value, joined := strings.Cut(strings.TrimLeft(a, "-"), "=")
		if !joined && i+1 < len(args) {
			value = args[i+1]
		}
		if !strings.HasPrefix(a, "-") || value == "" || publish.Ours(value, args[2:i]...) != nil {
			continue
		}
		switch { // what cannot be written now is not worth another error
		case name == "metrics-file":
			_ = publish.WriteMetrics(value, publish.Ended{Input: f.Input, Code: f.ExitCode, At: time.Now(), Version: version, Sandbox: slices.Contains(args, "--sandbox")}, nil)
		case name == "report" && publish.FormatOf(value) == "junit":
			_, _ = (&ending{final: *f}).report(s, value, nil)
		}
	}
	for _, a := range args {
		if a == "--json" || a == "-json" {
			_ = printFinal(s, f)
			return
		}
	}
}

// report prints an error and its hint, if any, and returns the exit code.
func report(s stdio, err error) int {
	switch {
	case err == nil, errors.As(err, new(outcome.Exit)):
		return outcome.CodeOf(err)
	}
	if limit, ok := errors.AsType[*cost.LimitError](err); ok && cost.IsLimit(err) {
		if limit.Small {
			s.err.Say("stopped: %s", limit.Msg)
		} else {
			s.err.Say("stopped: %s; the same command goes on", limit.Msg)
		}
		return outcome.Limit
	}
	s.err.Say("error: %s", withoutSecrets(s.err.Error(err))) // the user may have given a key in the place of something else
	if h := advice.Hint(err); !h.IsZero() {
		s.err.Say("hint: %s", authkey.WithoutKeys(s.err.Text(h)))
	}
	return outcome.CodeOf(err)
}

// withoutSecrets returns the text of an error on one line, without repetitions and keys.
func withoutSecrets(text string) string {
	return authkey.WithoutKeys(strings.Join(slices.Compact(strings.Split(text, "\n")), "; "))
}

// placed adds the place in the job file to an error about one of its columns. It returns an outcome.Late as it is.
func placed(job *settings.Job, err error) error {
	if errors.As(err, new(*outcome.Late)) {
		return err
	}
	return job.Placed(err)
}
