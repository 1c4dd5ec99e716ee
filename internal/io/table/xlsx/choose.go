package xlsx

import (
	"slices"
	"strconv"
	"strings"

	"gigabatch/internal/io/nearest"
	"gigabatch/internal/io/ooxml"
	"gigabatch/internal/io/table"
)

// choose is the sheet of a book that has the name that is wanted, or that number, or the first visible one.
func choose(sheets []ooxml.Sheet, want, book string) (ooxml.Sheet, error) {
	if want == "" {
		i := slices.IndexFunc(sheets, func(sheet ooxml.Sheet) bool { return sheet.Visible })
		if i < 0 {
			return ooxml.Sheet{}, noSheet(sheets, book, "the workbook has no visible sheet", "name one with --sheet: ")
		}
		return sheets[i], nil
	}
	if i := slices.IndexFunc(sheets, func(sheet ooxml.Sheet) bool { return sheet.Name == want }); i >= 0 {
		return sheets[i], nil
	}
	if n, err := strconv.Atoi(want); err == nil && n >= 1 && n <= len(sheets) {
		return sheets[n-1], nil
	}
	return ooxml.Sheet{}, unknownSheet(sheets, want, book)
}

func unknownSheet(sheets []ooxml.Sheet, want, book string) error {
	names := sheetNames(sheets)
	e := &table.Error{Name: book, Msg: "no sheet " + quote(want), Hint: "the sheets are " + list(names)}
	if near := nearest.Name(want, names); near != "" {
		e.Hint = "did you mean " + quote(near) + "? " + e.Hint
	}
	return e
}

// noSheet lists the sheets after a hint.
func noSheet(sheets []ooxml.Sheet, book, msg, hint string) error {
	if len(sheets) == 0 {
		return &table.Error{Name: book, Msg: "the workbook has no sheet of cells", Hint: "save the table as a sheet of a workbook"}
	}
	return &table.Error{Name: book, Msg: msg, Hint: hint + list(sheetNames(sheets))}
}

func sheetNames(sheets []ooxml.Sheet) []string {
	names := make([]string, len(sheets))
	for i, sheet := range sheets {
		names[i] = sheet.Name
	}
	return names
}

// emptySheet lists the sheets that have content.
func emptySheet(p *ooxml.Package, sheets []ooxml.Sheet, empty, book string) error {
	e := &table.Error{Name: book, Msg: "the sheet " + quote(empty) + " is empty", Hint: "no sheet of the workbook has content"}
	var full []string
	for _, sheet := range sheets {
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

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func quote(name string) string { return `"` + name + `"` }
