package table

import (
	"errors"
	"time"

	"github.com/xuri/excelize/v2"
)

const (
	wideColumn   = 60 // of the first column of the sink
	plainColumn  = 18
	timeOfSheet  = "yyyy-mm-dd hh:mm:ss"
	tooManyRows  = "a sheet cannot hold more than 1048576 rows"
	tooManyNames = "a sheet cannot hold more than 16384 columns"
)

// xlsxNew writes a new workbook of one sheet: a bold header that stays in view, texts that wrap, and numbers as numbers.
// A text longer than a cell can hold is cut and counted.
type xlsxNew struct {
	*output
	dst   string
	book  *book
	sheet *excelize.StreamWriter
	merge merge
	bold  int
	wrap  int
	time  int
	line  int
	cut   int
}

func newXLSXSink(h *header, dst string, columns []string) (Sink, error) {
	m, err := newMerge(h, columns)
	if err != nil {
		return nil, err
	}
	if len(m.columns) > maxColumns {
		return nil, &Error{Name: dst, Msg: tooManyNames, Hint: "write a .csv"}
	}
	o, err := newOutput(h, dst)
	if err != nil {
		return nil, err
	}
	b, err := emptyBook()
	if err != nil {
		return nil, errors.Join(err, o.Close())
	}
	x := &xlsxNew{output: o, dst: dst, book: b, merge: m}
	if err := x.begin(columns); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
}

// begin makes the styles and writes the header.
func (x *xlsxNew) begin(columns []string) (err error) {
	if err := x.styles(); err != nil {
		return err
	}
	if x.sheet, err = x.book.NewStreamWriter("Sheet1"); err != nil {
		return err
	}
	for i, c := range x.merge.columns {
		w := float64(plainColumn)
		if len(columns) > 0 && c == columns[0] {
			w = wideColumn
		}
		if err := x.sheet.SetColWidth(i+1, i+1, w); err != nil {
			return err
		}
	}
	if err := x.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	return x.row(x.merge.names(), x.bold)
}

func (x *xlsxNew) styles() error {
	format := timeOfSheet
	var errs [3]error
	x.bold, errs[0] = x.book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	x.wrap, errs[1] = x.book.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	x.time, errs[2] = x.book.NewStyle(&excelize.Style{CustomNumFmt: &format})
	return errors.Join(errs[:]...)
}

func (x *xlsxNew) Write(row Row, cells ...any) error {
	all, err := x.merge.row(row, cells)
	if err != nil {
		return err
	}
	x.merge.numbers(row, cells)
	return x.row(all, x.wrap)
}

// row writes a row whose texts have that style.
func (x *xlsxNew) row(cells []any, style int) error {
	x.line++
	at, err := excelize.CoordinatesToCellName(1, x.line)
	if err != nil || x.line > excelize.TotalRows {
		return &Error{Name: x.dst, Line: x.line, Msg: tooManyRows, Hint: "write a .csv"}
	}
	if len(cells) > maxColumns {
		return &Error{Name: x.dst, Line: x.line, Msg: tooManyNames, Hint: "write a .csv"}
	}
	styled := make([]any, len(cells))
	for i, c := range cells {
		styled[i] = x.styled(c, style)
	}
	return x.sheet.SetRow(at, styled)
}

func (x *xlsxNew) styled(cell any, style int) any {
	switch v := sheetCell(cell).(type) {
	case string:
		text, cut := cutText(v)
		if cut {
			x.cut++
		}
		return excelize.Cell{StyleID: style, Value: text}
	case time.Time:
		return excelize.Cell{StyleID: x.time, Value: v}
	default:
		return v
	}
}

// Altered counts the cells that were cut.
func (x *xlsxNew) Altered() Altered { return Altered{Cut: x.cut} }

func (x *xlsxNew) Commit(before func(sum [32]byte) error) error {
	err := x.sheet.Flush()
	if err == nil {
		err = x.book.save(x.output, x.dst)
	}
	if err = errors.Join(err, x.book.Close()); err != nil {
		return errors.Join(err, x.output.Close())
	}
	return x.commit(before)
}

// Close drops what was not committed.
func (x *xlsxNew) Close() error { return errors.Join(x.book.Close(), x.output.Close()) }
