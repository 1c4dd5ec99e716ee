package settings

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/stdin"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// tableOptions reads the options for reading the input and writing the output.
func tableOptions(c *cli.Context) (o table.Options, err error) {
	o = table.Options{
		Sheet: c.String("sheet"), AllSheets: c.Bool("all-sheets"), HeaderRow: c.Int("header-row"), NoHeader: c.Bool("no-header"),
		RawValues: c.Bool("raw-values"), Delimiter: c.String("delimiter"), Encoding: c.String("encoding"),
		KeepRows: c.String("keep-rows"),
	}
	if o.Format, err = format(c.String("format")); err != nil {
		return o, err
	}
	return o, WriteOptions(c, &o)
}

// WriteOptions reads the options for writing a CSV output.
func WriteOptions(c *cli.Context, o *table.Options) error {
	if c.IsSet("csv-dialect") {
		o.CSVDialect = c.String("csv-dialect")
		if !slices.Contains(table.CSVDialects, o.CSVDialect) {
			return flags.Usage(messages.Sprintf("--csv-dialect %s: unknown dialect", o.CSVDialect),
				messages.Sprintf("use %s, or omit the flag to keep the dialect of the input", strings.Join(table.CSVDialects, ", ")))
		}
	}
	if !c.IsSet("formula-guard") {
		return nil
	}
	switch guard := c.String("formula-guard"); guard {
	case "on", "off":
		o.FormulaGuardOff = guard == "off"
		return nil
	default:
		return flags.Usage(messages.Sprintf("--formula-guard %s: neither on nor off", guard), messages.Sprintf("use on or off"))
	}
}

// checkFormats rejects flags that are for files of another format. An unknown format is reported when the file is opened.
func checkFormats(c *cli.Context, input string, set *spec.Settings) error {
	f, known := inputFormat(input, set)
	if !known {
		return nil
	}
	for _, o := range flags.Run {
		if c.IsSet(o.Name) && len(o.Formats) > 0 && !slices.Contains(o.Formats, f) {
			name := stdin.NameOf(input)
			msg := messages.Sprintf("--%s is for CSV files and workbooks, and the format of %s is %s", o.Name, name, formatName(f))
			switch {
			case len(o.Formats) > 1:
			case o.Formats[0] == table.CSV:
				msg = messages.Sprintf("--%s is for CSV files, and the format of %s is %s", o.Name, name, formatName(f))
			case o.Formats[0] == table.XLSX:
				msg = messages.Sprintf("--%s is for workbooks, and the format of %s is %s", o.Name, name, formatName(f))
			}
			return flags.Usage(msg, messages.Sprintf("remove the flag"))
		}
	}
	return CheckDialect(input, set)
}

// CheckDialect fails if a CSV dialect is given and the output is not a CSV file.
func CheckDialect(input string, set *spec.Settings) error {
	if set.CSVDialect == "" {
		return nil
	}
	if set.InPlace {
		return flags.Usage(messages.Sprintf("--%s and --%s cannot be used together", "csv-dialect", "in-place"),
			messages.Sprintf("a file edited in place keeps its dialect; write another file with -o"))
	}
	f, known := inputFormat(input, set)
	if to, ok := table.FormatOf(set.Output); ok && set.Output != "-" && !strings.EqualFold(filepath.Ext(set.Output), filepath.Ext(input)) {
		f = to
	}
	if known && f != table.CSV {
		name := messages.Verbatim(set.Output)
		if set.Output == "-" {
			name = messages.Sprintf("standard output")
		}
		return flags.Usage(messages.Sprintf("--csv-dialect requires a CSV output, and %s is not a CSV file", name),
			messages.Sprintf("name a CSV file: -o answers.csv"))
	}
	return nil
}

func inputFormat(input string, set *spec.Settings) (table.Format, bool) {
	if set.Format != "" {
		return set.Format, true
	}
	return table.FormatOf(input)
}

// formatName returns the name of a format in messages.
func formatName(f table.Format) string { return strings.ToUpper(string(f)) }
