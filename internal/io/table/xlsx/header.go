package xlsx

import (
	"errors"
	"io"
	"slices"

	"gigabatch/internal/io/header"
	"gigabatch/internal/io/ooxml"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// guessRows is the number of rows with content that are examined to find the header.
const guessRows = 50

// findHeader finds the row with the column names: the requested one, that of the table or filter of the sheet, or the one that looks
// like a header.
func (x *worksheet) findHeader(p *ooxml.Package) error {
	if x.source.Options.HeaderRow > 0 && !x.source.Options.NoHeader {
		return x.headerAt(p, x.source.Options.HeaderRow)
	}
	if x.knownHeader(p) {
		return nil
	}
	if t := x.mainTable(); t != nil && t.Header && !x.source.Options.NoHeader {
		return x.headerAt(p, t.Area.Top)
	}
	if top := x.survey.Filter.Top; top >= max(1, x.survey.First) && top < x.survey.Last && !x.source.Options.NoHeader {
		if err := x.headerAt(p, top); err == nil {
			return nil
		}
	}
	head, columns, err := x.guess(p)
	if err != nil || x.blank {
		return err
	}
	if head == 0 || x.source.Options.NoHeader {
		x.columns = table.Letters(x.survey.Columns)
		return nil
	}
	x.head, x.columns, x.first = head, columns, columns
	return nil
}

// knownHeader uses the row that was found earlier, if it fits.
func (x *worksheet) knownHeader(p *ooxml.Package) bool {
	k, ok := x.source.Options.Known(x.Name)
	if !ok {
		return false
	}
	rows, lines, err := x.firstRows(p)
	if err != nil || len(rows) == 0 {
		return false
	}
	if k.Header == 0 {
		if !k.Fits(rows[0]) {
			return false
		}
		x.columns, x.first = table.Letters(x.survey.Columns), rows[0]
		return true
	}
	i := slices.Index(lines, k.Header)
	if i < 0 || !k.Fits(rows[i]) {
		return false
	}
	x.head, x.columns, x.first = k.Header, rows[i], rows[i]
	return true
}

// guess returns the row that looks like the header, or 0, and its cells.
func (x *worksheet) guess(p *ooxml.Package) (head int, columns []string, err error) {
	rows, lines, err := x.firstRows(p)
	if err != nil {
		return 0, nil, err
	}
	if x.blank = len(rows) == 0; x.blank {
		return 0, nil, nil
	}
	x.first = rows[0]
	i := header.Of(squeezed(rows), x.source.Options.Wanted, x.source.Options.Likely)
	if i < 0 {
		return 0, nil, nil
	}
	return lines[i], rows[i], nil
}

// squeezed returns the rows without the columns that are empty in all of them, because an added column may follow such columns.
func squeezed(rows [][]string) [][]string {
	var used []bool
	for _, row := range rows {
		used = append(used, make([]bool, max(0, len(row)-len(used)))...)
		for i, cell := range row {
			used[i] = used[i] || cell != ""
		}
	}
	all := make([][]string, len(rows))
	for n, row := range rows {
		for i, cell := range row {
			if used[i] {
				all[n] = append(all[n], cell)
			}
		}
	}
	return all
}

// firstRows returns the first rows with content, and their positions.
func (x *worksheet) firstRows(p *ooxml.Package) (rows [][]string, lines []int, err error) {
	r, err := x.walk(p)
	if err != nil {
		return nil, nil, err
	}
	defer r.close()
	for len(rows) < guessRows {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		rows, lines = append(rows, r.filled()), append(lines, row.Number)
	}
	return rows, lines, nil
}

// headerAt makes a row the header.
func (x *worksheet) headerAt(p *ooxml.Package, head int) error {
	if x.head = head; x.source.Options.AllSheets && head >= x.survey.Last {
		return nil // the row does not exist
	}
	r, err := x.walk(p)
	if err != nil {
		return err
	}
	defer r.close()
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) || err == nil && row.Number > head {
			return x.noHeader(p)
		}
		if err != nil {
			return err
		}
		if row.Number == head {
			x.columns = r.filled()
			x.first = x.columns
			return nil
		}
	}
}

func (x *worksheet) noHeader(p *ooxml.Package) error {
	e := &table.Error{Name: x.source.Path, Line: x.head, Msg: messages.Sprintf("row %d of sheet %q is empty", x.head, x.Name),
		Hint: messages.Sprintf("no row of the sheet looks like a header")}
	if head, _, err := x.guess(p); err == nil && head > 0 {
		e.Hint = messages.Sprintf("the header seems to be in row %d; specify --header-row %d", head, head)
	}
	return e
}
