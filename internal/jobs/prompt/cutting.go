package prompt

import (
	"strings"
	"unicode/utf8"
)

// breaks are the places where a text may be cut, the best first. A break belongs to the part that it ends.
var breaks = []string{"\n\n", "\r\n\r\n", "\n", "\r", ". ", "! ", "? ", "… ", "; ", ", ", " "}

// splitText cuts text into parts of at most limit characters, each as long as it can be. Joined, the parts are the text. A part ends after
// a paragraph if one ends in its second half, else after a line, a sentence or a word there, else anywhere between two characters. limit
// must be above 0.
func splitText(text string, limit int) []string {
	var all []string
	for text != "" {
		end := prefix(text, limit)
		if end < len(text) {
			half := prefix(text, (limit+1)/2)
			for _, b := range breaks {
				if at := strings.LastIndex(text[:end], b) + len(b); at >= half && at >= len(b) {
					end = at
					break
				}
			}
		}
		all = append(all, text[:end])
		text = text[end:]
	}
	return all
}

// prefix is the length in bytes of the first n characters.
func prefix(text string, n int) int {
	if n >= len(text) {
		return len(text)
	}
	end := 0
	for range n {
		if end >= len(text) {
			break
		}
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
	}
	return end
}
