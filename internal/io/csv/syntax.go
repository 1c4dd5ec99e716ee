// Package csv reads and writes the records and cells of CSV as people have it, byte for byte: it finds the dialect of a file, cuts it into
// records and quotes cells. It knows neither columns nor tables.
package csv

import (
	"bytes"
	"strings"
)

// Syntax is how records and cells are told apart.
type Syntax struct {
	Delim  byte
	Whole  bool // there is no delimiter: a record is one cell
	Quote  byte // 0 if quotes are letters
	Escape bool // in quotes, a backslash makes a quote a letter
	CR     bool // CR alone ends a line too
}

// lineBreak is the position after the first line end of b, and 0 if there is none, or only a CR that more bytes may show to be half
// of one.
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

// lines is the number of line ends in b.
func (y *Syntax) lines(b []byte) int {
	n := bytes.Count(b, []byte{'\n'})
	if y.CR {
		n += bytes.Count(b, []byte{'\r'}) - bytes.Count(b, []byte("\r\n"))
	}
	return n
}

// lastLine is where the line begins that b ends in.
func (y *Syntax) lastLine(b []byte) int {
	if y.CR {
		return bytes.LastIndexAny(b, "\r\n") + 1
	}
	return bytes.LastIndexByte(b, '\n') + 1
}

// terminator is the length of the line end that line ends with.
func terminator(line []byte) int {
	n := len(line)
	if n > 0 && line[n-1] == '\n' {
		n--
	}
	if n > 0 && line[n-1] == '\r' {
		n--
	}
	return len(line) - n
}

// cut is the position of the first delimiter, -1 if there is none.
func (y *Syntax) cut(b []byte) int {
	if y.Whole {
		return -1
	}
	return bytes.IndexByte(b, y.Delim)
}

// ends says whether a cell may end before c.
func (y *Syntax) ends(c byte) bool {
	return !y.Whole && c == y.Delim || c == '\n' || c == '\r'
}

// unquote appends the value of a cell as it stands to b. A cell with text after the closing quote is taken as it stands, quotes
// and all: so it is the same text in a file whose quotes are letters.
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

// special is the position of the next quote, or of the backslash before one.
func (y *Syntax) special(b []byte) int {
	if y.Escape {
		return bytes.IndexAny(b, `\`+string(y.Quote))
	}
	return bytes.IndexByte(b, y.Quote)
}

// AppendCell appends text as a cell, quoted if its letters ask for it. It says false where they do and quotes are letters.
func (y *Syntax) AppendCell(b []byte, text string) ([]byte, bool) {
	if !y.needsQuotes(text) {
		return append(b, text...), true
	}
	if y.Quote == 0 {
		return append(b, text...), !strings.ContainsAny(text, "\r\n") && (y.Whole || strings.IndexByte(text, y.Delim) < 0)
	}
	return y.AppendQuoted(b, text), true
}

// needsQuotes also says yes to a space at either end, which some programs would drop.
func (y *Syntax) needsQuotes(text string) bool {
	if text == "" {
		return false
	}
	return text[0] == ' ' || text[len(text)-1] == ' ' || !y.Whole && strings.IndexByte(text, y.Delim) >= 0 ||
		strings.ContainsAny(text, "\"\r\n") ||
		y.Quote != 0 && strings.IndexByte(text, y.Quote) >= 0
}

// AppendQuoted appends text as a cell in quotes, or in double quotes where quotes are letters.
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
