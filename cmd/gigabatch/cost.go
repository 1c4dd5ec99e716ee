package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/settings"
	"gigabatch/cmd/gigabatch/internal/stdin"
	"gigabatch/cmd/gigabatch/internal/textfile"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/estimate"
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
		Action: func(c *cli.Context) error { return run(c, s) },
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
	if c.Bool("json") {
		return printJSON(s.out, costReport{plan.Rows, plan.FromJournal, plan.Duplicates, plan.Skipped, e})
	}
	printLines(s, costLines(s.err.Language, plan, e))
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
	return errors.Is(err, connection.ErrNoCredentials) || e != nil && (e.Passing() || e.Op == "tokens")
}

// costLines describes an estimate.
func costLines(l messages.Language, p *jobs.Plan, e *estimate.Estimate) []line {
	lines := []line{{messages.Sprintf("rows"), messages.Verbatim(l.Digits(int64(p.Rows)))}}
	requests := line{messages.Sprintf("requests"), rangeText(l, e.Requests)}
	if p.Pack > 0 {
		requests = line{messages.Sprintf("texts"), messages.Sprintf("%s, at most %d{|} in a request", rangeText(l, e.Requests), p.Pack)}
	}
	lines = append(lines, requests)
	if e.Dependent.High > 0 {
		text := messages.Sprintf("%s of them, which need other answers first", rangeText(l, e.Dependent))
		lines = append(lines, line{messages.Sprintf("dependent requests"), text})
	}
	if e.Repairs.High > 0 {
		text := messages.Sprintf("%s of them, for answers that do not fit", rangeText(l, e.Repairs))
		lines = append(lines, line{messages.Sprintf("repairs"), text})
	}
	if e.Requests.Likely == 0 {
		return lines
	}
	lines = append(lines, line{messages.Sprintf("prompt tokens"), messages.Sprintf("%s; %s", rangeText(l, e.Prompt), promptSource(e))})
	if p.Pack == 0 { // a vector has none
		text := messages.Sprintf("%s; %s", rangeText(l, e.Completion), completionSource(e))
		lines = append(lines, line{messages.Sprintf("completion tokens"), text})
	}
	if e.Files > 0 {
		text := messages.Sprintf("%d {file is|files are} attached, and {1:its|their} tokens are not known", e.Files)
		lines = append(lines, line{messages.Sprintf("files"), text})
	}
	if len(e.Columns) > 1 {
		for _, part := range e.Columns {
			lines = append(lines, line{messages.Sprintf("%s, %s", part.Column, part.Model), partText(l, part)})
		}
	}
	lines = append(lines, line{messages.Sprintf("cost"), moneyText(e)})
	took := messages.Sprintf("unknown: no run has found the quota yet")
	if e.Seconds > 0 {
		d := time.Duration(e.Seconds * float64(time.Second)).Round(time.Second)
		if took = messages.Sprintf("about %v at the quota found so far", d); e.From == estimate.FromPace {
			took = messages.Sprintf("about %v at the pace of the last run", d)
		}
	}
	return append(lines, line{messages.Sprintf("time"), took})
}

// partText describes the estimate of one column and model.
func partText(l messages.Language, p estimate.Part) messages.Text {
	tokens := estimate.Range{
		Likely: p.Prompt.Likely + p.Completion.Likely, Low: p.Prompt.Low + p.Completion.Low, High: p.Prompt.High + p.Completion.High,
	}
	if p.Cost == nil {
		return messages.Sprintf("requests: %s; tokens: %s", rangeText(l, p.Requests), rangeText(l, tokens))
	}
	return messages.Sprintf("requests: %s; tokens: %s; %s", rangeText(l, p.Requests), rangeText(l, tokens), p.Cost.Likely.Text())
}

// rangeText returns an amount with its interval.
func rangeText(l messages.Language, r estimate.Range) messages.Text {
	digits := func(n float64) string { return l.Digits(int64(math.Round(n))) }
	likely, low, high := digits(r.Likely), digits(r.Low), digits(r.High)
	if low == high {
		return messages.Verbatim(likely)
	}
	return messages.Verbatim("≈ " + likely + " (" + low + "–" + high + ")")
}

// moneyText returns the cost with its interval and the dates of the prices.
func moneyText(e *estimate.Estimate) messages.Text {
	if e.Cost == nil {
		return messages.Sprintf("unknown: there is no price of %s (--price-file)", strings.Join(e.Unpriced, ", "))
	}
	m := e.Cost
	return messages.Sprintf("≈ %s (%s – %s), by %s", m.Likely.Text(), m.Low.Text(), m.High.Text(), pricesText(e))
}

// pricesText says from when the prices of an estimate are.
func pricesText(e *estimate.Estimate) messages.Text {
	var dates []string
	for _, p := range e.Prices {
		dates = append(dates, p.Date)
	}
	dates = slices.Compact(slices.DeleteFunc(dates, func(d string) bool { return d == "" }))
	if len(dates) == 0 {
		return messages.Sprintf("prices without a date")
	}
	return messages.Sprintf("prices of %s", strings.Join(dates, ", "))
}

// costLine returns an estimate in one line.
func costLine(l messages.Language, e *estimate.Estimate) messages.Text {
	if e.Cost == nil {
		return messages.Sprintf("estimate: prompt tokens %s, completion tokens %s; there is no price of %s",
			rangeText(l, e.Prompt), rangeText(l, e.Completion), strings.Join(e.Unpriced, ", "))
	}
	return messages.Sprintf("estimate: prompt tokens %s, completion tokens %s, %s",
		rangeText(l, e.Prompt), rangeText(l, e.Completion), moneyText(e))
}

// promptSource says from what the tokens of prompts are estimated.
func promptSource(e *estimate.Estimate) messages.Text {
	switch e.PromptFrom {
	case estimate.FromCount:
		return messages.Sprintf("counted in %d {request|requests}", e.Sample)
	case estimate.FromUsage:
		return messages.Sprintf("from the length of the texts, as in the journal")
	}
	return messages.Sprintf("from the length of the texts")
}

// completionSource says from what the tokens of completions are estimated.
func completionSource(e *estimate.Estimate) messages.Text {
	switch e.CompletionFrom {
	case estimate.FromUsage:
		return messages.Sprintf("as in %d {answer|answers} of the journal", e.CompletionsSeen)
	case estimate.FromOthers:
		return messages.Sprintf("as answers to other prompts in the journal")
	case estimate.FromLimit:
		return messages.Sprintf("at most, by --max-tokens")
	}
	return messages.Sprintf("assumed, since no answer is known yet; run --preview gets some")
}

func pricesCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:  "prices",
		Usage: "print the table of prices with which costs are estimated",
		Description: "The prices are in rubles for a million tokens. Sber and its resellers change them, so each has a date, and your contract may\n" +
			"have others: put them into a CSV file with the header model,input,output,cached,date,source.\n\nRead more: docs/cost.md",
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
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	rubles := func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
	fmt.Fprintln(w, s.err.Sprintf("model\tinput\toutput\tcached\tdate\tsource"))
	for _, l := range prices.Lines() {
		source := s.err.Text(messages.Foreign(l.Source))
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", l.Model, rubles(l.Input), rubles(l.Output), rubles(l.Cached), l.Day, source)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	s.err.Say("rubles for a million tokens of prompts (input), of completions (output), and of prompts in the cache of the service (cached)")
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
	hint := messages.Sprintf("a file of prices is CSV with the header model,input,output,cached,date,source, in rubles for a million tokens; " +
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
