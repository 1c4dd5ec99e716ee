// Package nearest finds the intended name for a mistyped one.
package nearest

import (
	"cmp"
	"slices"
	"strings"
)

// Name returns the name that a mistyped one probably stands for: the closest of names if only a few letters differ, else "".
func Name(mistyped string, names []string) string {
	best, least := "", 1+len([]rune(mistyped))/3
	for _, name := range names {
		if d := distance(strings.ToLower(mistyped), strings.ToLower(name)); d <= least {
			best, least = name, d-1
		}
	}
	return best
}

// Names returns the n names that are most like a mistyped one, the most similar first: those with the longest common beginning, then those
// that differ in the fewest letters. What comes before a slash does not count.
func Names(mistyped string, names []string, n int) []string {
	short := func(name string) string { return strings.ToLower(name[strings.LastIndexByte(name, '/')+1:]) }
	like := short(mistyped)
	begins := func(name string) (same int) {
		for same < min(len(like), len(name)) && like[same] == name[same] {
			same++
		}
		return same
	}
	near := slices.Clone(names)
	slices.SortStableFunc(near, func(a, b string) int {
		a, b = short(a), short(b)
		return cmp.Or(cmp.Compare(begins(b), begins(a)), cmp.Compare(distance(like, a), distance(like, b)))
	})
	return near[:min(n, len(near))]
}

// distance returns the number of letters to insert, delete or replace (the Levenshtein distance).
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	row := make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i, c := range s {
		diag := row[0]
		row[0] = i + 1
		for j, d := range t {
			cost := diag
			if c != d {
				cost++
			}
			diag = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(t)]
}
