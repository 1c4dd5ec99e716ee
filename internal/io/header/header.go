// Package header finds the row that names the columns of a table. It knows the first rows and nothing of where they come from.
package header

import (
	"slices"
	"strings"
)

// Of is the index, among the first rows with content, of the row that names the columns; -1 if none does. It is the row that looks like
// a header, unless another one has more of the wanted names, which must be there, or of the likely ones, which may; likely ones count
// only in a row that is wider than all above it.
func Of(rows [][]string, wanted, likely []string) int {
	guess := guessHeader(rows)
	if guess < 0 && len(rows) > 0 && Named(rows[0], wanted)+Named(rows[0], likely) > 0 {
		guess = 0
	}
	if guess < 0 || guess >= len(rows) {
		return guess
	}
	if len(wanted) > 0 {
		if at := mostNamed(rows, wanted); at >= 0 && Named(rows[at], wanted) > Named(rows[guess], wanted) {
			return at
		}
		return guess
	}
	if at := mostNamed(rows, likely); at >= 0 && Named(rows[guess], likely) == 0 && widest(rows[:at+1]) {
		return at
	}
	return guess
}

// mostNamed is the first of the rows that have most of the names, -1 if none has any.
func mostNamed(rows [][]string, names []string) int {
	best, most := -1, 0
	for i, row := range rows {
		if n := Named(row, names); n > most {
			best, most = i, n
		}
	}
	return best
}

// Named is how many of the names stand in the row, in any case of letters and with any white space.
func Named(row, names []string) int {
	n := 0
	for _, name := range names {
		if slices.ContainsFunc(row, func(cell string) bool { return plainName(cell) == plainName(name) }) {
			n++
		}
	}
	return n
}

func plainName(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// widest says whether the last row has more cells with content than each before it.
func widest(rows [][]string) bool {
	last := len(rows) - 1
	for _, row := range rows[:last] {
		if Filled(row) >= Filled(rows[last]) {
			return false
		}
	}
	return true
}
