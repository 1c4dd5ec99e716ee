package table

import (
	"time"

	"github.com/xuri/excelize/v2"
)

// look is a style that a new cell takes after its neighbour's.
type look struct {
	style int
	kind  kind
}

type kind int

const (
	plain kind = iota
	text
	moment
)

// dress gives a new cell the look of the row's cell in the last column of the header.
func (x *xlsxCopy) dress(name string, row int, value any) error {
	left, err := excelize.CoordinatesToCellName(len(x.source.columns), row)
	if err != nil {
		return err
	}
	style, err := x.book.GetCellStyle(x.source.sheet, left)
	if err != nil {
		return err
	}
	if style, err = x.styleAfter(look{style, kindOf(value, row == x.source.head)}); err != nil || style == 0 {
		return err
	}
	return x.book.SetCellStyle(x.source.sheet, name, name, style)
}

func kindOf(value any, header bool) kind {
	switch value.(type) {
	case string:
		if !header {
			return text
		}
	case time.Time:
		return moment
	}
	return plain
}

// styleAfter is the style of a new cell, made once for each look.
func (x *xlsxCopy) styleAfter(l look) (int, error) {
	if id, ok := x.styles[l]; ok {
		return id, nil
	}
	style, err := x.book.GetStyle(l.style)
	if err != nil { // the workbook has no such style, or none at all
		return 0, nil
	}
	format := timeOfSheet
	style.NumFmt, style.CustomNumFmt, style.DecimalPlaces, style.NegRed = 0, nil, nil, false
	switch l.kind {
	case text:
		if style.Alignment == nil {
			style.Alignment = &excelize.Alignment{Vertical: "top"}
		}
		style.Alignment.WrapText, style.Alignment.ShrinkToFit = true, false
	case moment:
		style.CustomNumFmt = &format
	}
	id, err := x.book.NewStyle(style)
	if err == nil {
		x.styles[l] = id
	}
	return id, err
}
