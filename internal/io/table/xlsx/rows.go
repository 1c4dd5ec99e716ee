package xlsx

import (
	"errors"
	"io"
	"slices"

	"gigabatch/internal/io/ooxml"
	"gigabatch/internal/io/table"
)

// sheetRows iterates over the rows of a sheet that have content.
type sheetRows struct {
	sheet *worksheet
	scan  *ooxml.Scanner
	cover *ooxml.Cover
	content
	below int // merged areas that begin in or above this row do not give their value to the rows below
	tall  []tall
}

// content is a row of a sheet, with its columns from 1.
type content struct {
	number int
	hidden bool
	cells  []string // by column
	open   []int    // the columns whose formula was never calculated
	nums   []int    // the columns that contain a number, if the output needs to know
}

func (c *content) clone() *content {
	return &content{c.number, c.hidden, slices.Clone(c.cells), slices.Clone(c.open), slices.Clone(c.nums)}
}

// tall is a merged area of several rows, each of which has its value.
type tall struct {
	ooxml.Area
	value string
	open  bool
}

func (x *worksheet) walk(p *ooxml.Package) (*sheetRows, error) {
	scan, err := p.Scan(x.Sheet)
	if err != nil {
		return nil, err
	}
	return &sheetRows{sheet: x, scan: scan, cover: x.survey.Cover()}, nil
}

func (r *sheetRows) close() error { return r.scan.Close() }

// next returns the next row with content, or io.EOF after the last one.
func (r *sheetRows) next() (*ooxml.Row, error) {
	for {
		row, err := r.scan.Next()
		if err != nil {
			return nil, err
		}
		if row.Number > r.sheet.survey.Last {
			return nil, io.EOF
		}
		full, err := r.read(row)
		if full || err != nil {
			return row, err
		}
	}
}

// read reads the values of a row, and reports whether there are any.
func (r *sheetRows) read(row *ooxml.Row) (full bool, err error) {
	r.content = content{row.Number, row.Hidden, r.cells[:0], r.open[:0], r.nums[:0]}
	r.tall = slices.DeleteFunc(r.tall, func(a tall) bool { return a.Bottom < row.Number })
	above := len(r.tall)
	for i := range row.Cells {
		c := &row.Cells[i]
		if !c.Has() {
			continue
		}
		area := r.cover.At(c.Column, row.Number)
		if area.Hides(c.Column, row.Number) {
			continue
		}
		if !c.Stored() {
			r.open = append(r.open, c.Column)
		}
		value, err := r.sheet.source.display.value(row, c)
		if err != nil {
			return false, err
		}
		if r.sheet.source.Options.CSVDialect != "" && r.sheet.source.display.isNumber(c) {
			r.nums = append(r.nums, c.Column)
		}
		r.set(c.Column, value)
		full = full || value != ""
		if area.Bottom > row.Number && row.Number > r.below {
			r.tall = append(r.tall, tall{area, value, !c.Stored()})
		}
	}
	full = full || len(r.open) > 0
	for _, a := range r.tall[:above] {
		r.set(a.Left, a.value)
		if a.open {
			r.open = append(r.open, a.Left)
		}
	}
	return full, nil
}

// set sets the value of a column, from 1.
func (r *sheetRows) set(column int, value string) {
	for len(r.cells) < column {
		r.cells = append(r.cells, "")
	}
	r.cells[column-1] = value
}

// filled returns the cells of the row up to the last one with content. They stay valid.
func (c *content) filled() []string { return slices.Clone(c.cells[:c.width()]) }

// width returns the last column with content.
func (c *content) width() int {
	n := len(c.cells)
	for n > 0 && c.cells[n-1] == "" {
		n--
	}
	return n
}

// read yields the rows of all sheets until they end or no more are wanted.
func (s *source) read(yield func(table.Row, error) bool) error {
	f, p, err := s.reopen()
	if err != nil {
		return err
	}
	defer f.Close()
	row := table.Row{Columns: s.Header, Values: make([]string, len(s.Header))}
	s.aside = nil
	for _, x := range s.sheets {
		more, err := s.readSheet(p, x, &row, yield)
		if err != nil {
			return s.inSheet(x, err)
		}
		if !more {
			return nil
		}
	}
	return nil
}

// readSheet yields the rows below the header, and reports whether more are wanted.
func (s *source) readSheet(p *ooxml.Package, x *worksheet, to *table.Row, yield func(table.Row, error) bool) (more bool, err error) {
	r, err := x.walk(p)
	if err != nil {
		return false, err
	}
	defer r.close()
	if to.Record = x; s.Options.AllSheets {
		to.Sheet = x.Name
	}
	r.below = x.head
	own, sieve, next := table.Row{Values: make([]string, len(x.columns))}, s.Options.NewSieve(x.columns, x.Name), false
	sieve.Numbered = x.numbers
	place := func(row *content) {
		x.place(to, row)
		own.Line, own.Beyond = row.number, to.Beyond
		for i, at := range x.at {
			own.Values[i] = to.Values[at]
		}
	}
	var header [][]string // its rows, and those above it
	rows := table.Repeats[*content]{Keep: (*content).clone}
	rows.Read = func() (*content, error) {
		_, err := r.next()
		for ; err == nil && r.number <= max(x.head, x.above); _, err = r.next() {
			if x.head > 0 && len(x.columns) > 1 {
				header = append(header[max(0, len(header)-table.MaxHeader):], r.filled())
				rows.Rows = len(header)
			}
		}
		return &r.content, err
	}
	rows.Same = func(row *content, i int) bool {
		if len(header[i]) > 0 && slices.Equal(row.cells[:row.width()], header[i]) {
			return true
		}
		place(row)
		return i == len(header)-1 && sieve.IsHeading(&own)
	}
	last := max(x.head, x.above)
	for {
		row, repeat, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		place(row)
		to.Line, to.Hidden = row.number, row.hidden
		if to.Looks = table.Heading; !repeat || sieve.Keeps(row.number) {
			to.Looks = x.kind(sieve, &own, row.number > last+1)
		}
		if last = row.number; to.Looks > table.Data && to.Looks <= table.Numbers {
			s.aside.Add(to.Sheet, row.number, to.Looks, next)
			next = true
			continue
		}
		next = false
		if !yield(*to, nil) {
			return false, nil
		}
		to.Index++
	}
}

// kind returns the kind of a row: what the tables of the sheet declare, or what the sieve finds.
func (x *worksheet) kind(sieve *table.Sieve, row *table.Row, apart bool) table.Kind {
	if sieve.Keeps(row.Line) {
		return table.Data
	}
	other := false
	for i := range x.survey.Tables {
		t := &x.survey.Tables[i]
		switch {
		case row.Line < t.Area.Top || row.Line > t.Area.Bottom || t.Part != x.main && !within(row, t.Area):
		case row.Line > t.Area.Bottom-t.Totals && !x.source.Options.NoHeader && (within(row, t.Area) || x.askedTable() == t.Part):
			return table.Totals
		case t.Part != x.main && t.Area.Top > x.head:
			other = true
		}
	}
	if x.head == 0 {
		return table.Data
	}
	k := sieve.Kind(row, apart)
	if k == table.Data && other {
		return table.Second
	}
	return k
}

// within reports whether all cells of the row with content are in the columns of an area.
func within(row *table.Row, a ooxml.Area) bool {
	for i, cell := range row.Values {
		if cell != "" && (i+1 < a.Left || i+1 > a.Right) {
			return false
		}
	}
	return row.Extra() == 0
}

// place assigns the cells of a row to the columns of the source.
func (x *worksheet) place(to *table.Row, r *content) {
	n := min(len(r.cells), len(x.columns))
	clear(to.Values)
	for i, cell := range r.cells[:n] {
		to.Values[x.at[i]] = cell
	}
	to.Beyond = r.cells[n:]
	to.Uncalculated = x.indexes(to.Uncalculated, r.open, n)
	if x.source.Options.CSVDialect != "" {
		to.Numbers = x.indexes(slices.Grow(to.Numbers, 1), r.nums, n)
	}
}

// indexes replaces list by the indexes in the columns of the source of the first n columns of the sheet.
func (x *worksheet) indexes(list, columns []int, n int) []int {
	list = list[:0]
	for _, column := range columns {
		if column <= n {
			list = append(list, x.at[column-1])
		}
	}
	return list
}
