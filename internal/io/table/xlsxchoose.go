package table

import (
	"slices"
	"strconv"
	"strings"

	"gigabatch/internal/io/nearest"
	"gigabatch/internal/io/ooxml"
)

// choose is the sheet of the name that is asked for, or of that number, or the first visible one.
func (s *xlsxSource) choose() (ooxml.Sheet, error) {
	sheets, want := s.book.Sheets, s.options.Sheet
	if want == "" {
		i := slices.IndexFunc(sheets, func(sheet ooxml.Sheet) bool { return sheet.Visible })
		if i < 0 {
			return ooxml.Sheet{}, s.noSheet("the workbook has no visible sheet", "name one with --sheet: ")
		}
		return sheets[i], nil
	}
	if i := slices.IndexFunc(sheets, func(sheet ooxml.Sheet) bool { return sheet.Name == want }); i >= 0 {
		return sheets[i], nil
	}
	if n, err := strconv.Atoi(want); err == nil && n >= 1 && n <= len(sheets) {
		return sheets[n-1], nil
	}
	return ooxml.Sheet{}, s.unknownSheet(want)
}

func (s *xlsxSource) unknownSheet(want string) error {
	names := s.sheetNames()
	e := &Error{Name: s.name, Msg: "no sheet " + quote(want), Hint: "the sheets are " + list(names)}
	if near := nearest.Name(want, names); near != "" {
		e.Hint = "did you mean " + quote(near) + "? " + e.Hint
	}
	return e
}

// noSheet lists the sheets after a hint.
func (s *xlsxSource) noSheet(msg, hint string) error {
	if len(s.book.Sheets) == 0 {
		return &Error{Name: s.name, Msg: "the workbook has no sheet of cells", Hint: "save the table as a sheet of a workbook"}
	}
	return &Error{Name: s.name, Msg: msg, Hint: hint + list(s.sheetNames())}
}

func (s *xlsxSource) sheetNames() []string {
	names := make([]string, len(s.book.Sheets))
	for i, sheet := range s.book.Sheets {
		names[i] = sheet.Name
	}
	return names
}

// Sheets are the names of the visible sheets.
func (s *xlsxSource) Sheets() []string {
	var names []string
	for _, sheet := range s.book.Sheets {
		if sheet.Visible {
			names = append(names, sheet.Name)
		}
	}
	return names
}

// emptySheet lists the sheets that have content.
func (s *xlsxSource) emptySheet(p *ooxml.Package, empty ooxml.Sheet) error {
	e := &Error{Name: s.name, Msg: "the sheet " + quote(empty.Name) + " is empty", Hint: "no sheet of the workbook has content"}
	var full []string
	for _, sheet := range s.book.Sheets {
		if v, err := p.Survey(sheet); err == nil && v.Last > 0 {
			full = append(full, sheet.Name)
		}
	}
	if len(full) > 0 {
		e.Hint = "name one that has content with --sheet: " + list(full)
	}
	return e
}

func list(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	return strings.Join(quoted, ", ")
}
