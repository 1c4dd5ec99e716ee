package table

import "strings"

// Nearest is the name that was probably meant by a mistyped one: the closest of names if few letters differ, else "".
func Nearest(mistyped string, names []string) string {
	best, least := "", 1+len([]rune(mistyped))/3
	for _, name := range names {
		if d := distance(strings.ToLower(mistyped), strings.ToLower(name)); d <= least {
			best, least = name, d-1
		}
	}
	return best
}
