// Package settings reads what the command line and a job file say of a run.
package settings

import (
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// Read reads what is asked and what is written from the flags.
func Read(c *cli.Context, in *Input) (*spec.Settings, error) {
	env, err := connection.LoadEnvironment()
	if err != nil {
		return nil, err
	}
	options, err := tableOptions(c)
	if err != nil {
		return nil, err
	}
	options.Documents = in.Documents
	set := &spec.Settings{
		Options: options, Rows: c.String("rows"), Where: flags.Texts(c, "where"), VisibleOnly: c.Bool("visible-only"),
		NoDedupe: c.Bool("no-dedupe"), Limit: c.Int("limit"), InPlace: c.Bool("in-place"),
		OutDir: c.String("out-dir"), OutName: c.String("out-name"), AttachRoot: c.String("attach-root"),
	}
	if err := columnSettings(flagValues{c, in.Job}, env, &set.Column); err != nil {
		return nil, err
	}
	if set.Columns, err = in.Job.columns(c, env); err != nil {
		return nil, err
	}
	set.OutputColumns = writtenColumns(c, set)
	if err := set.Check(); err != nil {
		return nil, err
	}
	if set.Output, err = Output(c, in, set.Format); err != nil {
		return nil, err
	}
	return set, checkFormats(c, in.Name, set)
}

// writtenColumns are the columns that are written: where nothing is said, the values of a schema take the place of the completion.
func writtenColumns(c *cli.Context, set *spec.Settings) []string {
	if !c.IsSet("columns") && (len(set.Schema) > 0 || len(set.Columns) > 0) {
		return spec.DefaultValueColumns
	}
	return List(c.String("columns"))
}

// List is the texts between the commas of a text.
func List(text string) []string {
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
	return "", flags.Usage(messages.Sprintf("--format %s: there is no such format", text), messages.Sprintf("it is csv, xlsx, jsonl or documents"))
}

// Output returns where the output goes; "-" is standard output, "" nowhere.
func Output(c *cli.Context, in *Input, f table.Format) (string, error) {
	out := c.String("output")
	switch {
	case c.Bool("in-place"):
		return in.Name, nil
	case out == "" && in.Name == "-":
		out = "-"
	case out == "" && c.String("out-dir") != "":
		return "", nil
	case out == "":
		return in.output(c.Bool("sandbox")), nil
	}
	if _, known := table.FormatOf(out); out != "-" && !known {
		return "", flags.Usage(messages.Sprintf("%s: the extension tells no format", out), messages.Sprintf("name it .csv, .xlsx or .jsonl"))
	}
	if out != "-" {
		return out, nil
	}
	if f == "" {
		f, _ = table.FormatOf(in.Name)
	}
	if f == table.XLSX {
		return "", flags.Usage(messages.Sprintf("a workbook cannot go to standard output"), messages.Sprintf("name a file with -o, such as -o answers.xlsx or answers.csv"))
	}
	return out, nil
}
