package ooxml

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// look is a cell format for a new cell that is derived from another format.
type look struct {
	style int
	kind  lookKind
}

type lookKind byte

const (
	plain  lookKind = iota // the same, but values are shown as they are
	prose                  // the same, but text is wrapped and shown as it is
	moment                 // the same, but a number is shown as date and time
	day                    // the same, but a number is shown as a date, in dayCode
)

// dateTime is the built-in format of date and time, which programs show according to the locale of the user (ECMA-376 part 1,
// 18.8.30).
const dateTime = "22"

// firstOwnFormat is the number of the first number format that is not built in.
const firstOwnFormat = 164

// maxFormats is the maximum number of cell formats that Excel accepts.
const maxFormats = 65490

// looks allocates cell formats, and appends those that the workbook lacks.
type looks struct {
	styles *Styles
	known  map[look]int
	added  []string
	code   int // the number of the number format that was appended for days; 0 if none was
}

// after returns the number of the format for a look. If the workbook has no formats, it returns the style of k.
func (l *looks) after(k look) int {
	if k.style < 0 || k.style >= l.styles.Len() {
		return k.style
	}
	if n, ok := l.known[k]; ok {
		return n
	}
	format := ""
	switch k.kind {
	case moment:
		format = dateTime
	case day:
		format = l.dayFormat()
	}
	n := l.find(l.styles.derive(k, format))
	if n < 0 {
		n = k.style
	}
	l.known[k] = n
	return n
}

// find returns the number of a format with exactly this XML, which it appends if necessary. It returns -1 if the workbook cannot take
// more.
func (l *looks) find(xf string) int {
	s := l.styles
	for i, f := range s.formats {
		if string(f.of(s.Raw)) == xf {
			return i
		}
	}
	if i := slices.Index(l.added, xf); i >= 0 {
		return s.Len() + i
	}
	if s.Len()+len(l.added) >= maxFormats {
		return -1
	}
	l.added = append(l.added, xf)
	return s.Len() + len(l.added) - 1
}

// dayFormat returns the number of dayCode among the number formats of the workbook, to which it is added if necessary.
func (l *looks) dayFormat() string {
	s := l.styles
	last := firstOwnFormat - 1
	for _, id := range slices.Sorted(maps.Keys(s.codes)) {
		if code := strings.ReplaceAll(s.codes[id], `\`, ""); strings.EqualFold(code, dayCode) {
			return strconv.Itoa(id)
		}
		last = max(last, id)
	}
	if l.code == 0 {
		for i := range s.formats {
			id, _ := s.NumberFormat(i)
			last = max(last, id)
		}
		l.code = last + 1
	}
	return strconv.Itoa(l.code)
}

// derive returns the element xf of a look with the given number format. A format of "" shows values as they are.
func (s *Styles) derive(k look, format string) string {
	e := s.formats[k.style]
	m, err := lexMarkup(s.Raw, e.lo)
	if err != nil {
		return string(e.of(s.Raw))
	}
	a := attributesOf(s.Raw, m).without("quotePrefix", "pivotButton")
	switch {
	case format != "":
		a = a.with("numFmtId", format).with("applyNumberFormat", "1")
	case a.get("numFmtId") != "0" && a.get("numFmtId") != "":
		a = a.with("numFmtId", "0").without("applyNumberFormat")
	}
	content := ""
	if m.kind == startTag {
		end, err := elementEnd(s.Raw, m)
		if err != nil {
			return string(e.of(s.Raw))
		}
		content = string(s.Raw[m.hi:end.lo])
	}
	prefix := prefixOf(m.name.of(s.Raw))
	if k.kind == prose {
		a = a.with("applyAlignment", "1")
		content = wrapped(content, prefix)
	}
	if content == "" {
		return "<" + prefix + "xf" + a.String() + "/>"
	}
	return "<" + prefix + "xf" + a.String() + ">" + content + "</" + prefix + "xf>"
}

// wrapped returns the content of an xf with an alignment that wraps text.
func wrapped(content, prefix string) string {
	b := []byte(content)
	out := ""
	_ = eachChild(b, span{0, len(b)}, func(m markup, e span) error {
		if local(m.name.of(b)) == "alignment" {
			a := attributesOf(b, m).without("shrinkToFit").with("wrapText", "1")
			out = content[:e.lo] + "<" + prefix + "alignment" + a.String() + "/>" + content[e.hi:]
		}
		return nil
	})
	if out == "" {
		out = "<" + prefix + `alignment vertical="top" wrapText="1"/>` + content
	}
	return out
}

// patched returns the part with the appended formats, or nil if none were appended.
func (l *looks) patched() []byte {
	if len(l.added) == 0 {
		return nil
	}
	s := l.styles
	changes := []splice{{span: span{s.list.hi, s.list.hi}}}
	for _, xf := range l.added {
		changes[0].text += xf
	}
	changes = append(changes, countOf(s.Raw, s.tag, s.Len()+len(l.added)))
	if l.code > 0 {
		changes = append(changes, s.withCode(l.code, dayCode)...)
	}
	return applied(s.Raw, changes)
}
