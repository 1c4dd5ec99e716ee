package ooxml

import (
	"bytes"
	"errors"
	"io"

	"gigabatch/internal/io/stream"
	"gigabatch/internal/messages"
)

// Scanner iterates over the rows of a sheet while its part streams by. It holds one row in memory.
type Scanner struct {
	elements
	head   []byte
	row    Row
	parser rowParser
	name   string // of the part
	part   io.Closer
	empty  bool // the container is an empty-element tag
}

// Row is a row of a sheet. It is valid until the next one is scanned.
type Row struct {
	Raw    []byte // the row and what precedes it after the previous row
	Number int    // from 1
	Hidden bool
	Style  int // of the cells that the row lacks; 0 unless the row has its own format
	Cells  []Cell

	tag   markup // the start or empty-element tag of the row
	close int    // position of its end tag
	spans span   // the value of the attribute spans
}

// Type is the type of the value of a cell (ECMA-376 part 1, 18.18.11, ST_CellType).
type Type byte

const (
	Number  Type = iota
	Shared       // an index of a shared string
	Bool         // 0 or 1
	Err          // such as #N/A
	Formula      // the text result of a formula
	Inline       // text in the cell itself
	Date         // ISO 8601
)

var cellTypes = map[string]Type{"n": Number, "s": Shared, "b": Bool, "e": Err, "str": Formula, "inlineStr": Inline, "d": Date}

// Cell is a cell of a row. Positions are relative to the start of the row's Raw.
type Cell struct {
	Column  int // from 1
	Style   int
	Type    Type
	Formula bool // the cell has a formula
	logical bool // the formula is TRUE() or FALSE(): so LibreOffice saves a value
	Spill   Area // the cells that the formula fills; the zero Area if it fills only its own

	span
	value span // of the content of the element v or is
	has   bool // the cell has a value, possibly empty
}

// Has reports whether the cell has a value, or a formula that was never calculated.
func (c *Cell) Has() bool { return c.has || c.Formula }

// Stored reports whether the cell has a value. A formula without a value was never calculated.
func (c *Cell) Stored() bool { return c.has }

// Scan begins a pass over a sheet.
func (p *Package) Scan(s Sheet) (*Scanner, error) {
	rc, err := p.open(s.Part)
	if err != nil {
		return nil, err
	}
	n := &Scanner{elements: elements{Window: stream.Window{R: rc, Max: maxElement}}, name: s.Part, part: rc}
	if err := n.enterRows(); err != nil {
		rc.Close()
		return nil, err
	}
	return n, nil
}

// enterRows reads up to the rows.
func (n *Scanner) enterRows() error {
	head, err := n.enter("sheetData", "row")
	n.head, n.empty, n.parser.prefix = bytes.Clone(head), n.ended, n.prefix
	return n.in(err)
}

// in adds the place of an error.
func (n *Scanner) in(err error) error {
	switch err = breaksOff(err); {
	case err == nil:
		return nil
	case n.row.Number == 0:
		return messages.Errorf("%s: %w", n.name, err)
	}
	return messages.Errorf("%s: near row %d: %w", n.name, n.row.Number, err)
}

var errBreaksOff = messages.Errorf("the sheet ends unexpectedly")

func breaksOff(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errBreaksOff
	}
	return err
}

// Head returns everything before the first row, including the start tag of the rows' container.
func (n *Scanner) Head() []byte { return n.head }

// Next returns the next row, including rows without cells. After the last row it returns io.EOF.
func (n *Scanner) Next() (*Row, error) {
	before := n.row.Number
	err := n.next(func(raw []byte, m markup) (bool, error) { return n.parser.parse(&n.row, raw, m, before) })
	if errors.Is(err, io.EOF) {
		return nil, err
	}
	return &n.row, n.in(err)
}

// Tail returns what follows the last row. It reads the part to its end and checks that it is complete. It must be called after Next
// has returned io.EOF.
func (n *Scanner) Tail() ([]byte, error) {
	b, err := n.Rest()
	if err == nil {
		err = n.balanced(b)
	}
	return b, n.in(err)
}

// Close closes the part.
func (n *Scanner) Close() error { return n.part.Close() }

// balanced checks the markup of the tail of a part.
func (n *Scanner) balanced(b []byte) error {
	depth := 2 // the root and the container
	if n.empty {
		depth = 1
	}
	for p := 0; ; {
		m, err := next(b, p)
		if errors.Is(err, io.ErrUnexpectedEOF) && bytes.IndexByte(b[p:], '<') < 0 {
			break
		}
		if err != nil {
			return err
		}
		if depth == 0 && m.kind != other {
			return errXML
		}
		switch m.kind {
		case startTag:
			depth++
		case endTag:
			depth--
		}
		p = m.hi
	}
	if depth > 0 {
		return errBreaksOff
	}
	if rest := b[bytes.LastIndexByte(b, '>')+1:]; len(bytes.TrimSpace(rest)) > 0 {
		return errXML
	}
	return checkText(b)
}
