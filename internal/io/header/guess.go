package header

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// guessHeader returns the index, among the first non-empty rows, of the row that contains the column names, or -1. The rows above it
// are a title. The result does not change when columns are appended to the header and cells to the rows, or when similar rows are
// added below.
func guessHeader(rows [][]string) int {
	if len(rows) == 0 {
		return 0
	}
	if firstIsData(rows) {
		return -1
	}
	return titleRows(rows)
}

// firstIsData reports whether the first row is data like the rows below it. Only a value that cannot be a name proves this: a number
// or a date in a column of such values, or a sentence above other sentences in a file of one column.
func firstIsData(rows [][]string) bool {
	if len(rows) < 2 || counted(rows[0]) {
		return false
	}
	oneColumn := !slices.ContainsFunc(rows, func(row []string) bool { return reach(row) > 1 })
	if first := cellAt(rows[0], 0); oneColumn && isSentence(first) {
		return alikeBelow(rows, 0, 60, func(cell string) bool { return isSentence(cell) && sentenceMark(cell) == sentenceMark(first) })
	}
	for i, cell := range rows[0] {
		kind := cellKindOf(cell)
		if kind.value() && alikeBelow(rows, i, 80, kind.is) && !isNumberName(rows, i) {
			return true
		}
		if kind == wordKind && valuesBelow(rows, i) {
			return false // it is a name
		}
	}
	return false
}

// isNumberName reports whether the number in that column of the first row may also be a name: a small number to the right of a word that
// is above other words.
func isNumberName(rows [][]string, column int) bool {
	if cell := strings.TrimSpace(rows[0][column]); len(cell) > 3 || cell == "" || strings.Trim(cell, "0123456789") != "" {
		return false
	}
	for i := range column {
		if isWord(rows[0][i]) && alikeBelow(rows, i, 80, wordKind.is) && !repeated(rows, i) {
			return true
		}
	}
	return false
}

// repeated reports whether the first cell of the column occurs in it again.
func repeated(rows [][]string, column int) bool {
	return slices.ContainsFunc(rows[1:], func(row []string) bool { return cellAt(row, column) == rows[0][column] })
}

// alikeBelow reports whether the second row, and the given percentage of all other rows with content in the column, have a cell of
// that kind.
func alikeBelow(rows [][]string, column, percent int, like func(string) bool) bool {
	if !like(cellAt(rows[1], column)) {
		return false
	}
	filled, alike := 0, 0
	for _, row := range rows[1:] {
		if cell := cellAt(row, column); strings.TrimSpace(cell) != "" {
			filled++
			if like(cell) {
				alike++
			}
		}
	}
	return alike*100 >= filled*percent
}

// titleRows returns the number of rows above the header. It is 0 unless the first row is a comment or a label, or clearly emptier than a
// later row, and that row is as wide as the table and has names in all its cells.
func titleRows(rows [][]string) int {
	first := Filled(rows[0])
	titled := said(rows, 1)
	for i := 1; i < len(rows); i++ {
		if !full(rows, i) || titled && (isComment(rows[i]) || isLabel(rows, i)) {
			continue
		}
		if names(rows[i]) && (titled || emptier(first, Filled(rows[i]), OverValues(rows, i)) || cutTitle(rows, i) || paddedTitle(rows, i) ||
			signed(rows[0]) && wordsOver(rows, i)) {
			return i
		}
		return 0
	}
	return 0
}

// signed reports whether the row begins with a number sign and a space, like a comment and like the name "# of orders".
func signed(row []string) bool { return len(row) > 0 && strings.HasPrefix(row[0], "# ") }

// isComment reports whether the row is a comment: it begins with a number sign and is one text, possibly split at its commas.
func isComment(row []string) bool {
	if len(row) == 0 || !strings.HasPrefix(row[0], "#") {
		return false
	}
	return Filled(row) == 1 || Prose(row[:reach(row)]) || len(strings.Fields(row[0])) > 2
}

// isLabel reports whether the row is a label with its value, such as "Period: May". Of a label and values in cells of their own, a value
// has digits, or a neighbouring row is another label or a comment: "Name:" may also be the name of a column.
func isLabel(rows [][]string, i int) bool {
	name, value, found := strings.Cut(strings.TrimSpace(cellAt(rows[i], 0)), ":")
	switch {
	case !found || name == "":
		return false
	case value != "":
		return Filled(rows[i]) == 1 && strings.HasPrefix(value, " ")
	}
	labelled := func(row []string) bool {
		next := strings.TrimSpace(cellAt(row, 1))
		return strings.HasSuffix(strings.TrimSpace(cellAt(row, 0)), ":") && next != "" && !strings.HasSuffix(next, ":")
	}
	digits := func(cell string) bool { return strings.ContainsAny(cell, "0123456789") }
	return labelled(rows[i]) && (slices.ContainsFunc(rows[i][1:], digits) || i+1 < len(rows) && labelled(rows[i+1]) ||
		i > 0 && (labelled(rows[i-1]) || isComment(rows[i-1])))
}

// emptier reports whether a first row with first cells is a title above a header of n cells. A header may also have a single name, so
// in a doubtful case the header must be above values.
func emptier(first, n int, overValues bool) bool {
	if first == 1 {
		return n > 2 || overValues
	}
	return 2*first < n && overValues
}

// cutTitle reports whether the first row is a text with commas that was split into fewer cells than row i, which has names above
// values.
func cutTitle(rows [][]string, i int) bool {
	first := rows[0][:reach(rows[0])]
	if len(first) < 2 || len(first) >= Filled(rows[i]) ||
		slices.ContainsFunc(first[1:], func(cell string) bool { return !strings.HasPrefix(cell, " ") }) {
		return false
	}
	return !Prose(rows[i]) && OverValues(rows, i)
}

// paddedTitle reports whether the first row is a text of several words followed by empty cells up to the width of row i, where row i
// has only single words, at least one of them above longer texts.
func paddedTitle(rows [][]string, i int) bool {
	return Filled(rows[0]) == 1 && len(rows[0]) == len(rows[i]) && len(strings.Fields(rows[0][0])) > 1 && wordsOver(rows, i)
}

// wordsOver reports whether row i has only single words that do not occur below, at least one of them above longer texts.
func wordsOver(rows [][]string, i int) bool {
	if i+1 >= len(rows) {
		return false
	}
	overTexts := false
	for column, cell := range rows[i] {
		if !isWord(cell) || repeated(rows[i:], column) {
			return false
		}
		overTexts = overTexts || alikeBelow(rows[i:], column, 60, func(s string) bool { return len(strings.Fields(s)) > 1 })
	}
	return overTexts
}

// full reports whether a row has a cell above every cell with content below, except in the corner, and is about as wide as most rows
// below it.
func full(rows [][]string, i int) bool {
	n := Filled(rows[i])
	if n < 2 {
		return false
	}
	for column, cell := range rows[i] {
		if strings.TrimSpace(cell) == "" && (column > 0 || n < 3) && anyBelow(rows[i:], column) {
			return false
		}
	}
	return wideEnough(rows, i)
}

// wideEnough reports whether a row is about as wide as most rows below it.
func wideEnough(rows [][]string, i int) bool {
	var below []int
	for _, row := range rows[i+1:] {
		below = append(below, reach(row))
	}
	if len(below) == 0 {
		return true
	}
	slices.Sort(below)
	return reach(rows[i])*4 >= below[len(below)/2]*3
}

// anyBelow reports whether a cell below the first row has content.
func anyBelow(rows [][]string, column int) bool {
	for _, row := range rows[1:] {
		if strings.TrimSpace(cellAt(row, column)) != "" {
			return true
		}
	}
	return false
}

// OverValues reports whether the row has a name above numbers or dates.
func OverValues(rows [][]string, i int) bool {
	if i+1 >= len(rows) {
		return false
	}
	for column, cell := range rows[i] {
		if cellKindOf(cell) == wordKind && valuesBelow(rows[i:], column) {
			return true
		}
	}
	return false
}

// valuesBelow reports whether the column has numbers or dates below the first of the rows.
func valuesBelow(rows [][]string, column int) bool {
	return alikeBelow(rows, column, 80, numberKind.is) || alikeBelow(rows, column, 80, dateKind.is)
}

const maxName = 300

// names reports whether every cell may be the name of a column.
func names(row []string) bool {
	for _, cell := range row {
		if cellKindOf(cell).value() || utf8.RuneCountInString(cell) > maxName {
			return false
		}
	}
	return true
}

// counted reports whether the numbers of a row are column numbers (0, 1, 2 or 1, 2, 3), or others in equal steps.
func counted(row []string) bool {
	var ns []float64
	for _, cell := range row {
		if k := cellKindOf(cell); k == numberKind || k == yearKind {
			ns = append(ns, numberOf(cell))
		}
	}
	if len(ns) < 2 || ns[0] == ns[1] || len(ns) == 2 && (ns[0] != 0 && ns[0] != 1 || ns[1] != ns[0]+1) {
		return false
	}
	for i := 2; i < len(ns); i++ {
		if ns[i]-ns[i-1] != ns[1]-ns[0] {
			return false
		}
	}
	return true
}

func cellAt(row []string, column int) string {
	if column < len(row) {
		return row[column]
	}
	return ""
}

// Filled returns the number of cells of the row with content.
func Filled(row []string) int {
	n := 0
	for _, cell := range row {
		if strings.TrimSpace(cell) != "" {
			n++
		}
	}
	return n
}

// reach returns the position of the last cell with content, from 1.
func reach(row []string) int {
	for n := len(row); n > 0; n-- {
		if strings.TrimSpace(row[n-1]) != "" {
			return n
		}
	}
	return 0
}

// Prose reports whether the cells are parts of a sentence, that is, begin with a space.
func Prose(row []string) bool {
	spaces := 0
	for _, cell := range row[1:] {
		if strings.HasPrefix(cell, " ") {
			spaces++
		}
	}
	return spaces*2 >= len(row)-1
}
