package main

import (
	"fmt"
	"os"
	"strconv"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/textfile"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/messages"
)

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
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", l.Model, rubles(l.Input), rubles(l.Output), rubles(l.Cached), l.Day, s.err.Text(messages.Foreign(l.Source)))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	s.err.Say("rubles for a million tokens of prompts (input), of completions (output), and of prompts in the cache of the service (cached)")
	return nil
}

// pricesOf returns the known prices, with those of the user before them: of the file that --price-file or GIGABATCH_PRICE_FILE names. Neither
// a job file nor .env can name it, because a folder must not make a run look cheaper.
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
