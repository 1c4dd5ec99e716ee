package ooxml

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"gigabatch/internal/messages"
)

// Survey is the result of a pass over a whole sheet that does not look at values.
type Survey struct {
	Rows    int // with content
	First   int // the first row with content, from 1; 0 if there is none
	Last    int // the last row with content
	Left    int // the first column with content in any row
	Columns int // the last column with content in any row
	Bottom  int // the last row, with or without content
	Right   int // the last column that has a cell, with or without content
	Merged  []Area
	Filter  Area // of the autofilter of the sheet
	Tables  []Table
	Formula map[int]int // the last row with a formula, by column
	Owned   []Area      // what formulas fill, sparklines, pivot tables, and the cells of comments and links
	Drawn   []Drawing   // what is drawn over the cells
	extents []extent    // of the rows, from the first to the last
}

// extent is a range of rows without a gap whose content begins and ends in the same columns.
type extent struct{ from, to, left, right int32 }

// maxExtents limits the memory for rows of different extents. The first and the last rows are kept apart, because a title may be above a
// table and a note below it.
const maxExtents = 4096

// Drawing is a chart or picture on a sheet.
type Drawing struct {
	Area  Area
	Chart bool
}

// Table is a table of a sheet (a list object).
type Table struct {
	Part    string
	Name    string
	Columns []string // the names that it declares
	Area    Area
	Header  bool // its first row contains the names of its columns
	Totals  int  // total rows at its end
	Query   bool // it is filled by a query
}

// Survey reads a sheet to its end.
func (p *Package) Survey(s Sheet) (*Survey, error) {
	n, err := p.Scan(s)
	if err != nil {
		return nil, err
	}
	defer n.Close()
	if err := checkText(n.head); err != nil {
		return nil, n.in(err)
	}
	v := &Survey{Formula: map[int]int{}}
	for {
		r, err := n.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := checkText(r.Raw); err != nil {
			return nil, n.in(err)
		}
		v.add(r)
	}
	tail, err := n.Tail()
	if err != nil {
		return nil, err
	}
	if err := v.readTail(tail); err != nil {
		return nil, n.in(err)
	}
	return v, p.objects(s, v)
}

func (v *Survey) add(r *Row) {
	v.Bottom = r.Number
	first, content := 0, 0
	for i := range r.Cells {
		c := &r.Cells[i]
		v.Right = max(v.Right, c.Column)
		if c.Has() {
			content = max(content, c.Column)
			if first == 0 {
				first = c.Column
			}
		}
		if c.Formula {
			v.addFormula(c, r.Number)
		}
	}
	if content > 0 {
		v.Rows++
		if v.Last = r.Number; v.First == 0 {
			v.First = r.Number
		}
		v.Columns = max(v.Columns, content)
		if v.Left == 0 || first < v.Left {
			v.Left = first
		}
		v.extend(extent{int32(r.Number), int32(r.Number), int32(first), int32(content)})
	}
}

// extend adds the extent of the next row with content.
func (v *Survey) extend(e extent) {
	n := len(v.extents)
	if n > 0 && v.extents[n-1].left == e.left && v.extents[n-1].right == e.right && v.extents[n-1].to == e.from-1 {
		v.extents[n-1].to = e.to
		return
	}
	if n == maxExtents {
		const first, last = maxExtents / 4, maxExtents * 3 / 4
		for _, x := range v.extents[first:last] {
			m := &v.extents[first]
			m.to, m.left, m.right = x.to, min(m.left, x.left), max(m.right, x.right)
		}
		v.extents = append(v.extents[:first+1], v.extents[last:]...)
	}
	v.extents = append(v.extents, e)
}

// own adds cells that belong to something else. Rows of the same columns are one area.
func (v *Survey) own(a Area) {
	if n := len(v.Owned); n > 0 && v.Owned[n-1].Left == a.Left && v.Owned[n-1].Right == a.Right && v.Owned[n-1].Bottom == a.Top-1 {
		v.Owned[n-1].Bottom = a.Bottom
		return
	}
	v.Owned = append(v.Owned, a)
}

// addFormula records the cells that a formula fills.
func (v *Survey) addFormula(c *Cell, row int) {
	v.Formula[c.Column] = max(row, v.Formula[c.Column])
	if c.Spill.Right > c.Column || c.Spill.Bottom > row {
		v.own(c.Spill)
	}
	for column := max(1, c.Spill.Left); column <= min(c.Spill.Right, MaxColumns); column++ {
		v.Formula[column] = max(c.Spill.Bottom, v.Formula[column])
	}
}

// readTail finds the merged cells and the filter in what follows the rows.
func (v *Survey) readTail(b []byte) error {
	for p := 0; ; {
		m, err := next(b, p)
		if err != nil {
			return nil // Tail has checked the markup
		}
		p = m.hi
		end := markup{span: span{m.hi, m.hi}}
		switch m.kind {
		case startTag:
			if end, err = elementEnd(b, m); err != nil {
				return err
			}
			p = end.hi
		case emptyTag:
		default:
			continue
		}
		switch local(m.name.of(b)) {
		case "mergeCells":
			err = eachChild(b, span{m.hi, end.lo}, func(m markup, _ span) error { return v.merge(b, m) })
		case "autoFilter":
			v.Filter, _ = parseArea(string(m.attribute(b, "ref")))
		case "hyperlinks":
			err = v.ownEach(b, span{m.hi, end.lo}, "ref")
		case "extLst":
			v.ownSparklines(b[m.hi:end.lo])
		}
		if err != nil {
			return err
		}
	}
}

func (v *Survey) merge(b []byte, m markup) error {
	ref := m.attribute(b, "ref")
	a, ok := parseArea(string(ref))
	if !ok {
		return messages.Errorf("merged cells have the invalid reference %q", ref)
	}
	v.Merged = append(v.Merged, a)
	return nil
}

// ownEach owns the areas that an attribute of each element names.
func (v *Survey) ownEach(b []byte, content span, name string) error {
	return eachChild(b, content, func(m markup, _ span) error {
		if a, ok := parseArea(string(m.attribute(b, name))); ok {
			v.own(a)
		}
		return nil
	})
}

// ownSparklines owns the cells with the small charts of an extension of Excel ([MS-XLSX] 2.6.157, CT_Sparkline).
func (v *Survey) ownSparklines(b []byte) {
	inside := false
	for p := 0; ; {
		m, err := next(b, p)
		if err != nil {
			return
		}
		p = m.hi
		switch name := local(m.name.of(b)); {
		case name == "sparkline":
			inside = m.kind == startTag
		case inside && name == "sqref" && m.kind == startTag:
			end, err := elementEnd(b, m)
			if err != nil {
				return
			}
			for _, ref := range strings.Fields(string(b[m.hi:end.lo])) {
				if a, ok := parseArea(ref); ok {
					v.own(a)
				}
			}
			p = end.hi
		}
	}
}

// objects finds the tables that the relationships of a sheet refer to, and what else has a place on it. Parts that only have a place are
// not checked.
func (p *Package) objects(s Sheet, v *Survey) error {
	rels, err := p.relations(s.Part)
	if err != nil {
		return err
	}
	for _, r := range rels {
		switch r.kind() {
		case "table":
			t, err := p.table(r.Target)
			if err != nil {
				return err
			}
			same := func(other Table) bool {
				return partName(other.Part) == partName(t.Part) || other.Area == t.Area && t.Area.Left > 0
			}
			if !slices.ContainsFunc(v.Tables, same) { // a table that is declared twice is one
				v.Tables = append(v.Tables, t)
			}
		case "pivotTable", "comments", "drawing":
			b, err := p.read(r.Target)
			if err != nil {
				continue
			}
			list, okList := child(b, "commentList")
			location, okLocation := child(b, "location")
			switch {
			case r.kind() == "drawing":
				v.Drawn = append(v.Drawn, drawings(b)...)
			case okList && list.kind == startTag:
				if end, err := elementEnd(b, list); err == nil {
					_ = v.ownEach(b, span{list.hi, end.lo}, "ref")
				}
			case okLocation:
				if a, ok := parseArea(string(location.attribute(b, "ref"))); ok {
					v.own(a)
				}
			}
		}
	}
	return nil
}

// drawings returns the charts and pictures of a drawing part that are anchored to cells (ECMA-376 part 1, 20.5.2).
func drawings(b []byte) (list []Drawing) {
	root, err := next(b, prologEnd(b))
	if err != nil || root.kind != startTag {
		return nil
	}
	end, err := elementEnd(b, root)
	if err != nil {
		return nil
	}
	_ = eachChild(b, span{root.hi, end.lo}, func(m markup, e span) error {
		anchor := e.of(b)
		column, row, ok := corner(anchor, "from")
		if !ok {
			return nil
		}
		a := Area{Left: column, Top: row, Right: column, Bottom: row}
		if column, row, ok = corner(anchor, "to"); ok {
			a.Right, a.Bottom = max(a.Left, column), max(a.Top, row)
		} else if size, ok := child(anchor, "ext"); ok {
			const width, height = 609_600, 190_500 // of a cell in EMU, about
			cx, _ := strconv.Atoi(string(size.attribute(anchor, "cx")))
			cy, _ := strconv.Atoi(string(size.attribute(anchor, "cy")))
			a.Right, a.Bottom = min(MaxColumns, column+max(0, cx)/width), min(MaxRows, row+max(0, cy)/height)
		}
		_, chart := child(anchor, "graphicFrame")
		list = append(list, Drawing{a, chart})
		return nil
	})
	return list
}

// corner returns the cell, from 1, at a corner of an anchor.
func corner(anchor []byte, name string) (column, row int, ok bool) {
	m, ok := child(anchor, name)
	if !ok || m.kind != startTag {
		return 0, 0, false
	}
	end, err := elementEnd(anchor, m)
	if err != nil {
		return 0, 0, false
	}
	b := anchor[m.hi:end.lo]
	number := func(name string) int {
		m, ok := child(b, name)
		if !ok {
			return 0
		}
		text, _, _ := bytes.Cut(b[m.hi:], []byte("<"))
		n, err := strconv.Atoi(string(bytes.TrimSpace(text)))
		if err != nil {
			return 0
		}
		return n + 1
	}
	column, row = number("col"), number("row")
	return column, row, column > 0 && column <= MaxColumns && row > 0 && row <= MaxRows
}

func (p *Package) table(part string) (Table, error) {
	b, err := p.read(part)
	if err != nil || b == nil {
		return Table{Part: part}, err
	}
	m, err := next(b, prologEnd(b))
	if err != nil {
		return Table{}, breaksOffAs(err)
	}
	t := Table{Part: part, Header: string(m.attribute(b, "headerRowCount")) != "0", Query: string(m.attribute(b, "tableType")) == "queryTable"}
	t.Name, _ = text(m.attribute(b, "displayName"))
	t.Area, _ = parseArea(string(m.attribute(b, "ref")))
	t.Totals, _ = strconv.Atoi(string(m.attribute(b, "totalsRowCount")))
	if list, ok := child(b, "tableColumns"); ok && list.kind == startTag {
		if end, err := elementEnd(b, list); err == nil {
			_ = eachChild(b, span{list.hi, end.lo}, func(m markup, _ span) error {
				name, _ := text(m.attribute(b, "name"))
				t.Columns = append(t.Columns, Unescape(name))
				return nil
			})
		}
	}
	return t, nil
}
