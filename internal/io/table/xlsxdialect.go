package table

import (
	"fmt"

	"gigabatch/internal/io/ooxml"
)

// Dialect says which sheets are read, and where their header stands.
func (s *xlsxSource) Dialect() string {
	if s.options.AllSheets {
		return s.dialectOfAll()
	}
	x := s.sheets[0]
	text := "sheet " + quote(x.Name)
	if n := len(s.book.Sheets); n > 1 && s.options.Sheet == "" {
		text += fmt.Sprintf(" (of %d sheets)", n)
	}
	if x.head == 0 {
		return text + ", no header: columns " + letterSpan(len(x.columns))
	}
	text += fmt.Sprintf(", header in row %d", x.head)
	if n := x.titles(); n > 0 {
		text += fmt.Sprintf(" (%d row%s of title above it)", n, plural(n))
	}
	return text
}

func (s *xlsxSource) dialectOfAll() string {
	names := make([]string, len(s.sheets))
	for i, x := range s.sheets {
		names[i] = x.Name
	}
	text := fmt.Sprintf("%d sheet%s: %s", len(names), plural(len(names)), list(names))
	if s.headless {
		text += ", no header: columns " + letterSpan(len(s.columns))
	}
	return text
}

// titles is how many rows stand above the header, from the first one with content on.
func (x *xlsxSheet) titles() int { return max(0, x.head-x.survey.First) }

// letterSpan names the first and the last of n columns.
func letterSpan(n int) string {
	if n == 1 {
		return "A"
	}
	return "A to " + ooxml.ColumnName(n)
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}
