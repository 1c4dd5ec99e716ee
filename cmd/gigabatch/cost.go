package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/figures"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/settings"
	"gigabatch/cmd/gigabatch/internal/stdin"
	"gigabatch/cmd/gigabatch/internal/textfile"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/estimate"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

func estimateCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:      "estimate",
		Usage:     "estimate the tokens, rubles and time of a run before it asks anything",
		ArgsUsage: "INPUT …",
		Description: "INPUT and the flags are those of run. The service counts the tokens of a sample of the requests; with --offline, nothing is sent.\n" +
			"Answers in the journal, as of run --preview, make the estimate better. Nothing is asked or written.\n\nRead more: docs/cost.md",
		Flags:  flags.Estimate.CLI(s.err.Printer),
		Action: func(c *cli.Context) error { return run(c, s, new(ending)) },
	}
}

// costReport is the JSON output of an estimate.
type costReport struct {
	Rows        int `json:"rows"`
	FromJournal int `json:"from_journal"`
	Duplicates  int `json:"duplicates"`
	Skipped     int `json:"skipped"`
	*estimate.Estimate
}

// printEstimate prints what a run would cost. If the service cannot count tokens, they are estimated offline, and it says why.
func printEstimate(ctx context.Context, c *cli.Context, s stdio, job *jobs.Job, in *settings.Input, prices *cost.Prices) (err error) {
	sayer := &planSayer{s: s, journal: job.Journal, input: stdin.NameOf(in.Name), quiet: c.Bool("quiet")}
	job.Opened, job.Planned = sayer.opened, sayer.planned
	var svc *jobs.Service
	if !c.Bool("offline") {
		if svc, err = job.Connect(ctx, nil); err == nil {
			job.Sandbox = svc.Sandbox
		}
	}
	var plan *jobs.Plan
	var e *estimate.Estimate
	if err == nil && svc != nil {
		if svc.Count == nil {
			s.err.Say("note: this service does not count tokens; they are estimated from the length of the texts")
		}
		plan, e, err = job.Estimate(ctx, prices, c.Int("sample"), svc.Count)
		if plan != nil {
			err = errors.Join(svc.Takes(&job.Settings, plan.Models), err)
		}
	}
	if uncounted(err) && ctx.Err() == nil {
		s.err.Say("warning: the service did not count the tokens, so they are estimated from the length of the texts: %v", err)
		svc, err = nil, nil
	}
	if err == nil && svc == nil {
		plan, e, err = job.Estimate(ctx, prices, 0, nil)
	}
	if err != nil {
		return stdin.Called(err, job.Input, in.Name)
	}
	if in := e.InBatches; in != nil && in.Via == task.ViaLive && svc != nil && (svc.Batches == nil || prepaid(ctx, svc)) {
		e.InBatches = nil
	}
	if c.Bool("json") {
		return printJSON(s.out, costReport{plan.Rows, plan.FromJournal, plan.Duplicates, plan.Skipped, e})
	}
	var lines []line
	for _, f := range figures.Estimate(s.err.Language, plan.Rows, plan.Pack, e) {
		lines = append(lines, line{f.Name, f.Value})
	}
	printLines(s, lines)
	if !c.Bool("quiet") && e.Requests.Likely > 0 {
		s.err.Say("every amount is an estimate; where nothing is assumed, the true one is between the two in brackets in 95 of 100 cases")
	}
	return nil
}

// uncounted reports whether an error only means that tokens cannot be counted now.
func uncounted(err error) bool {
	var host *connection.HostError
	var model *connection.ModelError
	if errors.As(err, &host) || errors.As(err, &model) {
		return false
	}
	e := gigachat.AsError(err)
	return connection.Keyless(err) || e != nil && (e.Passing() || e.Op == "tokens")
}

func pricesCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:  "prices",
		Usage: "print the table of prices with which costs are estimated",
		Description: "The prices are in rubles for a million tokens. Sber and its resellers change them, so each has a date, and your contract may\n" +
			"have others: put them into a CSV file with the header model,input,output,cached,batch,date,source. The column batch is the share\n" +
			"of the price that a request in a batch costs, such as 0.5; without the column, it is half.\n\nRead more: docs/cost.md",
		Flags:  flags.Prices.CLI(s.err.Printer),
		Action: func(c *cli.Context) error { return printPrices(c, s) },
	}
}

func printPrices(c *cli.Context, s stdio) error {
	if err := flags.NoArguments(c); err != nil {
		return err
	}
	prices, err := pricesOf(c)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(s.out, prices.Lines())
	}
	if err := figures.WritePrices(s.out, s.err.Printer, prices); err != nil {
		return err
	}
	s.err.Say("rubles for a million tokens of prompts (input), of completions (output), of prompts in the cache of the service (cached), and of " +
		"prompts and completions in a batch (batch)")
	return nil
}

// pricesOf returns the known prices, with those of the user before them: of the file that --price-file or GIGABATCH_PRICE_FILE names.
// Neither a job file nor .env can name it, because a folder must not make a run look cheaper.
func pricesOf(c *cli.Context) (*cost.Prices, error) {
	file := c.String("price-file")
	if file == "" {
		file = os.Getenv("GIGABATCH_PRICE_FILE")
	}
	if file == "" {
		return cost.Known(), nil
	}
	hint := messages.Sprintf("a file of prices is CSV with the header model,input,output,cached,batch,date,source, in rubles for a million tokens; " +
		"gigabatch prices shows what is known")
	text, err := textfile.Read(file, hint)
	if err != nil {
		return nil, err
	}
	own, err := cost.Parse(file, text)
	if err != nil {
		return nil, flags.Usage(messages.Sprintf("%v", err), hint)
	}
	return cost.Known().With(own), nil
}

func balanceCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:        "balance",
		Usage:       "print how many tokens are left of the prepaid packages",
		Description: "Only prepaid packages have a balance. An account that pays as it goes has none, and Cloud.ru has none.\n\nRead more: docs/cost.md",
		Flags:       flags.Balance.CLI(s.err.Printer),
		Action:      func(c *cli.Context) error { return printBalance(c, s) },
	}
}

// maxBalance is how long a run waits for the balance before it goes on without.
const maxBalance = 5 * time.Second

// sayShortage warns if a run certainly needs more tokens than its prepaid packages have, and reports whether it does. It says nothing if they
// cannot be learned.
func sayShortage(ctx context.Context, s stdio, svc *jobs.Service, e *estimate.Estimate) (short bool) {
	if svc.Packages == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, maxBalance)
	defer cancel()
	packages, err := svc.Packages(ctx)
	if err != nil {
		return false
	}
	for _, m := range e.Models {
		p, known := gigachat.PackageFor(m.Model, packages)
		if needs := m.Prompt.Low + m.Completion.Low; known && needs > p.Value {
			s.err.Say("warning: the run needs at least %d {token|tokens} of %s, by an estimate, and its package has %d{|} left; the run ends when "+
				"it is used up, and the same command continues later", int64(needs), m.Model, int64(p.Value))
			short = true
		}
	}
	return short
}

// prepaid reports whether the account has prepaid packages, which batches do not use. It does not if that cannot be learned.
func prepaid(ctx context.Context, svc *jobs.Service) bool {
	if svc.Packages == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, maxBalance)
	defer cancel()
	packages, err := svc.Packages(ctx)
	return err == nil && len(packages) > 0
}

// sayBalance prints what is left of the packages after a run that has used one up.
func sayBalance(ctx context.Context, s stdio, svc *jobs.Service) {
	if svc == nil || svc.Packages == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, maxBalance)
	defer cancel()
	packages, err := svc.Packages(ctx)
	if err != nil || len(packages) == 0 {
		return
	}
	var parts []messages.Text
	for _, p := range packages {
		parts = append(parts, messages.Sprintf("%s: %d {token|tokens}", p.Usage, int64(p.Value)))
	}
	s.err.Say("left of the packages: %s", messages.Join(parts, ", "))
}

// balanceReport is the JSON output of balance.
type balanceReport struct {
	PayAsYouGo bool               `json:"pay_as_you_go"`
	Packages   []gigachat.Package `json:"packages"`
}

func printBalance(c *cli.Context, s stdio) error {
	if err := flags.NoArguments(c); err != nil {
		return err
	}
	conn, err := newConnection(c.Context, c, s, 1)
	if err != nil {
		return err
	}
	defer conn.Close()
	sayNotes(s, conn, false)
	if conn.Client.APIKey != "" {
		return flags.Usage(messages.Sprintf("a service of the OpenAI dialect has no balance"),
			messages.Sprintf("the console of the provider shows what was used"))
	}
	came := sayWaiting(s, false)
	packages, err := conn.Client.Balance(c.Context)
	came()
	report := balanceReport{Packages: packages}
	if e := gigachat.AsError(err); e != nil && e.Op == "balance" && e.Kind == gigachat.KindForbidden {
		report, err = balanceReport{true, []gigachat.Package{}}, nil
	}
	switch {
	case err != nil:
		return err
	case c.Bool("json"):
		return printJSON(s.out, report)
	case report.PayAsYouGo:
		s.err.Say("the service shows no balance to this account (403): it pays as it goes, so there is no package to use up")
		return nil
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, p := range packages {
		fmt.Fprintf(w, "%s\t%s\n", p.Usage, s.err.Sprintf("%d {token|tokens}", int64(p.Value)))
	}
	return w.Flush()
}
