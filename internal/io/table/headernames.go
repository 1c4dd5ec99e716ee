package table

import (
	"slices"
	"strings"
)

// headerOf is guessHeader, unless another row has more of the names that are looked for.
func (o Options) headerOf(rows [][]string) int {
	guess := guessHeader(rows)
	if guess < 0 && len(rows) > 0 && named(rows[0], o.Wanted)+named(rows[0], o.Likely) > 0 {
		guess = 0
	}
	if guess < 0 || guess >= len(rows) {
		return guess
	}
	if len(o.Wanted) > 0 {
		if at := mostNamed(rows, o.Wanted); at >= 0 && named(rows[at], o.Wanted) > named(rows[guess], o.Wanted) {
			return at
		}
		return guess
	}
	if at := mostNamed(rows, o.Likely); at >= 0 && named(rows[guess], o.Likely) == 0 && widest(rows[:at+1]) {
		return at
	}
	return guess
}

// mostNamed is the first of the rows that have most of the names, -1 if none has any.
func mostNamed(rows [][]string, names []string) int {
	best, most := -1, 0
	for i, row := range rows {
		if n := named(row, names); n > most {
			best, most = i, n
		}
	}
	return best
}

// named is how many of the names stand in the row, in any case of letters and with any white space.
func named(row, names []string) int {
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
		if filled(row) >= filled(rows[last]) {
			return false
		}
	}
	return true
}
