package table

import (
	"errors"

	"gigabatch/internal/io/ooxml"
)

// xlsxSheet is a sheet of the source.
type xlsxSheet struct {
	ooxml.Sheet
	survey  *ooxml.Survey
	head    int      // row of the header, 0 if there is none
	columns []string // of the header, by column from 1
	first   []string // the cells of the header, or of the first row where there is none
	at      []int    // for each of columns its place in the source's Columns

	totals ooxml.Area // of a table; its rows are none
	blank  bool       // nothing that could be seen
}

// openSheet finds what a sheet has, and its header.
func (s *xlsxSource) openSheet(p *ooxml.Package, sheet ooxml.Sheet) (*xlsxSheet, error) {
	x := &xlsxSheet{Sheet: sheet}
	var err error
	if x.survey, err = p.Survey(sheet); err != nil {
		return nil, s.inSheet(x, err)
	}
	if x.blank = x.survey.Last == 0; x.blank {
		return x, nil
	}
	if err = s.findHeader(p, x); err != nil {
		return nil, s.inSheet(x, err)
	}
	if t := x.mainTable(); t != nil && t.Totals > 0 && !s.options.NoHeader {
		x.totals = t.Area
		x.totals.Top = t.Area.Bottom - t.Totals + 1
	}
	x.at = make([]int, len(x.columns))
	for i := range x.at {
		x.at[i] = i
	}
	return x, nil
}

// last is the last row of the sheet that may be one of the source.
func (x *xlsxSheet) last() int {
	if n := x.survey.Last; !x.isTotal(n) {
		return n
	}
	return x.totals.Top - 1
}

func (x *xlsxSheet) isTotal(row int) bool { return row >= x.totals.Top && row <= x.totals.Bottom }

// mainTable is the table (list object) that is the sheet's data: the only one, which nothing stands left of, and which holds at least
// half of the rows.
func (x *xlsxSheet) mainTable() *ooxml.Table {
	v := x.survey
	if len(v.Tables) != 1 {
		return nil
	}
	t := &v.Tables[0]
	rows := t.Area.Bottom - t.Area.Top + 1
	if t.Area.Left == 0 || t.Area.Left > v.Left || 2*rows < v.Rows {
		return nil
	}
	return t
}

// join adds the columns and rows of a sheet to those of the sheets before it. Where a name stands more than once in a sheet, each
// of them is a column.
func (s *xlsxSource) join(x *xlsxSheet) {
	free := map[string][]int{} // the places of each name
	for i, name := range s.columns {
		free[name] = append(free[name], i)
	}
	for i, name := range x.columns {
		if places := free[name]; len(places) > 0 {
			x.at[i], free[name] = places[0], places[1:]
			continue
		}
		x.at[i] = len(s.columns)
		s.columns = append(s.columns, name)
	}
	s.sheets = append(s.sheets, x)
}

// inSheet says where an error comes from, where more than one sheet is read.
func (s *xlsxSource) inSheet(x *xlsxSheet, err error) error {
	err = s.named(err)
	var e *Error
	if errors.As(err, &e) && s.options.AllSheets && e.Sheet == "" {
		e.Sheet = x.Name
	}
	return err
}
