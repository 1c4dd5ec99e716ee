package ooxml

import (
	"cmp"
	"slices"

	"gigabatch/internal/messages"
)

// Edit describes what is written to a sheet: a cell in each of Columns, for any of its rows.
type Edit struct {
	Sheet   Sheet
	Survey  *Survey
	Header  int      // row with the names of the columns; 0 if there is none
	Last    int      // the last row of the table; see Survey.LastRow
	Columns []Column // of the cells written to a row
	Table   string   // the part of the table that the new columns may join, "" if none may
	Beside  int      // the column whose look new cells take; 0 if there is none
	Grow    bool     // rows are appended, and no columns
}

// Column is the column that a cell of an edit is written to.
type Column struct {
	Number int     // from 1
	Name   string  // written into the header if the column is new
	New    bool    // it is to the right of everything between the header and the last row of the table
	Width  float64 // the largest of a new column, in characters: it is as wide as its content; 0 keeps the width of the sheet
}

// LastRow returns the last row of a table with a header in the given row: the last one with content in one of those columns, as far as the
// first and last cells of the row tell.
func (v *Survey) LastRow(header int, columns []int) int {
	for _, x := range slices.Backward(v.extents) {
		within := func(n int) bool { return n >= int(x.left) && n <= int(x.right) }
		if slices.ContainsFunc(columns, within) {
			return max(header, int(x.to), 1)
		}
	}
	return max(header, 1)
}

// Free returns the first of n columns to the right of everything in the rows from the header to the last one of the table, and
// the area that reaches there. In the rows below, the columns have no content either, as far as the first and last cells of the rows tell.
func (v *Survey) Free(header, last, n int) (column int, beside Area) {
	reach := func(a Area) {
		if a.Bottom >= header && a.Top <= last && a.Right > beside.Right {
			beside = a
		}
	}
	for _, x := range v.extents {
		reach(Area{int(x.right), max(header, int(x.from)), int(x.right), int(x.to)})
	}
	for _, a := range v.Merged {
		reach(a)
	}
	for _, t := range v.Tables {
		reach(t.Area)
	}
	for _, a := range v.Owned {
		reach(a)
	}
	for i := 0; i < len(v.extents); i++ {
		x := v.extents[i]
		if a := (Area{int(x.right), int(x.from), int(x.right), int(x.to)}); a.Bottom > last && int(x.left) <= beside.Right+n && a.Right > beside.Right {
			beside, i = a, -1 // and again: the columns may meet another row now
		}
	}
	return beside.Right + 1, beside
}

// Check refuses an edit that would change other content of the sheet: cells merged with others, and formulas.
func (e *Edit) Check() error {
	for _, c := range e.Columns {
		if c.New {
			continue
		}
		if row := e.Survey.Formula[c.Number]; row > e.Header {
			return refuse(messages.Sprintf("choose another column"),
				"cell %s contains a formula, which an answer would overwrite", CellName(c.Number, row))
		}
		for _, a := range e.Survey.Merged {
			if cell := hidden(a, c.Number, e.Header, e.lastRow()); cell != "" {
				return refuse(messages.Sprintf("unmerge the cells, or choose another column"), "cell %s is merged with others", cell)
			}
		}
	}
	if n := e.last(); n > MaxColumns {
		_, a := e.Survey.Free(e.Header, e.lastRow(), len(e.Columns))
		if a.Left == a.Right { // a row, or several of the same width
			return refuse(messages.Sprintf("write a .csv file, or clear the cell"),
				"the sheet has no room for more columns: cell %s has content", CellName(a.Right, a.Top))
		}
		return refuse(messages.Sprintf("write a .csv file, or unmerge or clear the cells"),
			"the sheet has no room for more columns: the cells %s belong together", a)
	}
	return nil
}

// lastRow returns the last row of the table.
func (e *Edit) lastRow() int { return cmp.Or(e.Last, e.Survey.Last) }

// Apart returns the filter of the header, and the tables that begin there, that do not include the new columns: whoever sorts
// them separates the answers from their rows.
func (e *Edit) Apart() (areas []Area) {
	if e.firstNew() == 0 || e.Header == 0 {
		return nil
	}
	if f := e.Survey.Filter; f.Top == e.Header && f.Right < e.firstNew()-1 {
		areas = append(areas, f)
	}
	for _, t := range e.Survey.Tables {
		if t.Area.Top == e.Header && t.Area.Contains(e.Beside, e.Header) && (!e.joins(t.Area) || !t.Header || t.Query) {
			areas = append(areas, t.Area)
		}
	}
	return areas
}

// Under returns what is drawn over the new columns.
func (e *Edit) Under() (list []Drawing) {
	first, last := e.firstNew(), e.last()
	for _, d := range e.Survey.Drawn {
		if a := d.Area; first > 0 && a.Right >= first && a.Left <= last && a.Bottom >= e.Header && a.Top <= e.lastRow() {
			list = append(list, d)
		}
	}
	return list
}

// hidden returns the name of a cell of that column, below the header, that a merged area hides, or "".
func hidden(a Area, column, header, last int) string {
	first := max(a.Top, header+1)
	for row := first; row <= min(a.Bottom, last, first+1); row++ {
		if a.Hides(column, row) {
			return CellName(column, row)
		}
	}
	return ""
}

// last returns the last column of the edit, or 0.
func (e *Edit) last() int {
	last := 0
	for _, c := range e.Columns {
		last = max(last, c.Number)
	}
	return last
}

// firstNew returns the first new column, or 0.
func (e *Edit) firstNew() int {
	first := 0
	for _, c := range e.Columns {
		if c.New && (first == 0 || c.Number < first) {
			first = c.Number
		}
	}
	return first
}

// joins reports whether an area that begins with the header must be widened to include the new columns: they begin directly to its right, or
// inside it.
func (e *Edit) joins(a Area) bool {
	first := e.firstNew()
	return first > 0 && e.Header > 0 && a.Top == e.Header && a.Right >= first-1 && a.Right < e.last()
}

// area returns the area that the edit may write to.
func (e *Edit) area() Area {
	a := Area{Left: MaxColumns, Top: max(1, e.Header), Bottom: max(1, e.Header, e.Survey.Last)}
	for _, c := range e.Columns {
		a.Left, a.Right = min(a.Left, c.Number), max(a.Right, c.Number)
	}
	return a
}

func (a Area) union(b Area) Area {
	return Area{min(a.Left, b.Left), min(a.Top, b.Top), max(a.Right, b.Right), max(a.Bottom, b.Bottom)}
}
