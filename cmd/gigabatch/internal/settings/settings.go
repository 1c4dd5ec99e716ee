// Package settings reads the settings of a run from the command line and the job file.
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

// Read reads the settings of a run from the flags and the job file.
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
		Options: options,
		Selection: spec.Selection{
			Rows: c.String("rows"), Where: flags.Texts(c, "where"), VisibleOnly: c.Bool("visible-only"), SkipSuspect: c.Bool("skip-suspect"),
			Limit: c.Int("limit"), Shard: c.String("shard"),
		},
		NoDedupe: c.Bool("no-dedupe"), InPlace: c.Bool("in-place") && !c.Bool("sandbox"),
		OutDir: outDir(c.String("out-dir"), c.Bool("sandbox")), OutName: c.String("out-name"), AttachRoot: c.String("attach-root"),
	}
	set.Embed = embeds(c)
	if err := columnSettings(flagValues{c, in.Job}, env, &set.Column); err != nil {
		return nil, err
	}
	switch column := c.String("column"); {
	case column != "":
		set.Prompt = "{{" + column + "}}"
	case set.Embed && set.Prompt == "" && in.Documents != nil:
		set.Prompt = "{{" + spec.ContentColumn + "}}"
	}
	if set.Columns, err = in.Job.columns(c, env); err != nil {
		return nil, err
	}
	set.OutputColumns = writtenColumns(c, set)
	if err := set.Check(); err != nil {
		return nil, err
	}
	if err := checkShard(c, set); err != nil {
		return nil, err
	}
	if set.Output, err = Output(c, in, set.Format); err != nil {
		return nil, err
	}
	return set, checkFormats(c, in.Name, set)
}

// checkShard refuses a shard that cannot be merged with the others, and writes it as the journal does.
func checkShard(c *cli.Context, set *spec.Settings) error {
	shard, err := spec.ParseShard(set.Shard)
	switch {
	case err != nil:
		return err
	case !c.IsSet("shard"):
	case shard.Of == 0: // a variable that is not set
		return flags.Usage(messages.Sprintf("--shard is empty"), messages.Sprintf("for example: --shard 2/8"))
	case c.Args().First() == "-":
		return flags.Usage(messages.Sprintf("--shard needs a file that all shards read, not standard input"), messages.Sprintf("save the input to a file and name its journal with --journal"))
	case c.String("output") == "-":
		return flags.Usage(messages.Sprintf("a shard has no output of its own (--shard %s)", shard),
			messages.Sprintf("write that of all shards with gigabatch merge INPUT -o -"))
	}
	set.Shard = shard.String()
	return nil
}

// embeds reports whether the command asks for vectors.
func embeds(c *cli.Context) bool { return c.Command.Name == "embed" }

// writtenColumns returns the columns to write. By default, the values of a schema replace the completion.
func writtenColumns(c *cli.Context, set *spec.Settings) []string {
	if !c.IsSet("columns") && (len(set.Schema) > 0 || len(set.Columns) > 0) {
		return spec.DefaultValueColumns
	}
	return List(c.String("columns"))
}

// List splits a text at commas. It trims the items and drops empty ones.
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
	return "", flags.Usage(messages.Sprintf("--format %s: unknown format", text),
		messages.Sprintf("the formats are csv, xlsx, jsonl and documents"))
}

// outDir returns the output folder, "" if there is none.
func outDir(dir string, sandbox bool) string {
	if dir == "" || !sandbox {
		return dir
	}
	return spec.SandboxFolder(dir)
}

// Output returns the path of the output, "-" for standard output, "" for none. With --sandbox, it is one to which no real run writes.
func Output(c *cli.Context, in *Input, f table.Format) (string, error) {
	out := c.String("output")
	switch {
	case c.Bool("in-place") && c.Bool("sandbox"):
		return spec.OutputPath(in.Name, true), nil
	case c.Bool("in-place"):
		return in.Name, nil
	case out == "" && in.Name == "-":
		out = "-"
	case out == "" && c.String("out-dir") != "":
		return "", nil
	case out == "" && embeds(c):
		return spec.VectorsPath(in.table(), c.Bool("sandbox")), nil
	case out == "":
		return in.output(c.Bool("sandbox")), nil
	}
	if _, known := table.FormatOf(out); out != "-" && !known {
		hint := messages.Sprintf("use .csv, .xlsx, .jsonl or .json")
		if strings.HasPrefix(out, "/dev/") {
			hint = messages.Sprintf("write to standard output with -o -")
		}
		return "", flags.Usage(messages.Sprintf("%s: no format has this extension", out), hint)
	}
	switch {
	case out != "-" && c.Bool("sandbox"):
		return spec.SandboxPath(out), nil
	case out != "-":
		return out, nil
	}
	if f == "" {
		f, _ = table.FormatOf(in.Name)
	}
	if f == table.XLSX {
		return "", flags.Usage(messages.Sprintf("cannot write a workbook to standard output"),
			messages.Sprintf("name a file: -o answers.xlsx or -o answers.csv"))
	}
	return out, nil
}
