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

// tableOptions reads how the input is read and how the output is written.
func tableOptions(c *cli.Context) (o table.Options, err error) {
	o = table.Options{
		Sheet: c.String("sheet"), AllSheets: c.Bool("all-sheets"), HeaderRow: c.Int("header-row"), NoHeader: c.Bool("no-header"),
		RawValues: c.Bool("raw-values"), Delimiter: c.String("delimiter"), Encoding: c.String("encoding"),
	}
	if o.Format, err = format(c.String("format")); err != nil {
		return o, err
	}
	return o, WriteOptions(c, &o)
}

// WriteOptions reads how a CSV output is written.
func WriteOptions(c *cli.Context, o *table.Options) error {
	if c.IsSet("csv-dialect") {
		o.CSVDialect = c.String("csv-dialect")
		if !slices.Contains(table.CSVDialects, o.CSVDialect) {
			return flags.Usage(messages.Sprintf("--csv-dialect %s: there is no such dialect", o.CSVDialect),
				messages.Sprintf("it is %v; leave it out for the input's own", strings.Join(table.CSVDialects, " or ")))
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
		return flags.Usage(messages.Sprintf("--formula-guard %s: it is on or off", guard), messages.Sprintf("leave it out for on"))
	}
}

// checkFormats refuses flags that are for files of another format. A format that nobody knows is refused when the file is opened.
func checkFormats(c *cli.Context, input string, set *spec.Settings) error {
	f, known := inputFormat(input, set)
	if !known {
		return nil
	}
	for _, o := range flags.Run {
		if c.IsSet(o.Name) && len(o.Formats) > 0 && !slices.Contains(o.Formats, f) {
			what := messages.Sprintf("a table")
			switch {
			case len(o.Formats) > 1:
			case o.Formats[0] == table.CSV:
				what = messages.Sprintf("a CSV file")
			case o.Formats[0] == table.XLSX:
				what = messages.Sprintf("a workbook")
			}
			return flags.Usage(messages.Sprintf("--%s is for %v, and %s is %v", o.Name, what, stdin.NameOf(input), formatName(f)),
				messages.Sprintf("leave it out"))
		}
	}
	return CheckDialect(input, set)
}

// CheckDialect refuses a dialect of CSV where no CSV is written.
func CheckDialect(input string, set *spec.Settings) error {
	if set.CSVDialect == "" {
		return nil
	}
	if set.InPlace {
		return flags.Usage(messages.Sprintf("--csv-dialect cannot change the input itself"), messages.Sprintf("write another file with -o"))
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
		return flags.Usage(messages.Sprintf("--csv-dialect is for a CSV output, and %v is none", name), messages.Sprintf("name one with -o, such as -o answers.csv"))
	}
	return nil
}

func inputFormat(input string, set *spec.Settings) (table.Format, bool) {
	if set.Format != "" {
		return set.Format, true
	}
	return table.FormatOf(input)
}

func formatName(f table.Format) messages.Text {
	if f == table.XLSX {
		return messages.Sprintf("a workbook")
	}
	return messages.Verbatim(strings.ToUpper(string(f)))
}
