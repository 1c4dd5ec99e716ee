package ooxml

import (
	"errors"
	"io"
	"strconv"
)

// Styled is a cell of a row that is appended.
type Styled struct {
	Value any
	Style int
}

// Append writes a row below all that the sheet has, its cells from the first column on. The edit has Grow.
func (w *SheetWriter) Append(cells []Styled) error {
	if !w.grown {
		if err := w.copyRows(); err != nil {
			return err
		}
		w.grown = true
	}
	w.last++
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

// copyRows writes the rows that are left as they stand.
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

// grownHead is the head of a sheet that rows are appended to: its dimension would be wrong and is left out, and the rows'
// container is open.
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

// grownTail closes the rows' container where the sheet's own was empty.
func (w *SheetWriter) grownTail(tail []byte) []byte {
	if m, ok := child(w.scan.Head(), "sheetData"); ok && m.kind == emptyTag {
		return append(w.appendEnd(nil, "sheetData"), tail...)
	}
	return tail
}
