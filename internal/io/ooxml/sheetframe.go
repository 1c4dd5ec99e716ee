package ooxml

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// colRange is an element col: the look of a range of columns.
type colRange struct {
	min, max int
	style    int
	attrs    attrs
}

// columnRanges returns the columns that the head of a sheet describes.
func columnRanges(head []byte) (list []colRange) {
	m, content := colsElement(head)
	if m.name.empty() {
		return nil
	}
	_ = eachChild(head, content, func(m markup, _ span) error {
		a := attributesOf(head, m)
		c := colRange{attrs: a}
		c.min, _ = strconv.Atoi(a.get("min"))
		c.max, _ = strconv.Atoi(a.get("max"))
		c.style, _ = strconv.Atoi(a.get("style"))
		if c.min > 0 && c.max >= c.min {
			list = append(list, c)
		}
		return nil
	})
	return list
}

// colsElement returns the start tag and the content of the element cols, or zero values.
func colsElement(head []byte) (markup, span) {
	m, ok := child(head, "cols")
	if !ok || m.kind == emptyTag {
		return m, span{m.hi, m.hi}
	}
	end, err := elementEnd(head, m)
	if err != nil {
		return markup{}, span{}
	}
	return m, span{m.hi, end.lo}
}

// child returns the first element with that local name.
func child(b []byte, name string) (markup, bool) {
	for p := 0; ; {
		m, err := next(b, p)
		if err != nil {
			return markup{}, false
		}
		if m.kind != endTag && m.kind <= emptyTag && local(m.name.of(b)) == name {
			return m, true
		}
		p = m.hi
	}
}

// fitted writes a sheet after its head. It holds back the beginning of the rows, because the head says how wide the columns are.
type fitted struct {
	to     io.Writer
	head   func(widths []float64) []byte // nil once the head is written
	widths []float64                     // of the columns of the edit, in characters
	held   []byte
}

// maxHeld is the length of the beginning that decides on the widths.
const maxHeld = 1 << 20

func (f *fitted) Write(b []byte) (int, error) {
	if f.head == nil {
		return f.to.Write(b)
	}
	if f.held = append(f.held, b...); len(f.held) < maxHeld {
		return len(b), nil
	}
	return len(b), f.flush()
}

// flush writes the head and what was held back.
func (f *fitted) flush() error {
	if f.head == nil {
		return nil
	}
	_, err := f.to.Write(asUTF8(f.head(f.widths)))
	if err == nil {
		_, err = f.to.Write(f.held)
	}
	f.head, f.held = nil, nil
	return err
}

// margin is the space beside the text of a cell, in characters.
const margin = 2

// widthOf returns the width that a cell needs, in characters, at most limit.
func widthOf(value any, limit float64) float64 {
	text := ""
	switch v := value.(type) {
	case string:
		text = v
	case time.Time:
		text = time.DateTime
	case Day:
		text = dayCode
	case int64, float64, bool:
		text = fmt.Sprint(v)
	}
	widest, width := 0, 0
	for _, r := range text {
		if width++; r == '\n' {
			width = 0
		}
		if widest = max(widest, width); float64(widest+margin) >= limit {
			return limit
		}
	}
	return float64(widest + margin)
}

// head returns the head of the sheet with the dimension and columns updated. widths are what the columns of the edit need.
func (e *Edit) head(n *Scanner, widths []float64) []byte {
	b := n.Head()
	var changes []splice
	if c, ok := e.columnsChange(b, n.prefix, widths); ok {
		changes = append(changes, c)
	}
	if e.Grow {
		return grownHead(applied(b, changes))
	}
	if m, ok := child(b, "dimension"); ok {
		changes = append(changes, reference(b, m, func(a Area) Area { return e.dimension(a) })...)
	}
	return applied(b, changes)
}

// dimension returns the area of all cells: the declared area, the cells with content, and what is written.
func (e *Edit) dimension(old Area) Area {
	a := old.union(e.area())
	v := e.Survey
	if v.Last > 0 {
		a = a.union(Area{a.Left, v.First, v.Columns, v.Last})
	}
	return a
}

// reference changes the attribute ref of a tag.
func reference(b []byte, m markup, change func(Area) Area) []splice {
	for p := m.attrs.lo; ; {
		a, ok := nextAttr(b, m.attrs, &p)
		if !ok {
			return nil
		}
		if string(a.name.of(b)) != "ref" {
			continue
		}
		if old, ok := parseArea(string(a.value.of(b))); ok {
			return []splice{{a.value, change(old).String()}}
		}
		return nil
	}
}

// minWidth is about the width that columns have without a setting.
const minWidth = 9

// columnsChange sets the width of the new columns, and makes them visible if a range of hidden columns includes them.
func (e *Edit) columnsChange(head []byte, prefix string, widths []float64) (splice, bool) {
	m, content := colsElement(head)
	ranges := columnRanges(head)
	changed := false
	for i, c := range e.Columns {
		if c.New {
			var done bool
			c.Width = min(c.Width, max(widths[i], minWidth))
			ranges, done = carve(ranges, c)
			changed = changed || done
		}
	}
	if !changed {
		return splice{}, false
	}
	slices.SortFunc(ranges, func(a, b colRange) int { return cmp.Compare(a.min, b.min) })
	var s strings.Builder
	for _, r := range ranges {
		s.WriteString("<" + prefix + "col" + r.attrs.with("min", strconv.Itoa(r.min)).with("max", strconv.Itoa(r.max)).String() + "/>")
	}
	switch {
	case m.name.empty():
		data, _ := child(head, "sheetData")
		return splice{span{data.lo, data.lo}, "<" + prefix + "cols>" + s.String() + "</" + prefix + "cols>"}, true
	case m.kind == emptyTag:
		return splice{m.span, "<" + prefix + "cols>" + s.String() + "</" + prefix + "cols>"}, true
	}
	return splice{content, s.String()}, true
}

// carve splits off a range for one column. It returns false if the column can stay as it is.
func carve(ranges []colRange, c Column) ([]colRange, bool) {
	own := colRange{min: c.Number, max: c.Number, attrs: attrs{{"min", ""}, {"max", ""}}}
	var out []colRange
	hides := false
	for _, r := range ranges {
		if c.Number < r.min || c.Number > r.max {
			out = append(out, r)
			continue
		}
		hides = isTrue([]byte(r.attrs.get("hidden")))
		own.attrs = r.attrs.without("hidden", "collapsed", "bestFit")
		if before := r; r.min < c.Number {
			before.max = c.Number - 1
			out = append(out, before)
		}
		if after := r; r.max > c.Number {
			after.min = c.Number + 1
			out = append(out, after)
		}
	}
	if c.Width == 0 && !hides {
		return ranges, false
	}
	if c.Width > 0 {
		own.attrs = own.attrs.with("width", strconv.FormatFloat(c.Width, 'f', -1, 64)).with("customWidth", "1")
	}
	return append(out, own), true
}

// tail returns the tail of the sheet. A filter that ends directly before the new columns is extended to include them: otherwise
// sorting by it would separate the answers from their rows.
func (e *Edit) tail(b []byte) []byte {
	if e.Survey.Filter == (Area{}) || !e.joins(e.Survey.Filter) {
		return b
	}
	m, ok := child(b, "autoFilter")
	if !ok {
		return b
	}
	return applied(b, reference(b, m, e.widened))
}

// widened returns an area extended by the new columns.
func (e *Edit) widened(a Area) Area {
	a.Right = e.last()
	return a
}
