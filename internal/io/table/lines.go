package table

import (
	"maps"
	"math"
	"slices"
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

// parseKept parses lines of which each range may follow the name of its sheet, as in "7,Sheet 1:9-11" or "Sheet 1!7". The key of lines without
// a sheet is "".
func parseKept(text string) (map[string]Lines, error) {
	kept, begun := map[string]Lines{}, ""
	var fault error // of a range, unless it is the beginning of a name with commas
	for part := range strings.SplitSeq(text, ",") {
		part = begun + part
		at := strings.LastIndexAny(part, ":!") + 1
		lines, err := ParseLines(part[at:])
		if err == nil && (lines != nil || text == "") {
			sheet := strings.TrimSpace(part[:max(0, at-1)])
			kept[sheet], begun = append(kept[sheet], lines...), ""
			continue
		}
		if begun == "" {
			if fault = err; err == nil {
				fault = messages.Errorf("%q is not a range of rows", strings.TrimSpace(part))
			}
		}
		begun = part + ","
	}
	if begun != "" {
		return nil, fault
	}
	return kept, nil
}

// CheckKept refuses rows to keep of a sheet that is none of the sheets of an input, whose names are in any case.
func (o *Options) CheckKept(input string, sheets []string) error {
	kept, _ := parseKept(o.KeepRows) // Check has refused others
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		if name == "" || slices.ContainsFunc(sheets, func(sheet string) bool { return strings.EqualFold(sheet, name) }) {
			continue
		}
		e := &Error{Name: input, Msg: messages.Sprintf("the rows to keep: no sheet %q", name), Hint: hintKept}
		if len(sheets) > 0 {
			e.Hint = messages.Sprintf("sheets: %s", messages.Quoted(sheets))
		}
		return e
	}
	return nil
}

var hintKept = messages.Sprintf("examples: 7 or 7,305 or 310-320; of one sheet: Sheet1:7")

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
