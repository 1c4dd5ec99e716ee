package table

import (
	"fmt"
	"strings"

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
	return text + ", " + x.headerPlace()
}

// mostTold is how many sheets are told with their headers.
const mostTold = 12

func (s *xlsxSource) dialectOfAll() string {
	var told []string
	for i, x := range s.sheets {
		if i == mostTold {
			told = append(told, fmt.Sprintf("and %d more", len(s.sheets)-mostTold))
			break
		}
		told = append(told, quote(x.Name)+", "+x.headerPlace())
	}
	return fmt.Sprintf("%d sheet%s: %s", len(s.sheets), plural(len(s.sheets)), strings.Join(told, "; "))
}

// headerPlace is where the header stands.
func (x *xlsxSheet) headerPlace() string {
	if x.head == 0 {
		return "no header: columns " + letterSpan(len(x.columns))
	}
	text := fmt.Sprintf("header in row %d", x.head)
	if n := x.titles(); n > 0 {
		text += fmt.Sprintf(" (%d row%s of title above it)", n, plural(n))
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
