package output

import (
	"slices"
	"strings"
	"unicode/utf8"

	"gigabatch/internal/io/table"
)

// cellSet is a set of input cells that may hold completions. It allows for the changes that a sink or a spreadsheet program makes to a
// text.
type cellSet struct {
	n     int // number of cells
	whole map[string]bool
	cut   []string   // beginnings of texts that were cut
	holed [][]string // parts of texts in which the encoding could not express some characters
}

func newCellSet(cell string) *cellSet {
	s := &cellSet{}
	s.add(cell)
	return s
}

// cutMark ends a text that was too long for a cell.
const cutMark = "…"

// minCut is the least length in bytes of a text that was cut: a cell holds 32,767 UTF-16 units.
const minCut = 32_000

func (s *cellSet) add(cell string) {
	s.n++
	s.take(plain(cell))
	if bare := table.Unguarded(cell); bare != cell {
		s.take(plain(bare))
	}
}

// take adds a text that a cell may have held.
func (s *cellSet) take(text string) {
	if s.whole == nil {
		s.whole = map[string]bool{}
	}
	s.whole[text] = true
	if start, ok := strings.CutSuffix(text, cutMark); ok && len(start) >= minCut {
		s.cut = append(s.cut, start)
	}
	if rest := strings.Split(text, replacement); len(rest) > 1 && strings.TrimSpace(strings.Join(rest, "")) != "" {
		s.holed = append(s.holed, rest)
	}
}

// has reports whether one of the cells may hold the completion.
func (s *cellSet) has(completion string) bool {
	text := plain(completion)
	if s.whole[text] {
		return true
	}
	return slices.ContainsFunc(s.cut, func(start string) bool { return strings.HasPrefix(text, start) }) ||
		slices.ContainsFunc(s.holed, func(rest []string) bool { return fills(text, rest) })
}

// fills reports whether text starts with the first part, ends with the last, and contains the others between them in order.
func fills(text string, parts []string) bool {
	last := len(parts) - 1
	text, ok := strings.CutPrefix(text, parts[0])
	for _, p := range parts[1:last] {
		if ok {
			_, text, ok = strings.Cut(text, p)
		}
	}
	return ok && strings.HasSuffix(text, parts[last])
}

// questioned reports whether text is own with question marks for some of its characters, as Excel saves those that the encoding of a file
// lacks: one mark, or two for a character beyond the basic plane.
func questioned(text, own string) bool {
	text, own = plain(text), plain(own)
	for _, r := range own {
		next, n := utf8.DecodeRuneInString(text)
		if next != r && (next != '?' || r < utf8.RuneSelf) {
			return false
		}
		if text = text[n:]; next == '?' && r > 0xFFFF {
			text = strings.TrimPrefix(text, "?")
		}
	}
	return text == ""
}

const replacement = string(utf8.RuneError)

// plain normalizes what a file may change in a text: line endings, surrounding white space, and invalid UTF-8.
func plain(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	s = strings.ToValidUTF8(s, replacement)
	for strings.Contains(s, replacement+replacement) {
		s = strings.ReplaceAll(s, replacement+replacement, replacement)
	}
	return strings.TrimSpace(s)
}
