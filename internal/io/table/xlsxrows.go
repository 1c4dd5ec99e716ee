package table

import (
	"io"

	"github.com/xuri/excelize/v2"
)

// sheetRows walks over the rows of a sheet that have content.
type sheetRows struct {
	*excelize.Rows
	line int // of the row that next has returned
	last int // of the sheet
}

func (s *xlsxSource) walk() (*sheetRows, error) {
	r := &sheetRows{last: s.last}
	err := guard(func() (err error) {
		r.Rows, err = s.book.Rows(s.sheet)
		return err
	})
	return r, err
}

// next is the next row's cells, or io.EOF after the last one.
func (r *sheetRows) next() (cells []string, err error) {
	err = guard(func() error {
		cells, err = r.advance()
		return err
	})
	return cells, err
}

func (r *sheetRows) advance() ([]string, error) {
	for r.Next() {
		r.line++
		cells, err := r.Columns()
		if err != nil || !blank(cells) {
			return cells, err
		}
	}
	if err := r.Error(); err != nil {
		return nil, err
	}
	if r.line < r.last {
		return nil, errBreaksOff
	}
	return nil, io.EOF
}

func blank(cells []string) bool {
	for _, c := range cells {
		if c != "" {
			return false
		}
	}
	return true
}
