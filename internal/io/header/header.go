// Package header finds the row that contains the column names of a table. It sees only the first rows and does not know their source.
package header

import (
	"slices"
	"strings"
)

// Of returns the index, among the first non-empty rows, of the row that contains the column names, or -1. It is the row that looks
// like a header, unless another row has more of the wanted names, which are required, or of the likely names, which are optional. A
// row further down counts only if everything above it is emptier, so that a value in a row of data is never taken for a name.
func Of(rows [][]string, wanted, likely []string) int {
	guess := guessHeader(rows)
	if guess < 0 && len(rows) > 0 && Named(rows[0], wanted)+Named(rows[0], likely) > 0 {
		guess = 0
	}
	if guess < 0 || guess >= len(rows) {
		return guess
	}
	if len(wanted) > 0 {
		at := mostNamed(rows, wanted)
		if at >= 0 && Named(rows[at], wanted) > Named(rows[guess], wanted) && (at < guess || mayReplace(rows, guess, at, wanted)) {
			return at
		}
		return guess
	}
	at := mostNamed(rows, likely)
	if at >= 0 && Named(rows[guess], likely) == 0 && (at < guess && widest(rows[:at+1]) || at > guess && mayReplace(rows, guess, at, likely)) {
		return at
	}
	return guess
}

// mayReplace reports whether row at, which has some of the names, may be the header although the guessed row above it looks like one: the
// rows above it are comments and labels, or emptier, with a guessed row that is clearly narrower than the rows below it, and the names do
// not occur below as values.
func mayReplace(rows [][]string, guess, at int, names []string) bool {
	if !said(rows, at) && (!widest(rows[:at+1]) || wideEnough(rows, guess)) {
		return false
	}
	for column, cell := range rows[at] {
		if Named([]string{cell}, names) > 0 && repeated(rows[at:], column) {
			return false
		}
	}
	return true
}

// said reports whether all rows above a row are comments and labels.
func said(rows [][]string, at int) bool {
	for i := range at {
		if !isComment(rows[i]) && !isLabel(rows, i) {
			return false
		}
	}
	return at > 0
}

// mostNamed returns the first of the rows that have most of the names, or -1 if no row has any.
func mostNamed(rows [][]string, names []string) int {
	best, most := -1, 0
	for i, row := range rows {
		if n := Named(row, names); n > most {
			best, most = i, n
		}
	}
	return best
}

// Named returns the number of names that occur in the row, possibly after the groups of a header of several rows, "group / name". Case and
// white space are ignored.
func Named(row, names []string) int {
	n := 0
	for _, name := range names {
		name = plainName(name)
		if slices.ContainsFunc(row, func(cell string) bool {
			cell = plainName(cell)
			return cell == name || cell != "" && strings.HasSuffix(name, " / "+cell)
		}) {
			n++
		}
	}
	return n
}

func plainName(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// widest reports whether the last row has more cells with content than every row before it.
func widest(rows [][]string) bool {
	last := len(rows) - 1
	for _, row := range rows[:last] {
		if Filled(row) >= Filled(rows[last]) {
			return false
		}
	}
	return true
}
