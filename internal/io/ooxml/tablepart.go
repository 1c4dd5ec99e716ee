package ooxml

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxName is the maximum length of the name of a table column.
const maxName = 255

// table writes the part of a table. The table of the edit is extended to include the new columns if it ends directly before them, unless
// several sheets have it.
func (x *Writer) table(e *Edit, t Table) error {
	if partName(t.Part) != partName(e.Table) || !e.joins(t.Area) || !t.Header || t.Query || x.sheetsWith(t.Part) > 1 {
		return x.replace(t.Part, nil)
	}
	b, err := x.from.read(t.Part)
	if err != nil || b == nil {
		return err
	}
	return x.replace(t.Part, e.extended(b))
}

// sheetsWith returns the number of sheets that refer to the part of a table.
func (x *Writer) sheetsWith(part string) int {
	n := 0
	for _, sheet := range x.book.Sheets {
		rels, err := x.from.relations(sheet.Part)
		if err == nil && slices.ContainsFunc(rels, func(r relation) bool { return r.kind() == "table" && partName(r.Target) == partName(part) }) {
			n++
		}
	}
	return n
}

// extended returns the part of a table with the new columns, or nil if the table cannot include them.
func (e *Edit) extended(b []byte) []byte {
	root, ok := child(b, "table")
	list, okList := child(b, "tableColumns")
	if !ok || !okList || list.kind != startTag {
		return nil
	}
	end, err := elementEnd(b, list)
	if err != nil {
		return nil
	}
	names, last := tableColumns(b, span{list.hi, end.lo})
	changes := reference(b, root, e.widened)
	if m, ok := child(b, "autoFilter"); ok {
		changes = append(changes, reference(b, m, e.widened)...)
	}
	prefix := prefixOf(list.name.of(b))
	add := splice{span: span{end.lo, end.lo}}
	n := len(names)
	for _, c := range e.Columns {
		if !c.New {
			continue
		}
		if names[strings.ToLower(c.Name)] || utf8.RuneCountInString(c.Name) > maxName {
			return nil
		}
		names[strings.ToLower(c.Name)] = true
		n++
		last++
		add.text += "<" + prefix + `tableColumn id="` + strconv.Itoa(last) +
			`" name="` + attrEscaper.Replace(string(AppendEscaped(nil, c.Name))) + `"/>`
	}
	return applied(b, append(changes, add, countOf(b, list, n)))
}

// tableColumns returns the names of the columns of a table in lower case, which must be unique, and the largest ID.
func tableColumns(b []byte, content span) (names map[string]bool, last int) {
	names = map[string]bool{}
	_ = eachChild(b, content, func(m markup, _ span) error {
		name, _ := text(m.attribute(b, "name"))
		names[strings.ToLower(Unescape(name))] = true
		if id, err := strconv.Atoi(string(m.attribute(b, "id"))); err == nil {
			last = max(last, id)
		}
		return nil
	})
	return names, last
}

// countOf changes the attribute count of a tag.
func countOf(b []byte, m markup, n int) splice {
	for p := m.attrs.lo; ; {
		a, ok := nextAttr(b, m.attrs, &p)
		if !ok {
			return splice{span: span{m.hi, m.hi}}
		}
		if string(a.name.of(b)) == "count" {
			return splice{a.value, strconv.Itoa(n)}
		}
	}
}
