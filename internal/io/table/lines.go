package table

import (
	"math"
	"strconv"
	"strings"

	"gigabatch/internal/messages"
)

// Lines are lines of a text file or rows of a sheet, from 1.
type Lines []span

// span is a range of lines, including both ends.
type span struct{ first, last int }

// ParseLines parses a list of lines such as "2-10,20-30", "7" or "500-". The result is nil for "".
func ParseLines(text string) (Lines, error) {
	if text == "" {
		return nil, nil
	}
	var lines Lines
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		p, ok := span{last: math.MaxInt}, false
		if p.first, ok = lineNumber(from); ok && !isRange {
			p.last = p.first
		} else if ok && strings.TrimSpace(to) != "" {
			p.last, ok = lineNumber(to)
		}
		switch {
		case !ok:
			return nil, messages.Errorf("%q is not a range of rows", strings.TrimSpace(part))
		case p.last < p.first:
			return nil, messages.Errorf("%q ends before it begins", strings.TrimSpace(part))
		}
		lines = append(lines, p)
	}
	return lines, nil
}

func lineNumber(text string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	return n, err == nil && n > 0
}

// Has reports whether a line is one of them.
func (l Lines) Has(line int) bool {
	for _, p := range l {
		if p.first <= line && line <= p.last {
			return true
		}
	}
	return false
}

// Last returns the last of the lines, 0 if there are none.
func (l Lines) Last() int {
	last := 0
	for _, p := range l {
		last = max(last, p.last)
	}
	return last
}
