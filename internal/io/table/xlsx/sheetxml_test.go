package xlsx_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sheetXML is a sheet as a test reads it, independently of the code under test.
type sheetXML struct {
	rest       string // the bytes outside the elements below
	dimension  string
	autoFilter string // the whole element
	cols       []map[string]string
	rows       map[int]*rowXML
}

// rowXML is a row: its attributes without r, and its cells by column.
type rowXML struct {
	attrs map[string]string
	cells map[int]cellXML
}

// cellXML is a cell: its attributes without r, and the bytes inside its element.
type cellXML struct {
	attrs map[string]string
	body  string
}

func (c cellXML) empty() bool { return c.body == "" }

func (c cellXML) same(d cellXML) bool { return c.body == d.body && maps.Equal(c.attrs, d.attrs) }

// oursInSheet contains the children of a worksheet that may change as a whole.
var oursInSheet = map[string]bool{"sheetData": true, "dimension": true, "cols": true, "autoFilter": true}

func parseSheet(t *testing.T, content []byte) *sheetXML {
	t.Helper()
	p := &sheetParser{d: xml.NewDecoder(bytes.NewReader(content)), content: content, sheet: &sheetXML{rows: map[int]*rowXML{}}}
	for {
		at := p.d.InputOffset()
		tok, err := p.d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("the sheet is not well-formed: %v", err)
		}
		if err := p.token(tok, at); err != nil {
			t.Fatalf("in the sheet: %v", err)
		}
	}
	p.sheet.rest += string(content[p.kept:])
	return p.sheet
}

type sheetParser struct {
	d       *xml.Decoder
	content []byte
	sheet   *sheetXML
	path    []string
	kept    int64 // where the rest continues
	begin   int64 // of the element that is omitted
	body    int64 // of the cell
	row     int
	column  int
	cell    cellXML
}

func (p *sheetParser) token(tok xml.Token, at int64) error {
	switch tok := tok.(type) {
	case xml.StartElement:
		p.path = append(p.path, tok.Name.Local)
		return p.start(tok, at)
	case xml.EndElement:
		p.end(at)
		p.path = p.path[:len(p.path)-1]
	}
	return nil
}

func (p *sheetParser) start(e xml.StartElement, at int64) (err error) {
	attrs := map[string]string{}
	for _, a := range e.Attr {
		attrs[a.Name.Local] = a.Value
	}
	if len(p.path) == 2 && oursInSheet[p.path[1]] {
		p.begin = at
		p.sheet.rest += string(p.content[p.kept:at])
	}
	switch strings.Join(p.path[1:], "/") {
	case "dimension":
		p.sheet.dimension = attrs["ref"]
	case "cols/col":
		p.sheet.cols = append(p.sheet.cols, attrs)
	case "sheetData/row":
		p.column = 0
		p.row++
		if r, ok := attrs["r"]; ok {
			p.row, err = strconv.Atoi(r)
		}
		delete(attrs, "r")
		p.sheet.rows[p.row] = &rowXML{attrs, map[int]cellXML{}}
	case "sheetData/row/c":
		p.column++
		if r, ok := attrs["r"]; ok {
			var row int
			if p.column, row, err = parseRef(r); err == nil && row != p.row {
				err = strconv.ErrRange
			}
		}
		delete(attrs, "r")
		p.cell, p.body = cellXML{attrs: attrs}, p.d.InputOffset()
	}
	return err
}

func (p *sheetParser) end(at int64) {
	switch path := strings.Join(p.path[1:], "/"); {
	case path == "sheetData/row/c":
		if at >= p.body {
			p.cell.body = string(p.content[p.body:at])
		}
		p.sheet.rows[p.row].cells[p.column] = p.cell
	case len(p.path) == 2 && oursInSheet[path]:
		p.kept = p.d.InputOffset()
		if path == "autoFilter" {
			p.sheet.autoFilter = string(p.content[p.begin:p.kept])
		}
	}
}

// parseRef returns the column and row of the name of a cell.
func parseRef(ref string) (column, row int, err error) {
	letters := strings.TrimRight(ref, "0123456789")
	for _, l := range letters {
		column = 26*column + int(l-'A') + 1
	}
	row, err = strconv.Atoi(ref[len(letters):])
	return column, row, err
}

// rect is a rectangle of cells, from 1. The zero rect is empty.
type rect struct{ left, top, right, bottom int }

func parseRect(t *testing.T, ref string) rect {
	t.Helper()
	from, to, ok := strings.Cut(strings.ReplaceAll(ref, "$", ""), ":")
	if !ok {
		to = from
	}
	left, top, err := parseRef(from)
	right, bottom, err2 := parseRef(to)
	if err != nil || err2 != nil {
		t.Fatalf("got the range %q", ref)
	}
	return rect{left, top, right, bottom}
}

func (r rect) has(column, row int) bool {
	return r.left <= column && column <= r.right && r.top <= row && row <= r.bottom
}

func (r rect) with(column, row int) rect {
	if r == (rect{}) {
		return rect{column, row, column, row}
	}
	return rect{min(r.left, column), min(r.top, row), max(r.right, column), max(r.bottom, row)}
}

// column returns the attributes of a column in <cols>, except its range.
func (s *sheetXML) column(n int) map[string]string {
	for _, c := range s.cols {
		from, _ := strconv.Atoi(c["min"])
		to, _ := strconv.Atoi(c["max"])
		if from <= n && n <= to {
			c = maps.Clone(c)
			delete(c, "min")
			delete(c, "max")
			return c
		}
	}
	return nil
}

// columnEdges returns the columns at which the attributes in <cols> can change.
func (s *sheetXML) columnEdges() (edges []int) {
	for _, c := range s.cols {
		from, _ := strconv.Atoi(c["min"])
		to, _ := strconv.Atoi(c["max"])
		edges = append(edges, from-1, from, to, to+1)
	}
	slices.Sort(edges)
	return slices.Compact(edges)
}

// text returns the content of an inline string or of a formula's text, unescaped. It supports only what this package writes.
func (c cellXML) text(t *testing.T) string {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader("<c xmlns:x=''>" + c.body + "</c>"))
	var text strings.Builder
	for {
		tok, err := d.RawToken()
		if err == io.EOF {
			return unescape(text.String())
		}
		if err != nil {
			t.Fatalf("the cell %q: %v", c.body, err)
		}
		if chars, ok := tok.(xml.CharData); ok {
			text.Write(chars)
		}
	}
}

// unescape decodes _xHHHH_ as Excel does.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if i+7 <= len(s) && s[i:i+2] == "_x" && s[i+6] == '_' {
			if n, err := strconv.ParseUint(s[i+2:i+6], 16, 16); err == nil {
				b.WriteRune(rune(n))
				i += 6
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
