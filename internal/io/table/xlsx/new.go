package xlsx

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/ooxml"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

const (
	wideColumn  = 60 // the largest of a column of the sink
	plainColumn = 18 // of a column of the source
	newSheet    = "Sheet1"
	timeOfSheet = "yyyy-mm-dd hh:mm:ss"
	dateOfSheet = "yyyy-mm-dd"
)

var (
	tooManyRows  = messages.Sprintf("a sheet cannot hold more than %d {row|rows}", table.MaxRows)
	tooManyNames = messages.Sprintf("a sheet cannot hold more than %d {column|columns}", table.MaxColumns)
)

// writer writes a new workbook with one sheet: a bold header that stays in view, texts that wrap, and numbers as numbers. excelize
// creates the workbook, and the rows stream into its sheet. A text longer than a cell can hold is truncated, and a side file contains
// the complete text.
type writer struct {
	*table.Output
	dst    string
	writer *ooxml.Writer
	shared *ooxml.Book
	sheet  *ooxml.SheetWriter
	merge  table.Merge
	bold   int
	wrap   int
	time   int
	date   int
	line   int
	cells  []ooxml.Styled
	long   *longTexts
}

// Create begins a new workbook at dst with the rows of a source.
func Create(h *table.Base, dst string, columns []string) (table.Sink, error) {
	m, err := table.NewMerge(h, columns)
	if err != nil {
		return nil, err
	}
	if len(m.Columns) > table.MaxColumns {
		return nil, &table.Error{Name: dst, Msg: tooManyNames, Hint: messages.Sprintf("write a .csv file")}
	}
	o, err := table.NewOutput(h, dst)
	if err != nil {
		return nil, err
	}
	x := &writer{Output: o, dst: dst, merge: m, long: newLongTexts(h, dst)}
	if err := x.begin(h, columns); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
}

// begin creates the workbook and writes the header.
func (x *writer) begin(h *table.Base, columns []string) error {
	empty, err := x.template(h)
	if err != nil {
		return err
	}
	p, err := ooxml.OpenPackage(bytes.NewReader(empty), int64(len(empty)))
	if err != nil {
		return err
	}
	if x.shared, err = ooxml.OpenBook(p); err != nil {
		return err
	}
	sheet := x.shared.Sheets[0]
	survey, err := p.Survey(sheet)
	if err != nil {
		return err
	}
	e := &ooxml.Edit{Sheet: sheet, Survey: survey, Grow: true}
	for _, name := range columns[h.Lead:] {
		e.Columns = append(e.Columns, ooxml.Column{Number: slices.Index(x.merge.Columns, name) + 1, Name: name, New: true, Width: wideColumn})
	}
	if x.writer, err = ooxml.NewWriter(x.Output, p, x.shared, e); err != nil {
		return err
	}
	if x.sheet, err = x.writer.Sheet(e); err != nil || h.Headless {
		return err
	}
	return x.row(x.merge.Names(), x.bold)
}

// template returns the workbook without rows.
func (x *writer) template(h *table.Base) ([]byte, error) {
	b := excelize.NewFile()
	defer b.Close()
	if err := errors.Join(x.styles(b), b.SetColWidth(newSheet, "A", ooxml.ColumnName(max(1, len(x.merge.Columns))), plainColumn)); err != nil {
		return nil, err
	}
	if !h.Headless {
		if err := b.SetPanes(newSheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	err := save(b, &out, x.dst)
	return out.Bytes(), err
}

// save writes the workbook in the format of the extension of name, or as .xlsx if that is not the extension of a workbook. The bytes
// depend only on the content.
func save(b *excelize.File, w io.Writer, name string) error {
	if format, ok := table.FormatOf(name); !ok || format != table.XLSX {
		name += ".xlsx"
	}
	b.Path = name
	b.ZipWriter = func(io.Writer) excelize.ZipWriter { return zip.NewWriter(w) }
	_, err := b.WriteTo(io.Discard)
	return err
}

func (x *writer) styles(b *excelize.File) error {
	moment, day := timeOfSheet, dateOfSheet
	var errs [4]error
	x.bold, errs[0] = b.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	x.wrap, errs[1] = b.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	x.time, errs[2] = b.NewStyle(&excelize.Style{CustomNumFmt: &moment})
	x.date, errs[3] = b.NewStyle(&excelize.Style{CustomNumFmt: &day})
	return errors.Join(errs[:]...)
}

func (x *writer) Write(row table.Row, cells ...any) error {
	all, err := x.merge.Row(row, cells)
	if err != nil {
		return err
	}
	x.numbers(row, all, cells)
	return x.row(all, x.wrap)
}

// numbers converts cells of the source that represent a number to numbers; in a JSON row, only those that are not strings.
func (x *writer) numbers(row table.Row, all, cells []any) {
	object, typed := row.Record.(table.Object)
	for i := range x.merge.Width {
		text, ok := all[i].(string)
		if !ok || typed && object.Quoted(row.Columns[i]) || x.merge.Refilled(i, cells) {
			continue
		}
		if n, ok := number(text); ok {
			all[i] = n
		}
	}
}

// row writes a row whose texts have that style.
func (x *writer) row(cells []any, style int) (err error) {
	x.line++
	if x.line > table.MaxRows {
		return &table.Error{Name: x.dst, Line: x.line, Msg: tooManyRows, Hint: messages.Sprintf("write a .csv file")}
	}
	if len(cells) > table.MaxColumns {
		return &table.Error{Name: x.dst, Line: x.line, Msg: tooManyNames, Hint: messages.Sprintf("write a .csv file")}
	}
	x.cells = slices.Grow(x.cells[:0], len(cells))[:len(cells)]
	for i, c := range cells {
		if x.cells[i], err = x.styled(c, i, style); err != nil {
			return err
		}
	}
	return x.sheet.Append(x.cells)
}

// styled returns the i-th cell of the row that is being written.
func (x *writer) styled(cell any, i, style int) (ooxml.Styled, error) {
	at := cellPlace{sheet: newSheet, cell: ooxml.CellName(i+1, x.line)}
	if i < len(x.merge.Columns) {
		at.column = x.merge.Columns[i]
	}
	v, err := x.long.cell(cell, at)
	switch v.(type) {
	case string:
		return ooxml.Styled{Value: v, Style: style}, err
	case time.Time:
		return ooxml.Styled{Value: v, Style: x.time}, err
	case ooxml.Day:
		return ooxml.Styled{Value: v, Style: x.date}, err
	}
	return ooxml.Styled{Value: v}, err
}

// Altered returns which texts were truncated.
func (x *writer) Altered() table.Altered { return x.long.altered() }

func (x *writer) Commit(before func(sum [32]byte) error) error {
	sheet := x.sheet
	x.sheet = nil
	err := sheet.Close()
	if err == nil {
		err = x.writer.Close()
	}
	if err == nil {
		err = x.Output.Commit(x.long.then(before))
	}
	return errors.Join(err, x.Close())
}

// Close discards what was not committed.
func (x *writer) Close() error {
	var errs []error
	if x.sheet != nil {
		errs = append(errs, x.sheet.Abort())
		x.sheet = nil
	}
	if x.shared != nil {
		errs = append(errs, x.shared.Close())
	}
	return errors.Join(append(errs, x.Output.Close(), x.long.Close())...)
}
