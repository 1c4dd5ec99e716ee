package output

import (
	"slices"
	"strings"
	"unicode/utf8"

	"gigabatch/internal/io/table"
)

// cellSet is cells of an input that may hold completions, as a sink or a spreadsheet program has altered them.
type cellSet struct {
	n     int
	whole map[string]bool
	cut   []string   // the starts of texts that were cut
	holed [][]string // what is left of texts of which an encoding could not express everything
}

func newCellSet(cell string) *cellSet {
	s := &cellSet{}
	s.add(cell)
	return s
}

// cutMark ends a text that was too long for a cell.
const cutMark = "…"

// leastCut is how many bytes are left at least of a text that was cut: a cell holds 32,767 UTF-16 units.
const leastCut = 32_000

func (s *cellSet) add(cell string) {
	s.n++
	s.take(plain(cell))
	if bare := table.Unguarded(cell); bare != cell {
		s.take(plain(bare))
	}
}

// take adds one text that a cell may stand for.
func (s *cellSet) take(text string) {
	if s.whole == nil {
		s.whole = map[string]bool{}
	}
	s.whole[text] = true
	if start, ok := strings.CutSuffix(text, cutMark); ok && len(start) >= leastCut {
		s.cut = append(s.cut, start)
	}
	if rest := strings.Split(text, replacement); len(rest) > 1 && strings.TrimSpace(strings.Join(rest, "")) != "" {
		s.holed = append(s.holed, rest)
	}
}

// has reports whether one of the cells is that completion.
func (s *cellSet) has(completion string) bool {
	text := plain(completion)
	if s.whole[text] {
		return true
	}
	return slices.ContainsFunc(s.cut, func(start string) bool { return strings.HasPrefix(text, start) }) ||
		slices.ContainsFunc(s.holed, func(rest []string) bool { return fills(text, rest) })
}

// fills reports whether text begins with the first of parts, ends with the last, and has the others between them, in that order.
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

const replacement = string(utf8.RuneError)

// plain is a text without what may have changed on its way through a file: line ends, white space round it, and what is no text.
func plain(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	s = strings.ToValidUTF8(s, replacement)
	for strings.Contains(s, replacement+replacement) {
		s = strings.ReplaceAll(s, replacement+replacement, replacement)
	}
	return strings.TrimSpace(s)
}
