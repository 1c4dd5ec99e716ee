// Package csv reads and writes the records and cells of CSV files found in practice, byte for byte. It detects the dialect of a file,
// splits the file into records, and quotes cells. It knows nothing about columns and tables.
package csv

import (
	"bytes"
	"strings"
)

// Syntax defines how records and cells are separated.
type Syntax struct {
	Delim  byte
	Whole  bool // no delimiter: a record is one cell
	Quote  byte // 0 if quotes are ordinary characters
	Escape bool // within quotes, a backslash escapes a quote
	CR     bool // CR alone also ends a line
}

// lineBreak returns the position after the first line end of b. It returns 0 if b has no line end, or only a CR that may be the first
// half of a CRLF.
func (y *Syntax) lineBreak(b []byte, end bool) int {
	if !y.CR {
		return bytes.IndexByte(b, '\n') + 1
	}
	i := bytes.IndexAny(b, "\r\n")
	switch {
	case i < 0 || b[i] == '\n':
		return i + 1
	case i+1 < len(b) && b[i+1] == '\n':
		return i + 2
	case i+1 < len(b) || end:
		return i + 1
	}
	return 0
}

// lines returns the number of line ends in b.
func (y *Syntax) lines(b []byte) int {
	n := bytes.Count(b, []byte{'\n'})
	if y.CR {
		n += bytes.Count(b, []byte{'\r'}) - bytes.Count(b, []byte("\r\n"))
	}
	return n
}

// lastLine returns the position at which the last line of b begins.
func (y *Syntax) lastLine(b []byte) int {
	if y.CR {
		return bytes.LastIndexAny(b, "\r\n") + 1
	}
	return bytes.LastIndexByte(b, '\n') + 1
}

// terminator returns the length of the line end of line.
func terminator(line []byte) int {
	n := len(line)
	if n > 0 && line[n-1] == '\n' {
		n--
	}
	for n > 0 && line[n-1] == '\r' {
		n--
	}
	return len(line) - n
}

// cut returns the position of the first delimiter, or -1.
func (y *Syntax) cut(b []byte) int {
	if y.Whole {
		return -1
	}
	return bytes.IndexByte(b, y.Delim)
}

// ends reports whether a cell may end before c.
func (y *Syntax) ends(c byte) bool {
	return !y.Whole && c == y.Delim || c == '\n' || c == '\r'
}

// unquote appends the value of a cell to b. A cell with text after the closing quote is taken literally, with its quotes, so that its
// text is the same in a file in which quotes are ordinary characters.
func (y *Syntax) unquote(b, cell []byte) []byte {
	if len(cell) == 0 || y.Quote == 0 || cell[0] != y.Quote {
		return append(b, cell...)
	}
	whole, begin := cell, len(b)
	cell = cell[1:]
	for {
		i := y.special(cell)
		if i < 0 {
			return append(b, cell...)
		}
		b = append(b, cell[:i]...)
		c := cell[i]
		cell = cell[i+1:]
		switch {
		case c == y.Quote && len(bytes.Trim(cell, " \t")) == 0:
			return append(b, cell...)
		case c == y.Quote && cell[0] != y.Quote:
			return append(b[:begin], whole...)
		case c == y.Quote || len(cell) > 0 && (cell[0] == y.Quote || cell[0] == '\\'):
			b = append(b, cell[0])
			cell = cell[1:]
		default:
			b = append(b, c)
		}
	}
}

// special returns the position of the next quote, or of the backslash before one.
func (y *Syntax) special(b []byte) int {
	if y.Escape {
		return bytes.IndexAny(b, `\`+string(y.Quote))
	}
	return bytes.IndexByte(b, y.Quote)
}

// AppendCell appends text as a cell, quoted if necessary. It returns false if quotes are necessary but are ordinary characters.
func (y *Syntax) AppendCell(b []byte, text string) ([]byte, bool) {
	if !y.needsQuotes(text) {
		return append(b, text...), true
	}
	if y.Quote == 0 {
		return append(b, text...), !strings.ContainsAny(text, "\r\n") && (y.Whole || strings.IndexByte(text, y.Delim) < 0)
	}
	return y.AppendQuoted(b, text), true
}

// needsQuotes also reports true for a space at either end, which some programs would drop.
func (y *Syntax) needsQuotes(text string) bool {
	if text == "" {
		return false
	}
	return text[0] == ' ' || text[len(text)-1] == ' ' || !y.Whole && strings.IndexByte(text, y.Delim) >= 0 ||
		strings.ContainsAny(text, "\"\r\n") ||
		y.Quote != 0 && strings.IndexByte(text, y.Quote) >= 0
}

// AppendQuoted appends text as a quoted cell. If quotes are ordinary characters, it uses double quotes.
func (y *Syntax) AppendQuoted(b []byte, text string) []byte {
	q := y.Quote
	if q == 0 {
		q = '"'
	}
	b = append(b, q)
	for {
		i := strings.IndexByte(text, q)
		if y.Escape {
			i = strings.IndexAny(text, `\`+string(q))
		}
		if i < 0 {
			break
		}
		b = append(b, text[:i]...)
		if y.Escape {
			b = append(b, '\\', text[i])
		} else {
			b = append(b, q, q)
		}
		text = text[i+1:]
	}
	return append(append(b, text...), q)
}
