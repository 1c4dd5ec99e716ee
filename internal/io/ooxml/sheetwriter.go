package ooxml

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"gigabatch/internal/messages"
)

// SheetWriter rewrites a sheet, as it streams by, with the cells of an edit.
type SheetWriter struct {
	writer *Writer
	edit   *Edit
	scan   *Scanner
	to     *fitted
	prefix string
	cols   []colRange
	order  []int // the columns of the edit by number
	buf    []byte
	grown  bool // rows are being appended
	last   int  // the row that was appended or copied last
}

// Sheet begins to write the sheet of an edit.
func (x *Writer) Sheet(e *Edit) (*SheetWriter, error) {
	n, err := x.from.Scan(e.Sheet)
	if err != nil {
		return nil, err
	}
	w := &SheetWriter{writer: x, edit: e, scan: n, prefix: n.prefix, cols: columnRanges(n.Head())}
	for i := range e.Columns {
		w.order = append(w.order, i)
	}
	slices.SortFunc(w.order, func(a, b int) int { return e.Columns[a].Number - e.Columns[b].Number })
	part, err := x.create(e.Sheet.Part)
	if err == nil {
		w.to = &fitted{to: part, head: func(widths []float64) []byte { return e.head(n, widths) }, widths: make([]float64, len(e.Columns))}
		err = w.header()
	}
	if err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return w, nil
}

// header writes the rows up to and including the header, with the names of the new columns.
func (w *SheetWriter) header() error {
	e := w.edit
	if e.Header == 0 || e.firstNew() == 0 {
		return nil
	}
	names := make([]any, len(e.Columns))
	for i, c := range e.Columns {
		if names[i] = Keep; c.New {
			names[i] = c.Name
		}
	}
	return w.Row(e.Header, names)
}

// Keep, as a cell, leaves the cell of the sheet unchanged.
var Keep any = keep{}

type keep struct{}

// Row writes the rows before the given one unchanged, and then that row with its new cells, one for each column of the edit. Rows must
// be written in ascending order.
func (w *SheetWriter) Row(number int, cells []any) error {
	r, err := w.upTo(number)
	if err != nil {
		return err
	}
	if r.Number != number {
		return messages.Errorf("the sheet has no row %d", number)
	}
	w.buf = w.appendRow(w.buf[:0], r, cells)
	_, err = w.to.Write(w.buf)
	return err
}

// upTo writes the rows before the given one. It returns that row, or the first one after it.
func (w *SheetWriter) upTo(number int) (*Row, error) {
	for {
		r, err := w.scan.Next()
		if err != nil {
			return nil, notThere(err, number)
		}
		if r.Number >= number {
			return r, nil
		}
		if _, err := w.to.Write(r.Raw); err != nil {
			return nil, err
		}
	}
}

func notThere(err error, number int) error {
	if errors.Is(err, io.EOF) {
		return messages.Errorf("the sheet has no row %d", number)
	}
	return err
}

// appendRow appends a row with its new cells among the existing ones.
func (w *SheetWriter) appendRow(b []byte, r *Row, cells []any) []byte {
	b = w.appendTag(b, r)
	done := r.tag.hi
	left := w.order
	for i := range r.Cells {
		c := &r.Cells[i]
		for len(left) > 0 && w.edit.Columns[left[0]].Number < c.Column {
			b = append(b, r.Raw[done:c.lo]...)
			b = w.appendNew(b, r, left[0], cells)
			done, left = c.lo, left[1:]
		}
		if len(left) > 0 && w.edit.Columns[left[0]].Number == c.Column {
			b = append(b, r.Raw[done:c.lo]...)
			b = w.appendOver(b, r, c, left[0], cells)
			done, left = c.hi, left[1:]
		}
	}
	if n := len(r.Cells); n > 0 && done < r.Cells[n-1].hi {
		b = append(b, r.Raw[done:r.Cells[n-1].hi]...)
		done = r.Cells[n-1].hi
	}
	for _, n := range left {
		b = w.appendNew(b, r, n, cells)
	}
	if r.tag.kind == emptyTag {
		return w.appendEnd(b, "row")
	}
	return append(b, r.Raw[done:]...)
}

// appendTag appends what precedes the row, and the row's start tag, with spans extended to the last cell.
func (w *SheetWriter) appendTag(b []byte, r *Row) []byte {
	hi := r.tag.hi
	if !r.spans.empty() {
		b = append(b, r.Raw[:r.spans.lo]...)
		b = append(b, spans(string(r.spans.of(r.Raw)), w.edit.area())...)
		b = append(b, r.Raw[r.spans.hi:hi]...)
	} else {
		b = append(b, r.Raw[:hi]...)
	}
	if r.tag.kind == emptyTag {
		b = append(b[:len(b)-len("/>")], '>')
	}
	return b
}

// spans returns the attribute spans of a row, such as 1:4, extended by the columns of an area. Invalid spans are not changed.
func spans(old string, with Area) string {
	lo, hi := with.Left, with.Right
	for _, part := range strings.Fields(old) {
		from, to, _ := strings.Cut(part, ":")
		a, errA := strconv.Atoi(from)
		b, errB := strconv.Atoi(to)
		if errA != nil || errB != nil {
			return old
		}
		lo, hi = min(lo, a), max(hi, b)
	}
	return strconv.Itoa(lo) + ":" + strconv.Itoa(hi)
}

// appendNew appends the n-th cell if the row does not have it.
func (w *SheetWriter) appendNew(b []byte, r *Row, n int, cells []any) []byte {
	if cells[n] == Keep {
		return b
	}
	value := w.holdable(cells[n])
	w.measure(n, value)
	style := w.writer.looks.after(look{w.styleOf(r, w.edit.Beside), w.kind(r, value)})
	if value == nil && style == 0 {
		return b
	}
	return w.appendCell(b, w.edit.Columns[n].Number, r.Number, style, value)
}

// appendOver appends the n-th cell if the row has it. The cell keeps its look, unless the column is new or the look would show a date
// as a number.
func (w *SheetWriter) appendOver(b []byte, r *Row, c *Cell, n int, cells []any) []byte {
	if cells[n] == Keep {
		return append(b, r.Raw[c.lo:c.hi]...)
	}
	value, style := w.holdable(cells[n]), c.Style
	kind := w.kind(r, value)
	if w.edit.Columns[n].New {
		w.measure(n, value)
		style = w.writer.looks.after(look{w.styleOf(r, w.edit.Beside), kind})
	} else if id, _ := w.writer.book.Styles.NumberFormat(style); id == 0 && (kind == moment || kind == day) {
		style = w.writer.looks.after(look{style, kind})
	}
	return w.appendCell(b, c.Column, r.Number, style, value)
}

// kind returns the look of a value compared with that of its neighbour. Column names take the look of the header.
func (w *SheetWriter) kind(r *Row, value any) lookKind {
	switch value.(type) {
	case string:
		if r.Number == w.edit.Header {
			return plain
		}
		return prose
	case nil:
		return prose
	case time.Time:
		return moment
	case Day:
		return day
	}
	return plain
}

// styleOf returns the style of a column in a row: that of the cell, of the row, or of the column.
func (w *SheetWriter) styleOf(r *Row, column int) int {
	for i := range r.Cells {
		if r.Cells[i].Column == column {
			return r.Cells[i].Style
		}
	}
	if r.Style > 0 {
		return r.Style
	}
	for _, c := range w.cols {
		if column >= c.min && column <= c.max {
			return c.style
		}
	}
	return 0
}

// Close writes the rest of the sheet. Without Close the sheet is incomplete.
func (w *SheetWriter) Close() error {
	err := w.copyRows()
	if err == nil {
		err = w.finish()
	}
	return errors.Join(err, w.scan.Close())
}

// finish writes what follows the rows.
func (w *SheetWriter) finish() error {
	tail, err := w.scan.Tail()
	if err != nil {
		return err
	}
	if w.edit.Grow {
		tail = w.grownTail(tail)
	}
	if _, err = w.to.Write(w.edit.tail(tail)); err == nil {
		err = w.to.flush()
	}
	return err
}

// measure notes how wide a cell of the edit is.
func (w *SheetWriter) measure(n int, value any) {
	if w.to.head == nil {
		return
	}
	w.to.widths[n] = max(w.to.widths[n], widthOf(value, w.edit.Columns[n].Width))
}

// Abort ends the reading of a sheet that will not be finished.
func (w *SheetWriter) Abort() error { return w.scan.Close() }
