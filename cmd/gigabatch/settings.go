package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
)

// settings reads what is asked and what is written from the flags.
func settings(c *cli.Context, in *runInput) (*jobs.Settings, error) {
	env, err := loadEnvironment()
	if err != nil {
		return nil, err
	}
	options, err := tableOptions(c)
	if err != nil {
		return nil, err
	}
	options.Documents = in.documents
	set := &jobs.Settings{
		Options: options, Rows: c.String("rows"), Where: flags.Texts(c, "where"), VisibleOnly: c.Bool("visible-only"),
		NoDedupe: c.Bool("no-dedupe"), Limit: c.Int("limit"), InPlace: c.Bool("in-place"),
		OutDir: c.String("out-dir"), OutName: c.String("out-name"), AttachRoot: c.String("attach-root"),
	}
	if err := askSettings(flagValues{c, in.job}, env, &set.Ask); err != nil {
		return nil, err
	}
	if set.Asks, err = in.job.asks(c, env); err != nil {
		return nil, err
	}
	set.Columns = writtenColumns(c, set)
	if err := set.Check(); err != nil {
		return nil, err
	}
	if set.Output, err = output(c, in, set.Format); err != nil {
		return nil, err
	}
	return set, checkFormats(c, in.name, set)
}

// writtenColumns are the columns that are written: where nothing is said, the values of a schema take the place of the completion.
func writtenColumns(c *cli.Context, set *jobs.Settings) []string {
	if !c.IsSet("columns") && (len(set.Schema) > 0 || len(set.Asks) > 0) {
		return jobs.DefaultValueColumns
	}
	return list(c.String("columns"))
}

func list(text string) []string {
	var items []string
	for _, item := range strings.Split(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func format(text string) (table.Format, error) {
	f := table.Format(strings.ToLower(text))
	switch f {
	case "", table.CSV, table.XLSX, table.JSONL, table.Documents:
		return f, nil
	}
	return "", usage(fmt.Sprintf("--format %s: there is no such format", text), "it is csv, xlsx, jsonl or documents")
}

// output returns where the output goes; "-" is standard output, "" nowhere.
func output(c *cli.Context, in *runInput, f table.Format) (string, error) {
	out := c.String("output")
	switch {
	case c.Bool("in-place"):
		return in.name, nil
	case out == "" && in.name == "-":
		out = "-"
	case out == "" && c.String("out-dir") != "":
		return "", nil
	case out == "":
		return in.output(c.Bool("sandbox")), nil
	}
	if out != "-" {
		return out, knownOutput(out)
	}
	if f == "" {
		f, _ = table.FormatOf(in.name)
	}
	if f == table.XLSX {
		return "", usage("a workbook cannot go to standard output", "name a file with -o, such as -o answers.xlsx or answers.csv")
	}
	return out, nil
}

// knownOutput refuses an output whose format the extension does not tell.
func knownOutput(out string) error {
	if _, ok := table.FormatOf(out); !ok {
		return usage(fmt.Sprintf("%s: the extension tells no format", out), "name it .csv, .xlsx or .jsonl")
	}
	return nil
}

func outage(r *jobs.Run) time.Duration {
	if r.Pool.MaxOutage > 0 {
		return r.Pool.MaxOutage
	}
	return jobs.DefaultMaxOutage
}
