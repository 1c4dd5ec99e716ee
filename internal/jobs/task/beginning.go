package task

import "unicode/utf8"

// maxShown limits the bytes of a prompt or an input cell that are shown.
const maxShown = 64 << 10

// Beginning returns the part of a text that is shown: all of it, or the first 64 KiB and an ellipsis.
func Beginning(s string) string {
	if len(s) <= maxShown {
		return s
	}
	end := maxShown
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + " …"
}
