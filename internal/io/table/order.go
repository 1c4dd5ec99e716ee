package table

import "gigabatch/internal/messages"

// Order checks that a sink receives the rows one by one, in order.
type Order struct {
	Cells int // in each row
	Rows  int // received so far
}

// Check refuses a row that is not the next one, or that has the wrong number of cells.
func (o *Order) Check(row Row, cells []any) error {
	if len(cells) != o.Cells {
		return messages.Errorf("table: a row has %d {cell|cells} for %d {column|columns}", len(cells), o.Cells)
	}
	if row.Index != o.Rows {
		return messages.Errorf("table: got row %d, want row %d", row.Index, o.Rows)
	}
	o.Rows++
	return nil
}

// The errors of a program that violates the contract of Sink.
var (
	ErrForeign    = messages.Errorf("table: the row does not come from the source's Rows")
	ErrIncomplete = messages.Errorf("table: commit before every row was read and written")
)

// Pass is one reading of a text file. Through its rows, a sink finds what follows the last one.
type Pass struct {
	Rows  int    // read so far
	Ended bool   // including the last one
	Tail  []byte // what follows the last row
}

// Complete returns what follows the last row. It fails unless all rows have been read and written.
func (p *Pass) Complete(written int) ([]byte, error) {
	if p == nil || !p.Ended || p.Rows != written {
		return nil, ErrIncomplete
	}
	return p.Tail, nil
}
