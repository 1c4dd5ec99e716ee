// Package prelude says to people what a plan found, before anything is sent.
package prelude

import (
	"maps"
	"slices"

	"gigabatch/cmd/gigabatch/internal/stdin"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/messages"
)

// Warnings returns what may surprise the user in a plan, and what is done about it. name is that of the journal, input that of the table.
func Warnings(p *jobs.Plan, name string, input messages.Text) []messages.Text {
	lines := faults(p, input)
	if p.Names > 0 {
		lines = append(lines, messages.Sprintf("note: %s has %d other {name|names} (hard links), which {2:keeps|keep} the old content", input, p.Names))
	}
	for _, renaming := range p.Renamings() {
		lines = append(lines, messages.Sprintf("note: %s: %s", input, renaming))
	}
	if p.Long > 0 {
		lines = append(lines, messages.Sprintf("warning: %s", place(input, p.LongSheet, p.LongLine, long(p))))
	}
	if len(p.LeftOut) > 0 {
		lines = append(lines, messages.Sprintf("note: %s: left out as no data: %s; to ask these rows, add --keep-rows %s",
			input, p.LeftOut.Message(), p.LeftOut.Argument()))
	}
	if len(p.Suspects) > 0 {
		lines = append(lines, messages.Sprintf("warning: %s: asked, but looks like no data: %s; to skip these rows, add --skip-suspect",
			input, p.Suspects.Message()))
	}
	lines = append(lines, sheets(p, input)...)
	for _, name := range slices.Sorted(maps.Keys(p.Warnings)) {
		lines = append(lines, messages.Sprintf("warning: %s: GigaChat has no parameter %q; it is left out in %d {row|rows}", input, name, p.Warnings[name]))
	}
	lines = append(lines, tooLong(p)...)
	for _, g := range p.Gaps {
		where := place(input, g.Where.Sheet, g.Where.Line, g.Where.Msg)
		lines = append(lines, messages.Sprintf("warning: %s; --skip-empty %q leaves such rows out", where, g.Column))
	}
	if p.Anew > 0 {
		lines = append(lines, messages.Sprintf("note: %s: %s", input, p.UsedEdits()))
	}
	if p.Unused > 0 {
		lines = append(lines, messages.Sprintf("warning: %s", p.UnusedEdits()))
	}
	if p.Blast.Requests > 0 {
		lines = append(lines, messages.Sprintf("warning: %s: %s", input, p.Blast.Message()))
	}
	for _, note := range p.Notes {
		lines = append(lines, messages.Sprintf("warning: %s: %s", input, note))
	}
	for _, line := range Damage(p.Damaged) {
		lines = append(lines, messages.Sprintf("warning: %s: %s", name, line))
	}
	return lines
}

// Damage returns a line for each kind of damage of a journal.
func Damage(damage []journal.Damage) (lines []messages.Text) {
	if n, first := journal.CountDamage(damage, false); n > 0 {
		lines = append(lines, messages.Sprintf("the journal is damaged in %d {place|places}, first in line %d (byte %d); "+
			"the rows whose answers were there are asked again", n, first.Line, first.Offset))
	}
	if n, first := journal.CountDamage(damage, true); n > 0 {
		lines = append(lines, messages.Sprintf("the journal lacks %d line {break|breaks}, first in line %d (byte %d); no answer is lost",
			n, first.Line, first.Offset))
	}
	return lines
}

// tooLong returns warnings of prompts that are too long for the model: the first ones with their rows, then a count of the others.
func tooLong(p *jobs.Plan) []messages.Text {
	var lines []messages.Text
	for _, t := range p.TooLongs {
		if p.Pack > 0 {
			lines = append(lines, messages.Sprintf("warning: %s; it is not sent", t.Where))
		} else {
			lines = append(lines, messages.Sprintf("warning: %s (--long split asks it in parts)", t.Where))
		}
	}
	if more := p.TooLong - len(p.TooLongs); more > 0 {
		lines = append(lines, messages.Sprintf("warning: … and %d more {prompt|prompts} of this kind", more))
	}
	return lines
}

// long describes rows that have cells beyond the header.
func long(p *jobs.Plan) messages.Text {
	if p.Workbook {
		return messages.Sprintf("cells to the right of the last named column are not asked (in %d {row|rows})", p.Long)
	}
	return messages.Sprintf("more cells than the header has (in %d {row|rows}); cells beyond the last column are not asked; a text that "+
		"contains the delimiter needs double quotes", p.Long)
}

// sheets returns warnings of sheets without a row to ask.
func sheets(p *jobs.Plan, input messages.Text) []messages.Text {
	var lines []messages.Text
	for _, s := range p.Sheets {
		if s.Skipped == s.Rows {
			lines = append(lines, messages.Sprintf("warning: %s", place(input, s.Name, 0, messages.Sprintf(
				"no row has anything in the columns that are asked (%d {row|rows}); was the header found? (--sheet, --header-row)", s.Rows))))
		}
	}
	return lines
}

// faults returns warnings of rows with damaged text: the first ones with their lines, then a count of the others.
func faults(p *jobs.Plan, input messages.Text) []messages.Text {
	var lines []messages.Text
	for _, f := range p.Faulty {
		name := messages.Verbatim(f.Name) // of the document, or of the table
		if input.String() == stdin.Name.String() {
			name = input
		}
		lines = append(lines, messages.Sprintf("warning: %s", place(name, f.Sheet, f.Line, f.Msg)))
	}
	if more := p.Faults - len(p.Faulty); more > 0 {
		lines = append(lines, messages.Sprintf("warning: %s: … and %d more {row|rows} of this kind", input, more))
	}
	return lines
}

// place returns a message about a row in the form of table.Error.
func place(input messages.Text, sheet string, line int, msg messages.Text) messages.Text {
	text := (&table.Error{Name: input.String(), Sheet: sheet, Line: line, Msg: msg}).Message()
	if name := stdin.Name.String(); input.String() == name {
		return messages.Replace(text, name, stdin.Name)
	}
	return text
}

// Line says in one line how much is asked.
func Line(p *jobs.Plan, input messages.Text) messages.Text {
	parts := messages.Join(parts(p), ", ")
	switch {
	case p.Rows == 0:
		return messages.Sprintf("%s: the table has no rows, so nothing is asked; if the first line is no header, add --no-header", input)
	case p.Completions > 1:
		return messages.Sprintf("%s: %d {row|rows} × %d {column|columns}; %s", input, p.Rows, p.Completions, parts)
	case p.Column != "":
		return messages.Sprintf("%s: %d {row|rows}, asking column %q; %s", input, p.Rows, p.Column, parts)
	}
	return messages.Sprintf("%s: %d {row|rows}; %s", input, p.Rows, parts)
}

// parts are what becomes of the rows.
func parts(p *jobs.Plan) []messages.Text {
	first := messages.Sprintf("%d {request|requests} to send", p.Tasks)
	if p.Pack > 0 {
		first = messages.Sprintf("%d {text|texts} to send, at most %d{|} in a request", p.Tasks, p.Pack)
	}
	if p.Tasks == 0 {
		first = messages.Sprintf("nothing to ask")
	}
	if p.InBatches > 0 {
		first = messages.Sprintf("%s, of which %d {is|are} in batches at the service already", first, p.InBatches)
	}
	if p.Later+p.Parts > 0 {
		first = messages.Sprintf("%s, then those that depend on their answers", first)
	}
	parts := []messages.Text{first}
	if p.Files > 0 {
		parts = append(parts, messages.Sprintf("%d {file|files} to upload (%s)", p.Files, bytesOf(p.FileBytes)))
	}
	if p.Parts > 0 {
		parts = append(parts, messages.Sprintf("%d {asked|asked} in parts", p.Parts))
	}
	if p.FromJournal > 0 {
		parts = append(parts, messages.Sprintf("%d{|} already in the journal", p.FromJournal))
	}
	if p.Duplicates > 0 {
		parts = append(parts, messages.Sprintf("%d {duplicate|duplicates} of earlier rows", p.Duplicates))
	}
	if p.Skipped > 0 {
		parts = append(parts, messages.Sprintf("%d {empty|empty}", p.Skipped))
	}
	return parts
}

// bytesOf formats a number of bytes for people.
func bytesOf(n int64) messages.Text {
	switch {
	case n < 1000:
		return messages.Sprintf("%d {byte|bytes}", n)
	case n < 1_000_000:
		return messages.Sprintf("%d kB", (n+500)/1000)
	}
	return messages.Sprintf("%.1f MB", float64(n)/1e6)
}
