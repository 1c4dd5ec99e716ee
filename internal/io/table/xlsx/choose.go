package xlsx

import (
	"slices"
	"strconv"

	"gigabatch/internal/io/nearest"
	"gigabatch/internal/io/ooxml"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// choose returns the sheet of a workbook with the wanted name or number, or the first visible one.
func choose(sheets []ooxml.Sheet, want, book string) (ooxml.Sheet, error) {
	if want == "" {
		i := slices.IndexFunc(sheets, func(sheet ooxml.Sheet) bool { return sheet.Visible })
		if i < 0 {
			return ooxml.Sheet{}, noSheet(sheets, book, messages.Sprintf("the workbook has no visible sheet"),
				messages.Sprintf("choose one with --sheet: %s", messages.Quoted(sheetNames(sheets))))
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
	e := &table.Error{Name: book, Msg: messages.Sprintf("no sheet %q", want),
		Hint: messages.Sprintf("the sheets are %s", messages.Quoted(names))}
	if near := nearest.Name(want, names); near != "" {
		e.Hint = messages.Sprintf("did you mean %q? %s", near, e.Hint)
	}
	return e
}

// noSheet returns the error for a workbook without a usable sheet.
func noSheet(sheets []ooxml.Sheet, book string, msg, hint messages.Text) error {
	if len(sheets) == 0 {
		return &table.Error{Name: book, Msg: messages.Sprintf("the workbook has no worksheet"),
			Hint: messages.Sprintf("save the table on a worksheet")}
	}
	return &table.Error{Name: book, Msg: msg, Hint: hint}
}

func sheetNames(sheets []ooxml.Sheet) []string {
	names := make([]string, len(sheets))
	for i, sheet := range sheets {
		names[i] = sheet.Name
	}
	return names
}

// emptySheet returns the error for an empty sheet. Its hint lists the sheets with content.
func emptySheet(p *ooxml.Package, sheets []ooxml.Sheet, empty, book string) error {
	e := &table.Error{Name: book, Msg: messages.Sprintf("sheet %q is empty", empty),
		Hint: messages.Sprintf("every sheet of the workbook is empty")}
	if full := fullSheets(p, sheets, func(ooxml.Sheet) bool { return true }); len(full) > 0 {
		e.Hint = messages.Sprintf("choose one that is not empty with --sheet: %s", messages.Quoted(full))
	}
	return e
}

// fullSheets returns the names of those of the sheets that are not empty.
func fullSheets(p *ooxml.Package, sheets []ooxml.Sheet, of func(ooxml.Sheet) bool) []string {
	var full []string
	for _, sheet := range sheets {
		if !of(sheet) {
			continue
		}
		if v, err := p.Survey(sheet); err == nil && v.Last > 0 {
			full = append(full, sheet.Name)
		}
	}
	return full
}
