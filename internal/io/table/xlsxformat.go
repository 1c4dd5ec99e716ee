package table

import (
	"strings"
	"unicode/utf8"
)

// numberFormat is a way to show the values of a sheet: a section for each kind of number, and one for texts (ECMA-376 part 1,
// 18.8.31, numFmts).
type numberFormat struct {
	sections []*section // for numbers, at most three; without any they are shown as General
	texts    *section   // nil to show texts as they are
}

// maxFormat is the length in characters up to which programs accept a number format.
const maxFormat = 255

// newNumberFormat is nil for General and what is too long for a number format.
func newNumberFormat(code string) *numberFormat {
	if strings.EqualFold(code, "General") || code == "" || len(code) > 4*maxFormat || utf8.RuneCountInString(code) > maxFormat {
		return nil
	}
	var sections []*section
	for _, part := range splitSections(code) {
		sections = append(sections, newSection(part))
	}
	f := &numberFormat{}
	last := len(sections) - 1
	if last == 3 || last < 3 && sections[last].kind == textSection {
		f.texts, sections = sections[last], sections[:last]
	}
	f.sections = sections
	f.setConditions()
	return f
}

// splitSections is the sections of a code, at most four.
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

// closing is where the mark that ends what began at i stands, or the end of the code.
func closing(code string, i int, mark byte) int {
	if n := strings.IndexByte(code[i+1:], mark); n >= 0 {
		return i + 1 + n
	}
	return len(code)
}

// setConditions gives the sections without one the condition that their place means, and says which show no minus.
func (f *numberFormat) setConditions() {
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

// section is the one that shows n, nil to show it as General.
func (f *numberFormat) section(n float64) *section {
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

// text is a text as the format shows it. Space around it keeps columns in line, and is no part of it.
func (f *numberFormat) text(v string) string {
	if f.texts == nil {
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

// shortDate is how dates are shown whose format leaves that to the place where the workbook is opened.
const shortDate = "yyyy-mm-dd"

// builtInFormats are those that a workbook need not define (ECMA-376 part 1, 18.8.30, numFmt). Those from 27 on depend on the
// language of the program.
var builtInFormats = map[int]string{
	1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
	14: shortDate, 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "hh:mm", 21: "hh:mm:ss", 22: shortDate + " hh:mm",
	27: shortDate, 28: shortDate, 29: shortDate, 30: shortDate, 31: shortDate, 32: "hh:mm:ss", 33: "hh:mm:ss", 34: "hh:mm:ss", 35: "hh:mm:ss", 36: shortDate,
	37: "#,##0 ;(#,##0)", 38: "#,##0 ;[Red](#,##0)", 39: "#,##0.00 ;(#,##0.00)", 40: "#,##0.00 ;[Red](#,##0.00)",
	41: `_(* #,##0_);_(* \(#,##0\);_(* "-"_);_(@_)`, 42: `_("$"* #,##0_);_("$"* \(#,##0\);_("$"* "-"_);_(@_)`,
	43: `_(* #,##0.00_);_(* \(#,##0.00\);_(* "-"??_);_(@_)`, 44: `_("$"* #,##0.00_);_("$"* \(#,##0.00\);_("$"* "-"??_);_(@_)`,
	45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
	50: shortDate, 51: shortDate, 52: shortDate, 53: shortDate, 54: shortDate, 55: shortDate, 56: shortDate, 57: shortDate, 58: shortDate,
}

// formatCode is the code of a number format, "" for General.
func formatCode(id int, code string) string {
	if code == "" {
		code = builtInFormats[id]
	}
	if strings.EqualFold(code, "General") {
		return ""
	}
	return code
}
