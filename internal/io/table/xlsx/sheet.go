package xlsx

import (
	"fmt"
	"slices"

	"gigabatch/internal/io/header"
	"gigabatch/internal/io/ooxml"
	"gigabatch/internal/messages"
)

// worksheet is a sheet of the source.
type worksheet struct {
	ooxml.Sheet
	source  *source
	survey  *ooxml.Survey
	head    int      // row of the header; 0 if there is none
	columns []string // of the header, by column from 1
	paths   []string // parallel to columns: the names with the groups above them; nil if there are none
	first   []string // the cells of the header, or of the first row if there is no header
	at      []int    // for each of columns, its index in the Columns of the source

	main    string // the part of the main table, "" if there is none
	named   bool   // there is no header, and the table declares the names of the columns
	above   int    // the last row above the data, if there is no header
	numbers bool   // the first row below the header numbers the columns
	blank   bool   // no visible content
}

// last returns the last row of the sheet that may be a row of the source.
func (x *worksheet) last() int {
	n := x.survey.Last
	for _, t := range x.survey.Tables {
		if t.Part == x.main && t.Area.Bottom >= n {
			n = min(n, t.Area.Bottom-t.Totals)
		}
	}
	return n
}

// asked returns the numbers of the columns whose content makes a row ask: only such rows get answers. If that is unknown, all do.
func (x *worksheet) asked() (columns []int) {
	for i, name := range x.columns {
		if header.Named([]string{name}, x.source.Options.Asked) > 0 {
			columns = append(columns, i+1)
		}
	}
	if columns == nil {
		for i := range x.columns {
			columns = append(columns, i+1)
		}
	}
	return columns
}

// mainTable returns the table (list object) that contains the data of the sheet: of several, the one with the most columns that are asked,
// or the only one, with nothing to its left, and with at least half of the rows.
func (x *worksheet) mainTable() *ooxml.Table {
	v := x.survey
	if len(v.Tables) == 1 {
		if t := &v.Tables[0]; t.Area.Left > 0 && t.Area.Left <= v.Left && 2*(t.Area.Bottom-t.Area.Top+1) >= v.Rows {
			return t
		}
		return nil
	}
	names := x.source.Options.Wanted
	if len(names) == 0 {
		names = x.source.Options.Likely
	}
	var best *ooxml.Table
	most := 0
	for i := range v.Tables {
		t := &v.Tables[i]
		if n := header.Named(t.Columns, names); t.Area.Left > 0 && n > most {
			best, most = t, n
		}
	}
	return best
}

// askedTable returns the part of the table that contains the asked columns of the sheet, "" if none does. Without a prompt, that is the
// table with a column that is taken as the prompt, or the main table.
func (x *worksheet) askedTable() string {
	o := &x.source.Options
	at := func(name string) int {
		return slices.IndexFunc(x.columns, func(cell string) bool { return header.Named([]string{cell}, []string{name}) > 0 }) + 1
	}
	names := o.Wanted
	if len(names) == 0 {
		for _, name := range o.Likely {
			if at(name) > 0 {
				names = []string{name}
				break
			}
		}
	}
	if len(names) == 0 {
		return x.main
	}
	for _, t := range x.survey.Tables {
		if x.head < t.Area.Top || x.head > t.Area.Bottom {
			continue
		}
		for _, name := range names {
			if column := at(name); column > 0 && column >= t.Area.Left && column <= t.Area.Right {
				return t.Part
			}
		}
	}
	return ""
}

// headerPlace describes the position of the header.
func (x *worksheet) headerPlace() messages.Text {
	if x.head == 0 && x.named {
		return messages.Sprintf("no header: columns as the table declares them")
	} else if n := len(x.columns); x.head == 0 && n == 1 {
		return messages.Sprintf("no header: column A")
	} else if x.head == 0 {
		return messages.Sprintf("no header: columns A to %s", ooxml.ColumnName(n))
	}
	top := x.headTop()
	n := top - x.survey.First
	switch {
	case top < x.head && n > 0:
		return messages.Sprintf("header in rows %s (%d title {row|rows} above it)", fmt.Sprintf("%d-%d", top, x.head), n)
	case top < x.head:
		return messages.Sprintf("header in rows %s", fmt.Sprintf("%d-%d", top, x.head))
	case n > 0:
		return messages.Sprintf("header in row %d (%d title {row|rows} above it)", x.head, n)
	}
	return messages.Sprintf("header in row %d", x.head)
}
