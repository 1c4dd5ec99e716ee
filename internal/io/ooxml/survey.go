package ooxml

import (
	"errors"
	"io"
	"slices"
	"strconv"

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
	v.Tables, err = p.tables(s)
	return v, err
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
	}
}

// addFormula records the cells that a formula fills.
func (v *Survey) addFormula(c *Cell, row int) {
	v.Formula[c.Column] = max(row, v.Formula[c.Column])
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

// tables returns the tables that the relationships of a sheet refer to.
func (p *Package) tables(s Sheet) ([]Table, error) {
	rels, err := p.relations(s.Part)
	if err != nil {
		return nil, err
	}
	var tables []Table
	for _, r := range rels {
		if r.kind() != "table" {
			continue
		}
		t, err := p.table(r.Target)
		if err != nil {
			return nil, err
		}
		same := func(other Table) bool {
			return partName(other.Part) == partName(t.Part) || other.Area == t.Area && t.Area.Left > 0
		}
		if !slices.ContainsFunc(tables, same) { // a table that is declared twice is one
			tables = append(tables, t)
		}
	}
	return tables, nil
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
