package xlsx

import (
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
	first   []string // the cells of the header, or of the first row if there is no header
	at      []int    // for each of columns, its index in the Columns of the source

	totals ooxml.Area // the totals of a table, which are not rows
	blank  bool       // no visible content
}

// last returns the last row of the sheet that may be a row of the source.
func (x *worksheet) last() int {
	if n := x.survey.Last; !x.isTotal(n) {
		return n
	}
	return x.totals.Top - 1
}

func (x *worksheet) isTotal(row int) bool { return row >= x.totals.Top && row <= x.totals.Bottom }

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

// mainTable returns the table (list object) that contains the data of the sheet: the only one, with nothing to its left, and with at
// least half of the rows.
func (x *worksheet) mainTable() *ooxml.Table {
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

// headerPlace describes the position of the header.
func (x *worksheet) headerPlace() messages.Text {
	if n := len(x.columns); x.head == 0 && n == 1 {
		return messages.Sprintf("no header: column A")
	} else if x.head == 0 {
		return messages.Sprintf("no header: columns A to %s", ooxml.ColumnName(n))
	}
	if n := x.head - x.survey.First; n > 0 {
		return messages.Sprintf("header in row %d (%d title {row|rows} above it)", x.head, n)
	}
	return messages.Sprintf("header in row %d", x.head)
}
