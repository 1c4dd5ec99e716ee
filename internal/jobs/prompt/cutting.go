package prompt

import (
	"strings"
	"unicode/utf8"
)

// breaks are the places where a text can be cut, the best first. A break belongs to the part before it.
var breaks = []string{"\n\n", "\r\n\r\n", "\n", "\r", ". ", "! ", "? ", "… ", "; ", ", ", " "}

// splitText cuts text into parts of at most limit characters, each as long as possible. Joined, the parts are the text. A part ends after a
// paragraph if one ends in its second half, else after a line, a sentence or a word there, else between any two characters. limit must be
// positive.
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

// prefix returns the length of the first n characters in bytes.
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
