package ooxml

import (
	"errors"
	"io"
	"strconv"
)

// Styled is a cell of an appended row.
type Styled struct {
	Value any
	Style int
}

// Append writes a row below everything on the sheet, with its cells starting in the first column. The edit must have Grow set.
func (w *SheetWriter) Append(cells []Styled) error {
	if !w.grown {
		if err := w.copyRows(); err != nil {
			return err
		}
		w.grown = true
	}
	w.last++
	for _, n := range w.order {
		if column := w.edit.Columns[n].Number; column <= len(cells) {
			w.measure(n, cells[column-1].Value)
		}
	}
	b := w.appendStart(w.buf[:0], `row r="`+strconv.Itoa(w.last)+`"`)
	for i, c := range cells {
		if c.Value != nil {
			b = w.appendCell(b, i+1, w.last, c.Style, w.holdable(c.Value))
		}
	}
	w.buf = w.appendEnd(b, "row")
	_, err := w.to.Write(w.buf)
	return err
}

// copyRows writes the remaining rows unchanged.
func (w *SheetWriter) copyRows() error {
	for {
		r, err := w.scan.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			w.last = r.Number
			_, err = w.to.Write(r.Raw)
		}
		if err != nil {
			return err
		}
	}
}

// grownHead returns the head of a sheet to which rows are appended: without the dimension, which would be wrong, and with the rows'
// container open.
func grownHead(b []byte) []byte {
	var changes []splice
	if m, ok := child(b, "dimension"); ok {
		end := m.hi
		if m.kind == startTag {
			if e, err := elementEnd(b, m); err == nil {
				end = e.hi
			}
		}
		changes = append(changes, splice{span: span{m.lo, end}})
	}
	if m, ok := child(b, "sheetData"); ok && m.kind == emptyTag {
		changes = append(changes, splice{span{m.hi - len("/>"), m.hi}, ">"})
	}
	return applied(b, changes)
}

// grownTail closes the rows' container if the sheet's own container was empty.
func (w *SheetWriter) grownTail(tail []byte) []byte {
	if m, ok := child(w.scan.Head(), "sheetData"); ok && m.kind == emptyTag {
		return append(w.appendEnd(nil, "sheetData"), tail...)
	}
	return tail
}
