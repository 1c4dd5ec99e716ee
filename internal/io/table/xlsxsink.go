package table

import (
	"errors"

	"github.com/xuri/excelize/v2"
)

// xlsxCopy writes the workbook again with cells added to one sheet. New columns come after everything that the sheet has,
// also after cells that have no header and merged cells; a new cell looks like the last one under the header, except that text wraps
// and that its number format is not taken. Refilled cells keep their style. A text longer than a cell can
// hold is cut and counted.
type xlsxCopy struct {
	*output
	dst     string
	book    *book
	source  *xlsxSource
	order   order
	columns []int // of each cell, from 1
	first   int   // the first new column, 0 if there is none
	styles  map[look]int
	merged  []area
	cut     int
}

func (s *xlsxSource) copySink(dst string, columns []string) (Sink, error) {
	l, err := s.layoutFor(columns)
	if err != nil {
		return nil, err
	}
	if from, to := extension(s.name), extension(dst); formats[to] == XLSX && formats[from] == XLSX && from != to {
		return nil, &Error{Name: dst, Msg: "a workbook keeps its kind, which is " + from, Hint: "name the output " + from}
	}
	b, err := s.copyBook()
	if err != nil {
		return nil, err
	}
	x := &xlsxCopy{dst: dst, book: b, source: s, order: order{columns: len(columns)}, styles: map[look]int{}}
	if err := guard(func() error { return x.begin(l, columns) }); err != nil {
		return nil, errors.Join(s.named(err), b.Close())
	}
	if x.output, err = newOutput(&s.header, dst); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return x, nil
}

// copyBook opens the workbook once more, to be written to.
func (s *xlsxSource) copyBook() (*book, error) {
	f, err := openRegular(s.name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if !f.id.Same(s.id) {
		return nil, s.changed()
	}
	zr, total, err := openZip(f)
	if err != nil {
		return nil, err
	}
	if strict(zr) {
		return nil, &Error{Name: s.name, Msg: "a workbook of the kind Strict Open XML can be read but not written",
			Hint: "save it as Excel Workbook (.xlsx), or write a .csv"}
	}
	return openBook(f, total)
}

// begin finds the place of each column and writes the names of the new ones.
func (x *xlsxCopy) begin(l layout, columns []string) (err error) {
	if x.merged, err = mergedAreas(x.book, x.source.sheet); err != nil {
		return err
	}
	x.columns = make([]int, len(columns))
	for _, r := range l.refill {
		x.columns[r.cell] = r.column + 1
	}
	if len(l.append) == 0 {
		return nil
	}
	if x.first, err = x.free(len(l.append)); err != nil {
		return err
	}
	for i, n := range l.append {
		x.columns[n] = x.first + i
		if err := x.set(x.first+i, x.source.head, columns[n]); err != nil {
			return err
		}
	}
	name, err := excelize.ColumnNumberToName(x.first)
	if err != nil {
		return err
	}
	return x.book.SetColWidth(x.source.sheet, name, name, wideColumn)
}

// free is the first column right of everything on the sheet, with room for n.
func (x *xlsxCopy) free(n int) (int, error) {
	used, err := x.source.used()
	if err != nil {
		return 0, err
	}
	for _, a := range x.merged {
		used = max(used, a.right)
	}
	if used+n > maxColumns {
		return 0, &Error{Name: x.source.name, Msg: "the sheet has no room for more columns", Hint: "write a .csv, or take out merged cells that span the sheet"}
	}
	return used + 1, nil
}

// used is how many columns have content, found by a pass if none was made yet.
func (s *xlsxSource) used() (int, error) {
	if s.width == 0 {
		for _, err := range s.Rows() {
			if err != nil {
				return 0, err
			}
		}
	}
	return max(s.width, len(s.columns)), nil
}

func (x *xlsxCopy) Write(row Row, cells ...any) error {
	if row.rec != x.source {
		return errForeign
	}
	if err := x.order.check(row, cells); err != nil {
		return err
	}
	return guard(func() error {
		for i, cell := range cells {
			if cell == Keep {
				continue
			}
			if err := x.set(x.columns[i], row.Line, cell); err != nil {
				return err
			}
		}
		return nil
	})
}

// set writes a cell. Of merged cells only the first can be written: another would change what is not ours.
func (x *xlsxCopy) set(column, row int, cell any) error {
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return err
	}
	for _, a := range x.merged {
		if a.hides(column, row) {
			return &Error{Name: x.source.name, Line: row, Msg: "the cell " + name + " is merged with others", Hint: "unmerge it, or choose another column"}
		}
	}
	value := x.value(cell)
	if x.first > 0 && column >= x.first {
		if err := x.dress(name, row, value); err != nil || value == nil {
			return err
		}
	}
	return x.put(name, value)
}

// value is the cell as it can be held.
func (x *xlsxCopy) value(cell any) any {
	v := sheetCell(cell)
	if s, ok := v.(string); ok {
		short, cut := cutText(s)
		if cut {
			x.cut++
		}
		return short
	}
	return v
}

func (x *xlsxCopy) put(name string, value any) error {
	sheet := x.source.sheet
	switch v := value.(type) {
	case nil:
		return x.book.SetCellDefault(sheet, name, "")
	case string:
		return x.book.SetCellStr(sheet, name, v)
	case int64:
		return x.book.SetCellInt(sheet, name, v)
	case float64:
		return x.book.SetCellFloat(sheet, name, v, -1, 64)
	default:
		return x.book.SetCellValue(sheet, name, v)
	}
}

// Altered counts the cells that were cut.
func (x *xlsxCopy) Altered() Altered { return Altered{Cut: x.cut} }

func (x *xlsxCopy) Commit(before func(sum [32]byte) error) error {
	err := x.book.save(x.output, x.dst)
	if err = errors.Join(err, x.book.Close()); err != nil {
		return errors.Join(err, x.output.Close())
	}
	return x.commit(before)
}

// Close drops what was not committed.
func (x *xlsxCopy) Close() error { return errors.Join(x.book.Close(), x.output.Close()) }
