package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
)

// planSayer tells what was found before anything is sent. A plan may be made twice; what was said already is not said again.
type planSayer struct {
	s       stdio
	journal string
	input   string
	quiet   bool
	before  []string
}

// opened tells what the input was taken for, also where nothing comes of it.
func (p *planSayer) opened(dialect string) { p.say(p.dialect(dialect)) }

func (p *planSayer) planned(plan *jobs.Plan) {
	lines := append(p.dialect(plan.Dialect), planWarnings(plan, p.journal, p.input)...)
	if !p.quiet {
		lines = append(lines, planLine(plan, p.input))
	}
	p.say(lines)
}

func (p *planSayer) dialect(text string) []string {
	if p.quiet || text == "" {
		return nil
	}
	return []string{p.input + ": " + text}
}

func (p *planSayer) say(lines []string) {
	for _, l := range lines {
		if !slices.Contains(p.before, l) {
			p.s.err.Say("%s", l)
		}
	}
	p.before = lines
}

func planWarnings(p *jobs.Plan, journal, input string) []string {
	lines := faultLines(p, input)
	if p.Long > 0 {
		lines = append(lines, "warning: "+lineOf(input, p.LongSheet, p.LongLine, longRows(p)))
	}
	lines = append(lines, emptySheets(p, input)...)
	for _, name := range slices.Sorted(maps.Keys(p.Warnings)) {
		lines = append(lines, fmt.Sprintf("warning: %s: GigaChat has no %q; it is left out in %s", input, name,
			console.Count(p.Warnings[name], "row")))
	}
	lines = append(lines, tooLongLines(p)...)
	for _, d := range p.Damaged {
		lines = append(lines, fmt.Sprintf("warning: %s:%d: a damaged record at byte %d; its row is asked again", journal, d.Line, d.Offset))
	}
	return lines
}

// tooLongLines tells of prompts that are longer than the model takes, the first ones by their rows.
func tooLongLines(p *jobs.Plan) []string {
	var lines []string
	for _, t := range p.TooLongs {
		lines = append(lines, "warning: "+t.Where.Error()+" (--long split asks it in parts)")
	}
	if more := p.TooLong - len(p.TooLongs); more > 0 {
		lines = append(lines, fmt.Sprintf("warning: … and %s like that", console.Count(more, "more prompt")))
	}
	return lines
}

// longRows tells of rows with cells beyond the header.
func longRows(p *jobs.Plan) string {
	if p.Workbook {
		return fmt.Sprintf("cells right of the last named column are not asked (%s)", console.Count(p.Long, "such row"))
	}
	return fmt.Sprintf("more cells than the header (%s in all); what is beyond the last column is not asked; a text with the delimiter "+
		"in it needs double quotes", console.Count(p.Long, "such row"))
}

// emptySheets tells of sheets of which no row is asked.
func emptySheets(p *jobs.Plan, input string) []string {
	var lines []string
	for _, s := range p.Sheets {
		if s.Skipped < s.Rows {
			continue
		}
		none := fmt.Sprintf("none of its %s rows has", console.Digits(int64(s.Rows)))
		if s.Rows == 1 {
			none = "its only row does not have"
		}
		lines = append(lines, "warning: "+lineOf(input, s.Name, 0,
			none+" anything in the columns that are asked; is its header found? (--sheet, --header-row)"))
	}
	return lines
}

// faultLines tells of rows with a damaged text, the first ones by their lines.
func faultLines(p *jobs.Plan, input string) []string {
	var lines []string
	for _, f := range p.Faulty {
		lines = append(lines, "warning: "+lineOf(input, f.Sheet, f.Line, f.Msg))
	}
	if more := p.Faults - len(p.Faulty); more > 0 {
		lines = append(lines, fmt.Sprintf("warning: %s: … and %s like that", input, console.Count(more, "more row")))
	}
	return lines
}

// lineOf is a message about a row, worded as table does.
func lineOf(input, sheet string, line int, msg string) string {
	return (&table.Error{Name: input, Sheet: sheet, Line: line, Msg: msg}).Error()
}

func planLine(p *jobs.Plan, input string) string {
	columns := ""
	if p.Completions > 1 {
		columns = fmt.Sprintf(" × %d columns", p.Completions)
	} else if p.Column != "" {
		columns = fmt.Sprintf(", asking column %q", p.Column)
	}
	return fmt.Sprintf("%s: %s%s; %s", input, console.Count(p.Rows, "row"), columns, strings.Join(planParts(p), ", "))
}

func planParts(p *jobs.Plan) []string {
	parts := []string{fmt.Sprintf("%s to send", console.Count(p.Tasks, "request"))}
	if p.Tasks == 0 {
		parts[0] = "nothing to ask"
	}
	if p.Later+p.Parts > 0 {
		parts[0] += ", then those that depend on their answers"
	}
	if p.Files > 0 {
		parts = append(parts, fmt.Sprintf("%s to upload (%s)", console.Count(p.Files, "file"), bytesOf(p.FileBytes)))
	}
	parts = some(parts, p.Parts, "asked in parts")
	parts = some(parts, p.FromJournal, "answered before")
	parts = some(parts, p.Duplicates, "the same as an earlier row")
	return some(parts, p.Skipped, "empty")
}

// some adds a part for a number that is not zero.
func some(parts []string, n int, what string) []string {
	if n == 0 {
		return parts
	}
	return append(parts, console.Digits(int64(n))+" "+what)
}

// bytesOf is a size for people.
func bytesOf(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1_000_000:
		return fmt.Sprintf("%d kB", (n+500)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
