package report

import (
	_ "embed" // page.html
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"unicode/utf8"

	"gigabatch/internal/messages"
)

// WriteJSON writes a report for machines.
func WriteJSON(out io.Writer, r *Report) error { return writeJSON(out, r) }

func writeJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

//go:embed page.html
var pageText string

var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"words": func(p part, column int) bool { return column < p.Words },
	"last":  func(p part, row int) bool { return row == len(p.Rows)-1 },
}).Parse(pageText))

// The rows of a table that are listed at most.
const (
	maxTextRows = 20
	maxPageRows = 500
)

// WriteHTML writes a report as one page that needs no other file.
func WriteHTML(out io.Writer, p messages.Printer, r *Report) error {
	return page.Execute(out, newDocument(p, r, maxPageRows))
}

// WriteText writes a report for a terminal or a file.
func WriteText(out io.Writer, p messages.Printer, r *Report) error {
	d := newDocument(p, r, maxTextRows)
	var b strings.Builder
	say := func(lines []string, before string) {
		for _, l := range lines {
			b.WriteString(before + oneLine(l) + "\n")
		}
	}
	say([]string{d.Title}, "")
	say(d.Lead, "")
	say(d.Warnings, "")
	for _, s := range d.Sections {
		b.WriteString("\n" + oneLine(s.Title) + "\n")
		for i, p := range s.Parts {
			if p.Folded && len(p.Rows) > maxTextRows {
				continue // it is for a chart
			}
			if i > 0 {
				b.WriteString("\n")
			}
			if p.Title != "" {
				b.WriteString("  " + oneLine(p.Title) + "\n")
			}
			writeColumns(&b, &p)
			if p.More != "" {
				say([]string{p.More}, "  ")
			}
		}
		say(s.Notes, "  ")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// writeColumns writes a table with its columns aligned.
func writeColumns(b *strings.Builder, p *part) {
	rows := append([][]string{p.Head}, p.Rows...)
	widths := make([]int, len(p.Head))
	cells := make([][]string, len(rows))
	for i, row := range rows {
		for j, cell := range row {
			cells[i] = append(cells[i], oneLine(cell))
			widths[j] = max(widths[j], utf8.RuneCountInString(cells[i][j]))
		}
	}
	for _, row := range cells {
		line := " "
		for j, cell := range row {
			space := strings.Repeat(" ", widths[j]-utf8.RuneCountInString(cell))
			if j < p.Words {
				line += " " + cell + space
			} else {
				line += "  " + space + cell
			}
			if j < p.Words-1 {
				line += " "
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// markdown makes a text of a document plain text in Markdown.
var markdown = strings.NewReplacer(
	"\r", " ", "\n", " ", `\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`,
	"<", "&lt;", ">", "&gt;", "&", "&amp;", "|", `\|`, "#", `\#`,
	"~", `\~`, "$", `\$`, "!", `\!`,
)

// Markdown returns a text as plain text in Markdown, on one line.
func Markdown(text string) string { return markdown.Replace(text) }

// WriteMarkdown writes a report as Markdown with tables.
func WriteMarkdown(out io.Writer, p messages.Printer, r *Report) error {
	d := newDocument(p, r, maxPageRows)
	var b strings.Builder
	paragraphs := func(lines []string, before string) {
		for _, l := range lines {
			fmt.Fprintf(&b, "%s%s\n\n", before, markdown.Replace(l))
		}
	}
	row := func(cells []string) {
		for _, c := range cells {
			b.WriteString("| " + markdown.Replace(c) + " ")
		}
		b.WriteString("|\n")
	}
	paragraphs([]string{d.Title}, "# ")
	paragraphs(d.Lead, "")
	paragraphs(d.Warnings, "**!** ")
	for _, s := range d.Sections {
		paragraphs([]string{s.Title}, "## ")
		for _, p := range s.Parts {
			if p.Title != "" {
				paragraphs([]string{p.Title}, "### ")
			}
			row(p.Head)
			for i := range p.Head {
				b.WriteString(map[bool]string{true: "|---", false: "|---:"}[i < p.Words])
			}
			b.WriteString("|\n")
			for _, cells := range p.Rows {
				row(cells)
			}
			b.WriteString("\n")
			if p.More != "" {
				paragraphs([]string{p.More}, "")
			}
		}
		paragraphs(s.Notes, "")
	}
	_, err := io.WriteString(out, strings.TrimRight(b.String(), "\n")+"\n")
	return err
}
