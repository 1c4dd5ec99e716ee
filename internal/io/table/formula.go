package table

import (
	"strings"
	"unicode/utf8"

	"gigabatch/internal/io/header"
)

// Guard keeps a spreadsheet that opens a CSV file from running what an answer says. Its zero value guards.
type Guard struct {
	Off     bool
	Guarded int
	cells   []any
}

// Cells are the cells given to a sink, each text that a spreadsheet would run with an apostrophe before it. They are valid until the
// next call.
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

// isFormula says whether a spreadsheet may run the text of a CSV cell.
func isFormula(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return text != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", r) && !header.PlainNumber(text)
}

// Unguarded is the text without the apostrophe that a CSV output puts before what a spreadsheet would run.
func Unguarded(text string) string {
	if bare, ok := strings.CutPrefix(text, "'"); ok && isFormula(bare) {
		return bare
	}
	return text
}
