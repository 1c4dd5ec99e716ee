package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
)

// inputFlags say how INPUT is read.
func inputFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "format", Category: groupInput, Usage: "`FORMAT` of INPUT: csv, xlsx, jsonl, or documents to take tables as documents (default: by extension)"},
		&cli.StringFlag{Name: "sheet", Category: groupInput, Usage: "`SHEET` of a workbook, by name or number (default: the first visible one)"},
		&cli.BoolFlag{Name: "all-sheets", Category: groupInput, Usage: "every visible sheet of a workbook"},
		&cli.BoolFlag{Name: "raw-values", Category: groupInput, Usage: "cells of a workbook as they are stored, not as they are shown"},
		&cli.IntFlag{Name: "header-row", Category: groupInput, Usage: "the header is in row (or line) `N` (default: found)"},
		&cli.BoolFlag{Name: "no-header", Category: groupInput, Usage: "there is no header; the columns are called A, B, C …"},
		&cli.StringFlag{Name: "delimiter", Category: groupInput, Usage: "`CHARACTER` between the cells of a CSV, or tab (default: found)"},
		&cli.StringFlag{Name: "encoding", Category: groupInput, Usage: "`NAME` of the encoding of a CSV, such as windows-1251 (default: found)"},
	}
}

// rowFlags say which rows are asked.
func rowFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "rows", Category: groupRows, Usage: "`ROWS` of the sheet, or lines of the file: 2-500, 7, 2-10,20-30 or 500-"},
		&cli.GenericFlag{Name: "where", Category: groupRows, Value: &texts{}, Usage: "only rows where `COLUMN=VALUE` (or COLUMN!=VALUE) holds; may be given several times, then all must hold"},
		&cli.BoolFlag{Name: "visible-only", Category: groupRows, Usage: "without the hidden rows of a workbook"},
		&cli.IntFlag{Name: "limit", Category: groupRows, Usage: "first `N` of these rows only"},
	}
}

// dialectFlags say how a CSV output is written. guard is what holds where nothing is said.
func dialectFlags(guard string) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "csv-dialect", Category: groupWhere, Usage: "`DIALECT` of a CSV output: excel-ru is what Excel in Russian opens (default: as INPUT)"},
		&cli.StringFlag{Name: "formula-guard", Category: groupWhere, Usage: "`on|off`: answers that a spreadsheet would run as a formula get an apostrophe in a CSV", Value: guard},
	}
}

// tableOptions reads how the input is read and how the output is written.
func tableOptions(c *cli.Context) (o table.Options, err error) {
	o = table.Options{
		Sheet: c.String("sheet"), AllSheets: c.Bool("all-sheets"), HeaderRow: c.Int("header-row"), NoHeader: c.Bool("no-header"),
		RawValues: c.Bool("raw-values"), Delimiter: c.String("delimiter"), Encoding: c.String("encoding"),
	}
	if o.Format, err = format(c.String("format")); err != nil {
		return o, err
	}
	return o, writeOptions(c, &o)
}

// writeOptions reads how a CSV output is written.
func writeOptions(c *cli.Context, o *table.Options) error {
	if c.IsSet("csv-dialect") {
		o.CSVDialect = c.String("csv-dialect")
		if !slices.Contains(table.CSVDialects, o.CSVDialect) {
			return usage(fmt.Sprintf("--csv-dialect %s: there is no such dialect", o.CSVDialect), "it is "+strings.Join(table.CSVDialects, " or ")+"; leave it out for the input's own")
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
		return usage(fmt.Sprintf("--formula-guard %s: it is on or off", guard), "leave it out for on")
	}
}

// formatFlags are for inputs of some formats only.
var formatFlags = []struct {
	flag    string
	formats []table.Format
	what    string
}{
	{"sheet", []table.Format{table.XLSX}, "a workbook"},
	{"all-sheets", []table.Format{table.XLSX}, "a workbook"},
	{"raw-values", []table.Format{table.XLSX}, "a workbook"},
	{"visible-only", []table.Format{table.XLSX}, "a workbook"},
	{"delimiter", []table.Format{table.CSV}, "a CSV file"},
	{"encoding", []table.Format{table.CSV}, "a CSV file"},
	{"header-row", []table.Format{table.CSV, table.XLSX}, "a table"},
	{"no-header", []table.Format{table.CSV, table.XLSX}, "a table"},
}

// checkFormats refuses flags that are for files of another format. A format that nobody knows is refused when the file is opened.
func checkFormats(c *cli.Context, input string, set *spec.Settings) error {
	f, known := inputFormat(input, set)
	if !known {
		return nil
	}
	for _, o := range formatFlags {
		if c.IsSet(o.flag) && !slices.Contains(o.formats, f) {
			return usage(fmt.Sprintf("--%s is for %s, and %s is %s", o.flag, o.what, nameOf(input), formatName(f)), "leave it out")
		}
	}
	return checkDialect(input, set)
}

// checkDialect refuses a dialect of CSV where no CSV is written.
func checkDialect(input string, set *spec.Settings) error {
	if set.CSVDialect == "" {
		return nil
	}
	if set.InPlace {
		return usage("--csv-dialect cannot change the input itself", "write another file with -o")
	}
	f, known := inputFormat(input, set)
	if to, ok := table.FormatOf(set.Output); ok && set.Output != "-" && !sameExtension(set.Output, input) {
		f = to
	}
	if known && f != table.CSV {
		return usage(fmt.Sprintf("--csv-dialect is for a CSV output, and %s is none", outputName(set.Output)), "name one with -o, such as -o answers.csv")
	}
	return nil
}

func inputFormat(input string, set *spec.Settings) (table.Format, bool) {
	if set.Format != "" {
		return set.Format, true
	}
	return table.FormatOf(input)
}

func outputName(output string) string {
	if output == "-" {
		return "standard output"
	}
	return output
}

func sameExtension(a, b string) bool { return strings.EqualFold(filepath.Ext(a), filepath.Ext(b)) }

func formatName(f table.Format) string {
	if f == table.XLSX {
		return "a workbook"
	}
	return strings.ToUpper(string(f))
}
