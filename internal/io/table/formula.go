package table

import (
	"strings"
	"unicode/utf8"

	"gigabatch/internal/io/header"
)

// Guard prevents a spreadsheet program that opens a CSV file from running an answer as a formula. The zero value guards.
type Guard struct {
	Off     bool
	Guarded int
	cells   []any
}

// Cells returns the cells given to a sink. Each text that a spreadsheet program would run gets an apostrophe in front. The result is
// valid until the next call.
func (g *Guard) Cells(cells []any) []any {
	if g.Off {
		return cells
	}
	g.cells = append(g.cells[:0], cells...)
	for i, cell := range g.cells {
		if text, ok := cell.(string); ok && isFormula(text) {
			g.cells[i] = "'" + text
			g.Guarded++
		}
	}
	return g.cells
}

// isFormula reports whether a spreadsheet program may run the text of a CSV cell.
func isFormula(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return text != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", r) && !header.PlainNumber(text)
}

// IsPicture reports whether a cell contains a picture. WPS writes a picture as a formula whose result is that formula.
func IsPicture(text string) bool {
	return strings.HasPrefix(text, "=DISPIMG(") || strings.HasPrefix(text, "=_xlfn.DISPIMG(")
}

// Unguarded returns the text without the apostrophe that a CSV output puts before a text that a spreadsheet program would run.
func Unguarded(text string) string {
	if bare, ok := strings.CutPrefix(text, "'"); ok && isFormula(bare) {
		return bare
	}
	return text
}
