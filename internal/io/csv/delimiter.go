package csv

import (
	"errors"
	"io"
	"strings"

	"gigabatch/internal/io/header"
)

// delimiters are the delimiters that are detected. Of those that fit equally well the first is chosen: a comma also occurs in texts
// and numbers.
const delimiters = ";\t,|"

// fit is how well a delimiter splits the sample.
type fit struct {
	delim byte
	share float64 // of the rows from the header on that are as wide as the header
	width int
	title bool // only because the first rows are taken as a title
	prose bool // most of its cuts may be parts of texts or numbers
}

// bestDelimiter returns the delimiter that splits the sample best, or 0 if none splits the header.
func (s *Sample) bestDelimiter() byte {
	var best fit
	for _, delim := range []byte(delimiters) {
		if f := s.fit(delim); f.better(best) {
			best = f
		}
	}
	return best.delim
}

// likely is the share from which a delimiter is accepted without a title.
const likely = 0.8

func (f fit) better(than fit) bool {
	switch {
	case f.width < 2 || f.title && f.share < likely:
		return false
	case f.title && than.width > 1 && !than.title:
		return than.share < likely || than.prose && !f.prose
	case than.title && !f.title:
		return f.share >= likely && (than.prose || !f.prose)
	}
	if f.share != than.share {
		return f.share > than.share
	}
	if f.prose != than.prose && than.width > 1 {
		return than.prose
	}
	return f.width > than.width
}

func (s *Sample) fit(delim byte) fit {
	y := Syntax{Delim: delim, Quote: '"'}
	_, y.CR = y.lineEnds(s.text)
	found := s.scan(s.quoting(y))
	if len(found.rows) == 0 {
		return fit{}
	}
	top := max(0, s.above(found))
	f := fit{delim: delim, width: len(found.rows[top]), share: share(found.rows[top:], 0)}
	f.title = top > 0 && s.options.HeaderLine == 0 && header.Filled(found.rows[0]) > 0
	if f.title && header.Prose(found.rows[top]) {
		return fit{}
	}
	f.prose = inProse(found.rows[top:], delim)
	if f.title && f.width > 2 {
		f.share = share(found.rows[top:], 1)
	}
	return f
}

// inProse reports whether most delimiters are followed by a space or are commas between digits.
func inProse(rows [][]string, delim byte) bool {
	cuts, odd := 0, 0
	for _, row := range rows {
		for i := range len(row) - 1 {
			cuts++
			if strings.HasPrefix(row[i+1], " ") || delim == ',' && row[i] != "" && digit(row[i][len(row[i])-1]) && row[i+1] != "" &&
				digit(row[i+1][0]) {
				odd++
			}
		}
	}
	return 2*odd > cuts
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// share returns the share of rows with as many cells as the first one, or with up to few cells more or fewer.
func share(rows [][]string, few int) float64 {
	same := 0
	for _, row := range rows {
		if n := len(row) - len(rows[0]); -few <= n && n <= few {
			same++
		}
	}
	return float64(same) / float64(len(rows))
}

// absentDelimiter chooses, for a file of one column, a delimiter that occurs in no record. If all of them occur, it chooses none.
func (s *Sample) absentDelimiter(f io.ReaderAt, size int64) error {
	order := ",;\t|"
	switch {
	case s.options.Tabs:
		order = "\t,;|"
	case !s.Encoding.Unicode(): // from a program that uses semicolons by default
		order = ";,\t|"
	}
	for _, delim := range []byte(order) {
		s.cutAt(delim)
		cuts, err := cutsAny(f, size, s.Dialect)
		if err != nil || !cuts {
			return err
		}
	}
	s.Whole = true
	s.cutAt(s.Delim)
	return nil
}

func cutsAny(f io.ReaderAt, size int64, d Dialect) (bool, error) {
	s, err := d.Scanner(f, size)
	if err != nil {
		return false, err
	}
	for {
		rec, err := s.Next()
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			return false, err
		case len(rec.Cells) > 1:
			return true, nil
		}
	}
}
