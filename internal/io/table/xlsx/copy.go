package xlsx

import (
	"cmp"
	"errors"
	"slices"

	"gigabatch/internal/io/ooxml"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// copier rewrites the workbook with cells added to its sheets, as they stream by. Every unrelated part keeps its bytes. New columns
// come after everything between the header and the last row of the table, including cells without a header, merged cells, and
// cells that formulas fill. A new cell looks like the
// last one under the header, except that its text wraps and that the number format is not copied. Refilled cells keep their look. A
// text longer than a cell can hold is truncated, and a side file contains the complete text.
type copier struct {
	*table.Output
	source *source
	input  *table.Input
	writer *ooxml.Writer
	edits  []*ooxml.Edit // one for each sheet of the source
	begun  int           // the number of sheets that are written or being written
	sheet  *ooxml.SheetWriter
	order  table.Order
	cells  []any
	long   *longTexts
}

func (s *source) copySink(dst string, columns []string) (table.Sink, error) {
	kind, _ := table.FormatOf(s.Path)
	asked, _ := table.FormatOf(dst)
	if from, to := table.Extension(s.Path), table.Extension(dst); kind == table.XLSX && asked == table.XLSX && from != to {
		return nil, &table.Error{Name: dst, Msg: messages.Sprintf("the output of a workbook must be of the same kind, %s", from),
			Hint: messages.Sprintf("give the output the extension %s", from)}
	}
	if err := s.checkHeaders(dst); err != nil {
		return nil, err
	}
	x := &copier{source: s, order: table.Order{Cells: len(columns)}, cells: make([]any, len(columns)), long: newLongTexts(&s.Base, dst)}
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

// checkHeaders refuses to write into the workbook itself if a sheet has no header.
func (s *source) checkHeaders(dst string) error {
	for _, sheet := range s.sheets {
		if sheet.head == 0 && s.Is(dst) {
			return s.refused(sheet, table.HeadlessInPlace(dst))
		}
	}
	return s.CheckInPlace(dst)
}

// edit finds the position of each column on a sheet.
func (s *source) edit(sheet *worksheet, columns []string) (*ooxml.Edit, error) {
	own := table.Base{Path: s.Path, Header: sheet.columns}
	l, err := own.Layout(columns)
	if err != nil {
		return nil, err
	}
	last := sheet.survey.LastRow(sheet.head, sheet.asked())
	e := &ooxml.Edit{Sheet: sheet.Sheet, Survey: sheet.survey, Header: sheet.head, Last: last, Columns: make([]ooxml.Column, len(columns))}
	for _, r := range l.Refill {
		e.Columns[r.Cell] = ooxml.Column{Number: r.Column + 1, Name: columns[r.Cell]}
	}
	free, _ := sheet.survey.Free(sheet.head, last, len(l.Append))
	free = max(free, len(sheet.columns)+1)
	for i, n := range l.Append {
		e.Columns[n] = ooxml.Column{Number: free + i, Name: columns[n], New: true, Width: wideColumn}
	}
	e.Beside, e.Table = beside(sheet.columns, columns), sheet.askedTable()
	return e, s.refused(sheet, e.Check())
}

// Notes implements table.Noter.
func (s *source) Notes(dst string, columns ...string) (notes []messages.Text) {
	if format, ok := s.Target(dst); ok && format != table.XLSX {
		return nil
	}
	for _, sheet := range s.sheets {
		e, err := s.edit(sheet, columns)
		if err != nil {
			return nil // the sink reports it
		}
		first, last := "", ""
		for _, c := range e.Columns {
			if name := ooxml.ColumnName(c.Number); c.New {
				first, last = cmp.Or(first, name), name
			}
		}
		for _, a := range e.Apart() {
			notes = append(notes, messages.Sprintf("the answers on sheet %q are in columns %s to %s, outside the table or filter %s, because other "+
				"cells are in between; sorting by it separates the answers from their rows", sheet.Name, first, last, a))
		}
		for _, d := range e.Under() {
			if d.Chart {
				notes = append(notes, messages.Sprintf("a chart over %s on sheet %q covers cells of the answers, which are in columns %s to %s",
					d.Area, sheet.Name, first, last))
				continue
			}
			notes = append(notes, messages.Sprintf("a picture over %s on sheet %q covers cells of the answers, which are in columns %s to %s",
				d.Area, sheet.Name, first, last))
		}
	}
	return notes
}

// beside returns the last named column that does not belong to the sink, or 0.
func beside(names, columns []string) int {
	for i := len(names); i > 0; i-- {
		if name := names[i-1]; name != "" && !slices.Contains(columns, name) {
			return i
		}
	}
	return 0
}

// open begins the output with everything that does not depend on the rows.
func (x *copier) open(dst string) (err error) {
	s := x.source
	if x.input, err = table.OpenRegular(s.Path); err != nil {
		return err
	}
	if !x.input.State.Same(s.State) {
		return s.Changed()
	}
	p, err := ooxml.OpenPackage(x.input, x.input.State.Size)
	if err != nil {
		return err
	}
	if x.Output, err = table.NewOutput(&s.Base, dst); err != nil {
		return err
	}
	x.writer, err = ooxml.NewWriter(x.Output, p, s.book, x.edits...)
	return err
}

func (x *copier) Write(row table.Row, cells ...any) error {
	sheet, ok := row.Record.(*worksheet)
	n := slices.Index(x.source.sheets, sheet)
	if !ok || n < 0 {
		return table.ErrForeign
	}
	if err := x.order.Check(row, cells); err != nil {
		return err
	}
	if err := x.begin(n + 1); err != nil {
		return err
	}
	for i, c := range cells {
		if c == table.Keep {
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

// begin ends and begins sheets until the first n are begun.
func (x *copier) begin(n int) error {
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

// end writes the rest of a sheet.
func (x *copier) end() error {
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

// Altered returns which texts were truncated.
func (x *copier) Altered() table.Altered { return x.long.altered() }

func (x *copier) Commit(before func(sum [32]byte) error) error {
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
	err = x.Output.Commit(x.long.then(before))
	return errors.Join(err, x.Close())
}

// Close discards what was not committed.
func (x *copier) Close() error {
	var errs []error
	if x.sheet != nil {
		errs = append(errs, x.sheet.Abort())
		x.sheet = nil
	}
	if x.Output != nil {
		errs = append(errs, x.Output.Close())
	}
	if x.input != nil {
		errs = append(errs, x.input.Close())
		x.input = nil
	}
	return errors.Join(append(errs, x.long.Close())...)
}
