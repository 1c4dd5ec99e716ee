package table

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gigabatch/internal/io/header"
	"gigabatch/internal/messages"
)

// Kind says what a row below the header is.
type Kind int

// The kinds of rows. Those up to Numbers are certain: the structure of the table shows them, and a Source leaves them out. The others only
// look like no data.
const (
	Data    Kind = iota
	Totals       // the totals that a table of the sheet declares
	Heading      // the header once more
	Numbers      // the numbers of the columns, directly below the header
	Units        // units of measurement, directly below the header
	Sum          // a total, by its label
	Note         // a text after a gap
	Second       // another table below
)

// Sifted is implemented by a Source that leaves out rows that are no data.
type Sifted interface {
	// LeftOut returns the rows that the last pass left out.
	LeftOut() Aside
}

// Aside are rows that are no data, or look like none, in order.
type Aside []Stretch

// Stretch are successive rows of one kind.
type Stretch struct {
	Sheet       string // if several sheets are read
	First, Last int    // lines
	Kind        Kind
	Rows        int
}

// Add adds a row. next reports whether the row before it was added last.
func (a *Aside) Add(sheet string, line int, k Kind, next bool) {
	if n := len(*a); n > 0 && next && (*a)[n-1].Kind == k && (*a)[n-1].Sheet == sheet {
		(*a)[n-1].Last = line
		(*a)[n-1].Rows++
		return
	}
	*a = append(*a, Stretch{sheet, line, line, k, 1})
}

// maxStretches is the number of stretches that are listed.
const maxStretches = 10

// Message lists the rows, each with its kind.
func (a Aside) Message() messages.Text {
	var all []messages.Text
	for i, s := range a {
		if i == maxStretches {
			rows := 0
			for _, s := range a[i:] {
				rows += s.Rows
			}
			all = append(all, messages.Sprintf("and %d more {row|rows}", rows))
			break
		}
		all = append(all, s.message())
	}
	return messages.Join(all, ", ")
}

func (s *Stretch) message() messages.Text {
	place := messages.Sprintf("row %s", strconv.Itoa(s.First))
	if s.Rows > 1 {
		place = messages.Sprintf("rows %s", s.lines())
	}
	if s.Sheet != "" {
		place = messages.Sprintf("%s of sheet %q", place, s.Sheet)
	}
	switch s.Kind {
	case Totals:
		return messages.Sprintf("%s (totals of a table)", place)
	case Heading:
		return messages.Sprintf("%s (the header again)", place)
	case Numbers:
		return messages.Sprintf("%s (numbers of the columns)", place)
	case Units:
		return messages.Sprintf("%s (units)", place)
	case Sum:
		return messages.Sprintf("%s (a total)", place)
	case Note:
		return messages.Sprintf("%s (a note)", place)
	}
	return messages.Sprintf("%s (another table)", place)
}

func (s *Stretch) lines() string {
	if s.First == s.Last {
		return strconv.Itoa(s.First)
	}
	return fmt.Sprintf("%d-%d", s.First, s.Last)
}

// Lines returns the lines as Options.KeepRows accepts them.
func (a Aside) Lines() string {
	var all []string
	for _, s := range a[:min(len(a), maxStretches)] {
		text := s.lines()
		if s.Sheet != "" {
			text = s.Sheet + ":" + text
		}
		all = append(all, text)
	}
	return strings.Join(all, ",")
}

// Argument returns Lines as an argument of a command line.
func (a Aside) Argument() string { return messages.Argument(a.Lines()) }

// Sieve finds out which rows below a header are data. It serves one traversal, and must see the rows in order.
type Sieve struct {
	Numbered bool // the first row contains the numbers of the columns; see IsNumbered
	shape
	keep  Lines
	begun bool  // a row was seen
	rows  int   // of data that the following fields are about, the first ones
	cells int   // with content
	count []int // cells with content, by column
	value []int // numbers and dates, by column
	tail  Kind  // the kind of the row before, if the rows after it may be of the same kind
}

// maxSieved is the number of rows from which a Sieve learns what the columns contain.
const maxSieved = 200

// shape are the columns of a table that are not ours.
type shape struct {
	header []string
	mine   []bool // a column that gigabatch writes
	width  int    // the number of other columns
}

// NewSieve returns a Sieve for the rows below a header, on a sheet with that name.
func (o *Options) NewSieve(columns []string, sheet string) *Sieve {
	s := &Sieve{shape: newShape(columns, o.Own), count: make([]int, len(columns)), value: make([]int, len(columns))}
	kept, _ := parseKept(o.KeepRows) // Check has refused others
	for name, lines := range kept {
		if name == "" || strings.EqualFold(name, sheet) {
			s.keep = append(s.keep, lines...)
		}
	}
	return s
}

// Keeps reports whether the user says that a line is a row.
func (s *Sieve) Keeps(line int) bool { return s.keep.Has(line) }

// IsHeading reports whether the row repeats the last row of the header.
func (s *Sieve) IsHeading(row *Row) bool { return s.width > 1 && s.isHeading(row) }

func newShape(columns, own []string) shape {
	s := shape{header: columns, mine: make([]bool, len(columns))}
	for i, name := range columns {
		if s.mine[i] = name != "" && slices.Contains(own, name); !s.mine[i] {
			s.width++
		}
	}
	return s
}

// Kind returns the kind of the next row. apart reports whether there is an empty line or row above it.
func (s *Sieve) Kind(row *Row, apart bool) Kind {
	k := s.judge(row, apart)
	if k == Heading || k == Numbers {
		return k
	}
	if k == Data && s.rows < maxSieved {
		s.rows++
		for i, cell := range row.Values {
			if !s.mine[i] && strings.TrimSpace(cell) != "" {
				s.cells++
				s.count[i]++
				if header.IsValue(cell) {
					s.value[i]++
				}
			}
		}
	}
	s.begun = true
	if s.tail = Data; k == Note || k == Second {
		s.tail = k
	}
	return k
}

func (s *Sieve) judge(row *Row, apart bool) Kind {
	if s.begun && !apart && s.tail == Data && s.isPlain(row) {
		return Data
	}
	after := apart || s.tail == Note // the row may begin something else
	switch {
	case s.keep.Has(row.Line):
		return Data
	case s.width < 2 && !slices.Equal(row.Values, s.header): // a text that equals the name of its only column may be data
		return Data
	case s.isHeading(row) && len(s.header) > 1:
		return Heading
	case s.width < 2:
		return Data
	case s.Numbered && !s.begun && s.isNumbering(row):
		return Numbers
	case !s.begun && s.isUnits(row.Values):
		return Units
	case s.isSum(row.Values):
		return Sum
	case s.tail == Second && s.filled(row.Values) > 0:
		return Second
	case after && s.filled(row.Values) == 1 && s.rows > 0 && s.cells >= 2*s.rows:
		return Note
	case after && s.isOtherHeader(row.Values):
		return Second
	}
	return Data
}

// isPlain reports whether the first cell of the row shows that it is neither the header nor a total, as most first cells do.
func (s *shape) isPlain(row *Row) bool {
	i := slices.Index(s.mine, false)
	if i < 0 || i >= len(row.Values) || row.Values[i] == "" {
		return false
	}
	cell := row.Values[i]
	r, _ := utf8.DecodeRuneInString(cell)
	return cell != s.header[i] && !unicode.IsSpace(r) && !sumStarts[initial(cell)]
}

// filled returns the number of cells with content that are not ours.
func (s *shape) filled(values []string) int {
	n := 0
	for i, cell := range values {
		if !s.mine[i] && strings.TrimSpace(cell) != "" {
			n++
		}
	}
	return n
}

// isHeading reports whether the row repeats the header, possibly without its last columns.
func (s *shape) isHeading(row *Row) bool {
	same, whole := 0, true
	for i, cell := range row.Values {
		switch {
		case cell == s.header[i]:
			if cell != "" && !s.mine[i] {
				if !whole {
					return false
				}
				same++
			}
		case cell != "":
			return false
		case !s.mine[i]:
			whole = false
		}
	}
	return row.Extra() == 0 && (same > 1 || same == 1 && whole)
}

// minNumbered is the minimum number of columns of a table whose columns are numbered.
const minNumbered = 4

// isNumbering reports whether the row contains the numbers of the columns, 1, 2, 3 and so on.
func (s *shape) isNumbering(row *Row) bool {
	n := 0
	for i, cell := range row.Values {
		if s.mine[i] {
			if cell != "" {
				return false
			}
			continue
		}
		if n++; strings.TrimSpace(cell) != strconv.Itoa(n) {
			return false
		}
	}
	return n >= minNumbered && row.Extra() == 0
}

// allNumbers reports whether every cell of the row is a number.
func (s *shape) allNumbers(row *Row) bool {
	for i, cell := range row.Values {
		if !s.mine[i] && !header.IsValue(cell) {
			return false
		}
	}
	return true
}

// IsNumbered reports whether the first of the rows contains the numbers of the columns: there are rows below it, and none is all numbers.
func (o *Options) IsNumbered(columns []string, rows iter.Seq2[Row, error]) bool {
	s := newShape(columns, o.Own)
	if s.width < minNumbered {
		return false
	}
	n := 0
	for row, err := range rows {
		if err != nil || n == 0 && !s.isNumbering(&row) || n > 0 && s.allNumbers(&row) {
			return false
		}
		n++
	}
	return n > 1
}
