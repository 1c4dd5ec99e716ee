package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/io/atomicfile"
	reports "gigabatch/internal/jobs/report"
	"gigabatch/internal/messages"
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

// reportExtensions are the formats of a report by the extension of its file.
var reportExtensions = map[string]string{".html": "html", ".htm": "html", ".md": "markdown", ".json": "json"}

func writeReport(c *cli.Context, s stdio) error {
	input, journal, err := keptInput(c)
	if err != nil {
		return err
	}
	name, format := c.String("output"), c.String("format")
	if byName := reportExtensions[strings.ToLower(filepath.Ext(name))]; byName != "" && !c.IsSet("format") {
		format = byName
	}
	if !slices.Contains(flags.ReportFormats, format) {
		return flags.Usage(messages.Sprintf("--format: unknown format %q", format),
			messages.Sprintf("the formats are %s", strings.Join(flags.ReportFormats, ", ")))
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
	var text bytes.Buffer
	switch format {
	case "json":
		err = reports.WriteJSON(&text, r)
	case "html":
		err = reports.WriteHTML(&text, s.err.Printer, r)
	case "markdown":
		err = reports.WriteMarkdown(&text, s.err.Printer, r)
	default:
		err = reports.WriteText(&text, s.err.Printer, r)
	}
	if err != nil {
		return err
	}
	if format != "json" { // JSON escapes what a terminal would obey
		safe := console.Safe(text.String())
		text.Reset()
		text.WriteString(safe)
	}
	if name == "" || name == "-" {
		_, err = text.WriteTo(s.out)
		return err
	}
	may := func() error { return mayWrite(name, c.Bool("overwrite"), input, r.Journal, r.Output) }
	if err := writeNamed(name, &text, may); err != nil {
		return err
	}
	s.err.Say("written: %s", name)
	return nil
}

// mayWrite refuses to replace a file, unless the user allows it with overwrite. The files of the runs are never replaced.
func mayWrite(name string, overwrite bool, ofRuns ...string) error {
	for _, kept := range ofRuns {
		if sameFile(name, kept) {
			return flags.Usage(messages.Sprintf("%s belongs to the runs, and is not replaced", name), messages.Sprintf("choose another name with -o"))
		}
	}
	if !overwrite && absent(name) != nil {
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

// writeNamed writes a file that the user has named. may is asked before and at the end.
func writeNamed(name string, from io.WriterTo, may func() error) error {
	if err := may(); err != nil {
		return err
	}
	f, err := atomicfile.Create(name, 0o666)
	if err != nil {
		return flags.Usage(messages.Sprintf("%s: cannot be written: %s", name, console.Cause(err)),
			messages.Sprintf("choose a folder that exists and is writable"))
	}
	defer f.Close()
	if _, err := from.WriteTo(f); err != nil {
		return err
	}
	return f.Commit(may)
}
