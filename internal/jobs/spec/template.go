package spec

import (
	"iter"
	"slices"
	"strings"

	"gigabatch/internal/messages"
)

// Template renders a prompt from a row. `{{ column name }}` is replaced by the cell of that column, `{{{{` by two opening braces. The
// content of a cell is never parsed as a template.
type Template struct {
	parts []part
}

// part is literal text or, if column is set, the cell of a column.
type part struct {
	literal string
	column  string
}

// ParseTemplate parses a template. It fails if a `{{` is not closed or names no column.
func ParseTemplate(text string) (*Template, error) {
	t := &Template{}
	for rest := text; rest != ""; {
		before, after, found := strings.Cut(rest, "{{")
		t.literal(before)
		if !found {
			return t, nil
		}
		if escaped, ok := strings.CutPrefix(after, "{{"); ok {
			t.literal("{{")
			rest = escaped
			continue
		}
		name, tail, closed := strings.Cut(after, "}}")
		if name = ColumnName(name); !closed || name == "" {
			return nil, messages.Errorf("the {{ at character %d of the template does not name a column", len([]rune(text))-len([]rune(after))-1)
		}
		t.parts = append(t.parts, part{column: name})
		rest = tail
	}
	return t, nil
}

// literal appends a text, to the last part if that is literal.
func (t *Template) literal(s string) {
	if s == "" {
		return
	}
	if n := len(t.parts); n > 0 && t.parts[n-1].column == "" {
		t.parts[n-1].literal += s
		return
	}
	t.parts = append(t.parts, part{literal: s})
}

// Parts yields the parts of the template: a literal text, or the name of a column.
func (t *Template) Parts() iter.Seq2[string, string] {
	return func(yield func(literal, column string) bool) {
		for _, p := range t.parts {
			if !yield(p.literal, p.column) {
				return
			}
		}
	}
}

// Columns returns the distinct columns that the template names, in order.
func (t *Template) Columns() []string {
	var names []string
	for _, p := range t.parts {
		if p.column != "" && !slices.Contains(names, p.column) {
			names = append(names, p.column)
		}
	}
	return names
}

// Count returns how many times the template names a column.
func (t *Template) Count(column string) int {
	n := 0
	for _, p := range t.parts {
		if p.column == column {
			n++
		}
	}
	return n
}

// ContentColumn is the column with the text of a document.
const ContentColumn = "content"

// WithContent appends the content of the document to a template that does not name it.
func (t *Template) WithContent() {
	if t.Count(ContentColumn) > 0 {
		return
	}
	t.literal("\n\n")
	t.parts = append(t.parts, part{column: ContentColumn})
}

// String returns the template in the syntax of ParseTemplate.
func (t *Template) String() string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.column != "" {
			name := p.column
			if strings.HasPrefix(name, "{") || strings.HasSuffix(name, "}") { // separates braces of the name from those of the template
				name = " " + name + " "
			}
			b.WriteString("{{" + name + "}}")
			continue
		}
		b.WriteString(strings.ReplaceAll(p.literal, "{{", "{{{{"))
	}
	return b.String()
}

// ColumnTemplate returns the template that renders the cell of one column.
func ColumnTemplate(name string) *Template { return &Template{parts: []part{{column: name}}} }

// AppendTo appends the prompt made from the cells that value returns. blank reports that the template names columns and that all their
// cells are empty or white space.
func (t *Template) AppendTo(b []byte, value func(column string) string) (prompt []byte, blank bool) {
	named := false
	blank = true
	for _, p := range t.parts {
		if p.column == "" {
			b = append(b, p.literal...)
			continue
		}
		cell := value(p.column)
		named = true
		blank = blank && strings.TrimSpace(cell) == ""
		b = append(b, cell...)
	}
	return b, named && blank
}
