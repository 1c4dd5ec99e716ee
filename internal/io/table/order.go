package table

import (
	"errors"
	"fmt"
)

// order sees to it that a sink gets the rows one by one.
type order struct {
	columns int
	rows    int
}

func (o *order) check(row Row, cells []any) error {
	if len(cells) != o.columns {
		return fmt.Errorf("table: a row has %d cells for %d columns", len(cells), o.columns)
	}
	if row.Index != o.rows {
		return fmt.Errorf("table: row %d is written where row %d belongs", row.Index, o.rows)
	}
	o.rows++
	return nil
}

var (
	errForeign    = errors.New("table: the row is not one of the source's Rows")
	errIncomplete = errors.New("table: commit before every row was read and written")
)

// pass is one reading of a text file. Its rows lead their sink to what follows the last of them.
type pass struct {
	rows  int
	ended bool
	tail  []byte
}

// complete returns what follows the last row, after all of them have been read and written.
func (p *pass) complete(written int) ([]byte, error) {
	if p == nil || !p.ended || p.rows != written {
		return nil, errIncomplete
	}
	return p.tail, nil
}
