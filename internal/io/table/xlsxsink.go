package table

import (
	"errors"
	"slices"

	"gigabatch/internal/io/ooxml"
)

// xlsxCopy writes the workbook again with cells added to its sheets, as they stream by: every part that has nothing to do
// with them keeps its bytes. New columns come after everything that a sheet has from its header on, also after cells that
// have no header and merged cells; a new cell looks like the last one under the header, except that text wraps and that its
// number format is not taken. Refilled cells keep their look. A text longer than a cell can hold is cut, and stands whole
// in a side file.
type xlsxCopy struct {
	*output
	source *xlsxSource
	input  *input
	writer *ooxml.Writer
	edits  []*ooxml.Edit // one for each of the source's sheets
	begun  int           // sheets that are written, or being written
	sheet  *ooxml.SheetWriter
	order  order
	cells  []any
	long   *longTexts
}

func (s *xlsxSource) copySink(dst string, columns []string) (Sink, error) {
	if from, to := extension(s.name), extension(dst); formats[to] == XLSX && formats[from] == XLSX && from != to {
		return nil, &Error{Name: dst, Msg: "a workbook keeps its kind, which is " + from, Hint: "name the output " + from}
	}
	if err := s.checkHeaders(dst); err != nil {
		return nil, err
	}
	x := &xlsxCopy{source: s, order: order{columns: len(columns)}, cells: make([]any, len(columns)), long: newLongTexts(&s.base, dst)}
	for _, sheet := range s.sheets {
		e, err := s.edit(sheet, columns)
		if err != nil {
			return nil, err
		}
		x.edits = append(x.edits, e)
	}
	if err := x.open(dst); err != nil {
		return nil, errors.Join(s.named(err), x.Close())
	}
	return x, nil
}

// checkHeaders refuses to write into the workbook itself where a sheet has no header.
func (s *xlsxSource) checkHeaders(dst string) error {
	for _, sheet := range s.sheets {
		if sheet.head == 0 && s.is(dst) {
			return s.refused(sheet, headlessInPlace(dst))
		}
	}
	return s.checkInPlace(dst)
}

// edit finds the place of each column on a sheet.
func (s *xlsxSource) edit(sheet *xlsxSheet, columns []string) (*ooxml.Edit, error) {
	own := base{name: s.name, columns: sheet.columns}
	l, err := own.layoutFor(columns)
	if err != nil {
		return nil, err
	}
	e := &ooxml.Edit{Sheet: sheet.Sheet, Survey: sheet.survey, Header: sheet.head, Columns: make([]ooxml.Column, len(columns))}
	for _, r := range l.refill {
		e.Columns[r.cell] = ooxml.Column{Number: r.column + 1, Name: columns[r.cell]}
	}
	free := max(sheet.survey.Free(sheet.head), len(sheet.columns)+1)
	for i, n := range l.append {
		e.Columns[n] = ooxml.Column{Number: free + i, Name: columns[n], New: true, Width: plainColumn}
	}
	if len(l.append) > 0 {
		e.Columns[l.append[0]].Width = wideColumn
	}
	e.Beside = beside(sheet.columns, columns)
	return e, s.refused(sheet, e.Check())
}

// beside is the last column that has a name and is none of the sink's, 0 if there is none.
func beside(names, columns []string) int {
	for i := len(names); i > 0; i-- {
		if name := names[i-1]; name != "" && !slices.Contains(columns, name) {
			return i
		}
	}
	return 0
}

// refused makes an error about a sheet one that names it where there are several.
func (s *xlsxSource) refused(sheet *xlsxSheet, err error) error {
	if err == nil {
		return nil
	}
	err = s.named(err)
	var e *Error
	if errors.As(err, &e) && len(s.sheets) > 1 {
		e.Sheet = sheet.Name
	}
	return err
}

// open begins the output with all that does not depend on the rows.
func (x *xlsxCopy) open(dst string) (err error) {
	s := x.source
	if x.input, err = openRegular(s.name); err != nil {
		return err
	}
	if !x.input.id.Same(s.id) {
		return s.changed()
	}
	p, err := ooxml.OpenPackage(x.input, x.input.id.Size)
	if err != nil {
		return err
	}
	if x.output, err = newOutput(&s.base, dst); err != nil {
		return err
	}
	x.writer, err = p.NewWriter(x.output, s.book, x.edits...)
	return err
}

func (x *xlsxCopy) Write(row Row, cells ...any) error {
	sheet, ok := row.rec.(*xlsxSheet)
	n := slices.Index(x.source.sheets, sheet)
	if !ok || n < 0 {
		return errForeign
	}
	if err := x.order.check(row, cells); err != nil {
		return err
	}
	if err := x.begin(n + 1); err != nil {
		return err
	}
	for i, c := range cells {
		if c == Keep {
			x.cells[i] = ooxml.Keep
			continue
		}
		column := x.edits[n].Columns[i]
		v, err := x.long.cell(c, cellPlace{sheet.Name, ooxml.CellName(column.Number, row.Line), column.Name})
		if err != nil {
			return err
		}
		x.cells[i] = v
	}
	return x.source.named(x.sheet.Row(row.Line, x.cells))
}

// begin ends sheets and begins others until the first n are begun.
func (x *xlsxCopy) begin(n int) error {
	for x.begun < n {
		if err := x.end(); err != nil {
			return err
		}
		sheet, err := x.writer.Sheet(x.edits[x.begun])
		if err != nil {
			return x.source.named(err)
		}
		x.sheet = sheet
		x.begun++
	}
	return nil
}

// end writes what is left of a sheet.
func (x *xlsxCopy) end() error {
	if x.sheet == nil {
		return nil
	}
	sheet := x.sheet
	x.sheet = nil
	if err := sheet.Close(); err != nil {
		return x.source.named(err)
	}
	return nil
}

// Altered tells which texts were cut.
func (x *xlsxCopy) Altered() Altered { return x.long.altered() }

func (x *xlsxCopy) Commit(before func(sum [32]byte) error) error {
	err := x.begin(len(x.edits))
	if err == nil {
		err = x.end()
	}
	if err == nil {
		err = x.writer.Close()
	}
	if err != nil {
		return errors.Join(err, x.Close())
	}
	err = x.commit(x.long.then(before))
	return errors.Join(err, x.Close())
}

// Close drops what was not committed.
func (x *xlsxCopy) Close() error {
	var errs []error
	if x.sheet != nil {
		errs = append(errs, x.sheet.Abort())
		x.sheet = nil
	}
	if x.output != nil {
		errs = append(errs, x.output.Close())
	}
	if x.input != nil {
		errs = append(errs, x.input.Close())
		x.input = nil
	}
	return errors.Join(append(errs, x.long.Close())...)
}
