package table

import "gigabatch/internal/messages"

// Order sees to it that a sink gets the rows one by one.
type Order struct {
	Cells int // in each row
	Rows  int // that came
}

// Check refuses a row that is not the next one, or has not its number of cells.
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

// What is wrong with a program that uses a sink otherwise than Sink says.
var (
	ErrForeign    = messages.Errorf("table: the row does not come from the source's Rows")
	ErrIncomplete = messages.Errorf("table: commit before every row was read and written")
)

// Pass is one reading of a text file. Its rows lead their sink to what follows the last of them.
type Pass struct {
	Rows  int    // that were read
	Ended bool   // the last one too
	Tail  []byte // what follows it
}

// Complete returns what follows the last row, after all of them have been read and written.
func (p *Pass) Complete(written int) ([]byte, error) {
	if p == nil || !p.Ended || p.Rows != written {
		return nil, ErrIncomplete
	}
	return p.Tail, nil
}
