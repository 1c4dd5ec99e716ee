package ooxml

import "gigabatch/internal/messages"

// Edit describes what is written to a sheet: a cell in each of Columns, for any of its rows.
type Edit struct {
	Sheet   Sheet
	Survey  *Survey
	Header  int      // row with the names of the columns; 0 if there is none
	Columns []Column // of the cells written to a row
	Table   string   // the part of the table that the new columns may join, "" if none may
	Beside  int      // the column whose look new cells take; 0 if there is none
	Grow    bool     // rows are appended, and no columns
}

// Column is the column that a cell of an edit is written to.
type Column struct {
	Number int     // from 1
	Name   string  // written into the header if the column is new
	New    bool    // it is to the right of everything on the sheet
	Width  float64 // of a new column, in characters; 0 keeps the width of the sheet
}

// Free returns the first column to the right of everything on the sheet from the given row on.
func (v *Survey) Free(row int) int {
	used := v.Columns
	for _, a := range v.Merged {
		if a.Bottom >= row {
			used = max(used, a.Right)
		}
	}
	for _, t := range v.Tables {
		used = max(used, t.Area.Right)
	}
	return used + 1
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
			if cell := hidden(a, c.Number, e.Header, e.Survey.Last); cell != "" {
				return refuse(messages.Sprintf("unmerge the cells, or choose another column"), "cell %s is merged with others", cell)
			}
		}
	}
	if n := e.last(); n > MaxColumns {
		return refuse(messages.Sprintf("write a .csv file, or unmerge the cells that span the whole sheet"),
			"the sheet has no room for more columns")
	}
	return nil
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

// joins reports whether the new columns begin directly to the right of an area that begins with the header.
func (e *Edit) joins(a Area) bool {
	first := e.firstNew()
	return first > 0 && e.Header > 0 && a.Top == e.Header && a.Right == first-1
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
