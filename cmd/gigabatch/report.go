package main

import (
	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/publish"
	reports "gigabatch/internal/jobs/report"
)

func reportCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "show what all runs of a file brought, cost and saved",
		ArgsUsage: "INPUT",
		Description: "The numbers come from the journal; nothing is sent. Amounts are estimates.\n" +
			"A report in HTML is one file with charts:  gigabatch report reviews.xlsx -o report.html\n\n" +
			"Read more: docs/report.md",
		Flags:  flags.Report.CLI(s.err.Printer),
		Action: func(c *cli.Context) error { return writeReport(c, s) },
	}
}

func writeReport(c *cli.Context, s stdio) error {
	input, journal, err := keptInput(c)
	if err != nil {
		return err
	}
	name, format := c.String("output"), c.String("format")
	if byName := publish.FormatOf(name); byName != "" && !c.IsSet("format") {
		format = byName
	}
	if err := flags.OneOf("format", []string{format}, flags.ReportFormats); err != nil {
		return err
	}
	prices, err := pricesOf(c)
	if err != nil {
		return err
	}
	ctx, signals, stop := untilSignal(c.Context)
	defer stop()
	r, err := reports.Make(ctx, input, journal, prices)
	if err != nil {
		return stopped(err, signals)
	}
	text, err := publish.Format(format, s.err.Printer, r)
	if err != nil {
		return err
	}
	if name == "" || name == "-" {
		_, err = text.WriteTo(s.out)
		return err
	}
	may := func() error { return publish.May(name, c.Bool("overwrite"), input, r.Journal, r.Output) }
	if err := publish.Write(name, text, may); err != nil {
		return err
	}
	s.err.Say("written: %s", name)
	return nil
}
