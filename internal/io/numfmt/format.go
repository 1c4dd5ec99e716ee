// Package numfmt formats the numbers and texts of a workbook according to their number formats. It knows nothing about sheets and
// rows.
package numfmt

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Format defines how values are shown on a sheet: a section for each kind of number, and one for texts (ECMA-376 part 1, 18.8.31,
// numFmts). A nil Format is General.
type Format struct {
	sections []*section // for numbers, at most three; without any, numbers are shown as General
	texts    *section   // nil shows texts unchanged
}

// maxFormat is the maximum length, in characters, of a number format that programs accept.
const maxFormat = 255

// Parse returns the format of a code. It returns nil for General and for codes that are too long. Every other code gives a usable
// format.
func Parse(code string) *Format {
	if strings.EqualFold(code, "General") || code == "" || len(code) > 4*maxFormat || utf8.RuneCountInString(code) > maxFormat {
		return nil
	}
	var sections []*section
	for _, part := range splitSections(code) {
		sections = append(sections, newSection(part))
	}
	f := &Format{}
	last := len(sections) - 1
	if last == 3 || last < 3 && sections[last].kind == textSection {
		f.texts, sections = sections[last], sections[:last]
	}
	f.sections = sections
	f.setConditions()
	return f
}

// Workbook is what a format needs to know about the workbook.
type Workbook struct {
	Date1904 bool // dates count from 1904
	ISO      bool // dates are yyyy-mm-dd wherever their format says no more than a date, see Format.Number

	// Foreign formats a number of days in a language or calendar that this package does not support.
	Foreign func(code, days string) string
}

// Number formats a stored number. Programs write the format of a date that says no more than a date in different forms (built-in 14 is
// m/d/yyyy for one, dd.mm.yyyy for another), so with Workbook.ISO they all show yyyy-mm-dd, followed by the time if they have one.
func (f *Format) Number(stored string, in *Workbook) string {
	n, err := strconv.ParseFloat(stored, 64)
	if f == nil || err != nil {
		return general(stored)
	}
	s := f.section(n)
	switch {
	case s == nil:
		return general(stored)
	case !s.isDate():
		return s.show(n, stored)
	case in.Date1904:
		n += days1904
	}
	if n < 0 || n >= lastDay {
		return general(stored) // spreadsheets do not show it as a date either
	}
	return s.day(n, in)
}

// IsTime reports whether numbers are shown as dates, times or durations.
func (f *Format) IsTime() bool {
	return f != nil && slices.ContainsFunc(f.sections, func(s *section) bool { return s.isDate() || s.kind == elapsedSection })
}

// Date formats a date that is stored as text.
func (f *Format) Date(stored string, in *Workbook) string {
	if f == nil {
		return stored
	}
	days, ok := isoSerial(stored)
	if !ok {
		return stored
	}
	s := f.section(days)
	if s == nil || !s.isDate() {
		return stored
	}
	return s.day(days, in)
}

// splitSections returns the sections of a code, at most four.
func splitSections(code string) []string {
	var parts []string
	start := 0
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '"':
			i = closing(code, i, '"')
		case '[':
			i = closing(code, i, ']')
		case '\\', '_', '*':
			i++ // the bytes of a longer character are none of these
		case ';':
			parts = append(parts, code[start:i])
			start = i + 1
		}
	}
	parts = append(parts, code[start:])
	return parts[:min(len(parts), 4)]
}

// closing returns the position of the mark that ends what began at i, or the end of the code.
func closing(code string, i int, mark byte) int {
	if n := strings.IndexByte(code[i+1:], mark); n >= 0 {
		return i + 1 + n
	}
	return len(code)
}

// setConditions gives sections without a condition the condition that their position implies, and marks those that show no minus sign.
func (f *Format) setConditions() {
	s := f.sections
	switch {
	case len(s) == 2 && s[0].when == nil && s[1].when == nil:
		s[0].when = &condition{">=", 0}
	case len(s) == 3 && s[0].when == nil:
		s[0].when = &condition{">", 0}
	}
	if len(s) == 3 && s[1].when == nil {
		s[1].when = &condition{"<", 0}
	}
	for i, p := range s {
		p.bare = p.when.negative(0) || p.when.negative(-1) && p.hasMinus() || i == 2 && p.hasMinus()
	}
	if len(s) == 2 && s[1].when == nil {
		s[1].bare = s[0].when.positive()
	}
}

// section returns the section for n, or nil to show n as General.
func (f *Format) section(n float64) *section {
	if s := f.sections; len(s) == 2 && s[0].when == nil {
		if s[1].when.holds(n) {
			return s[1]
		}
		return s[0]
	}
	for _, s := range f.sections {
		if s.when.holds(n) {
			return s
		}
	}
	return nil
}

// Text formats a text. The spaces around it align columns and are removed.
func (f *Format) Text(v string) string {
	if f == nil || f.texts == nil {
		return v
	}
	var b strings.Builder
	found := false
	for _, p := range f.texts.pieces {
		if p.kind == textPiece {
			b.WriteString(v)
			found = true
		} else {
			b.WriteString(p.text)
		}
	}
	if shown := b.String(); !found || strings.TrimSpace(shown) != strings.TrimSpace(v) {
		return shown
	}
	return v
}
