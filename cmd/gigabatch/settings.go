package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
)

// settings reads what is asked and what is written from the flags.
func settings(c *cli.Context, input string) (*jobs.Settings, error) {
	env, err := loadEnvironment()
	if err != nil {
		return nil, err
	}
	options, err := tableOptions(c)
	if err != nil {
		return nil, err
	}
	set := &jobs.Settings{
		Options: options, Rows: c.String("rows"), Where: values(c, "where"), VisibleOnly: c.Bool("visible-only"),
		NoDedupe: c.Bool("no-dedupe"), Limit: c.Int("limit"), InPlace: c.Bool("in-place"),
		CompletionColumn: c.String("completion-column"), Columns: list(c.String("columns")),
	}
	if err := jobs.CheckColumns(set.Columns, set.CompletionColumn); err != nil {
		return nil, err
	}
	if set.Prompt, err = textOrFile(c, "prompt"); err != nil {
		return nil, err
	}
	if err := modelSettings(c, env, set); err != nil {
		return nil, err
	}
	if set.Output, err = output(c, input, set.Format); err != nil {
		return nil, err
	}
	return set, checkFormats(c, input, set)
}

// modelSettings reads what one completion is like.
func modelSettings(c *cli.Context, env environment, set *jobs.Settings) (err error) {
	set.ModelForced = c.IsSet("model")
	set.Model = first(c.String("model"), env.get("GIGACHAT_MODEL"), gigachat.DefaultModel)
	if set.System, err = textOrFile(c, "system"); err != nil {
		return err
	}
	set.Temperature, set.TopP = number(c, "temperature"), number(c, "top-p")
	set.RepetitionPenalty = number(c, "repetition-penalty")
	if c.IsSet("max-tokens") {
		n := c.Int("max-tokens")
		set.MaxTokens = &n
	}
	return checkNumbers(set)
}

// checkNumbers refuses what the API would refuse for every row.
func checkNumbers(set *jobs.Settings) error {
	switch {
	case set.Temperature != nil && *set.Temperature < 0:
		return usage("--temperature must not be negative", "0 is the most deterministic")
	case set.TopP != nil && (*set.TopP < 0 || *set.TopP > 1):
		return usage("--top-p must be from 0 to 1", "0 is the most deterministic")
	case set.RepetitionPenalty != nil && *set.RepetitionPenalty <= 0:
		return usage("--repetition-penalty must be above 0", "1 is neutral")
	case set.MaxTokens != nil && *set.MaxTokens < 1:
		return usage("--max-tokens must be at least 1", "leave it out for the model's own limit")
	case set.Temperature != nil && set.TopP != nil:
		return usage("--temperature and --top-p exclude each other", "choose one")
	}
	return nil
}

func number(c *cli.Context, name string) *float64 {
	if !c.IsSet(name) {
		return nil
	}
	v := c.Float64(name)
	return &v
}

// textOrFile returns the text of --name, or what the file of --name-file holds, without the line break at its end.
func textOrFile(c *cli.Context, name string) (string, error) {
	file := c.String(name + "-file")
	if file == "" {
		if c.IsSet(name) && strings.TrimSpace(c.String(name)) == "" {
			return "", usage(fmt.Sprintf("--%s is empty", name), "leave it out, or give it a text")
		}
		return c.String(name), nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", usage(fmt.Sprintf("%s: cannot be read: %s", file, cause(err)), fmt.Sprintf("--%s-file takes the name of a text file", name))
	}
	text, err := plainText(file, raw)
	if err != nil {
		return "", err
	}
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	if strings.TrimSpace(text) == "" {
		return "", usage(fmt.Sprintf("%s: the file is empty", file), fmt.Sprintf("--%s-file takes a file with the text", name))
	}
	return text, nil
}

// plainText is the text of a file in any encoding that can be told from it.
func plainText(file string, raw []byte) (string, error) {
	e := charset.Detect(raw, false).Encoding
	if e.Wide() {
		b, err := io.ReadAll(charset.NewReader(bytes.NewReader(raw), e))
		if err != nil {
			return "", err
		}
		raw, e = b, charset.UTF8
	}
	if at := e.Bad(raw); at >= 0 {
		return "", usage(fmt.Sprintf("%s: the byte at position %d is not %s", file, at+1, e.Name()), "save the file as UTF-8")
	}
	return strings.TrimPrefix(string(e.Decode(nil, raw)), "\ufeff"), nil
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
	case "", table.CSV, table.XLSX, table.JSONL:
		return f, nil
	}
	return "", usage(fmt.Sprintf("--format %s: there is no such format", text), "it is csv, xlsx or jsonl")
}

// output returns where the output goes; "-" is standard output.
func output(c *cli.Context, input string, f table.Format) (string, error) {
	out := c.String("output")
	switch {
	case c.Bool("in-place"):
		return input, nil
	case out == "" && input == "-":
		out = "-"
	case out == "":
		return jobs.OutputPath(input, c.Bool("sandbox")), nil
	}
	if out != "-" {
		return out, knownOutput(out)
	}
	if f == "" {
		f, _ = table.FormatOf(input)
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
