package table

import (
	"bytes"
	"strings"
)

// syntax is how records and cells are told apart.
type syntax struct {
	delim  byte
	whole  bool // there is no delimiter: a record is one cell
	quote  byte // 0 if quotes are letters
	escape bool // in quotes, a backslash makes a quote a letter
	cr     bool // CR alone ends a line too
}

// lineBreak is the position after the first line end of b, and 0 if there is none, or only a CR that more bytes may show to be half
// of one.
func (y *syntax) lineBreak(b []byte, end bool) int {
	if !y.cr {
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
func (y *syntax) lines(b []byte) int {
	n := bytes.Count(b, []byte{'\n'})
	if y.cr {
		n += bytes.Count(b, []byte{'\r'}) - bytes.Count(b, []byte("\r\n"))
	}
	return n
}

// lastLine is where the line begins that b ends in.
func (y *syntax) lastLine(b []byte) int {
	if y.cr {
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
func (y *syntax) cut(b []byte) int {
	if y.whole {
		return -1
	}
	return bytes.IndexByte(b, y.delim)
}

// ends says whether a cell may end before c.
func (y *syntax) ends(c byte) bool {
	return !y.whole && c == y.delim || c == '\n' || c == '\r'
}

// unquote appends the value of a cell as it stands to b. A cell with text after the closing quote is taken as it stands, quotes
// and all: so it is the same text in a file whose quotes are letters.
func (y *syntax) unquote(b, cell []byte) []byte {
	if len(cell) == 0 || y.quote == 0 || cell[0] != y.quote {
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
		case c == y.quote && len(bytes.Trim(cell, " \t")) == 0:
			return append(b, cell...)
		case c == y.quote && cell[0] != y.quote:
			return append(b[:begin], whole...)
		case c == y.quote || len(cell) > 0 && (cell[0] == y.quote || cell[0] == '\\'):
			b = append(b, cell[0])
			cell = cell[1:]
		default:
			b = append(b, c)
		}
	}
}

// special is the position of the next quote, or of the backslash before one.
func (y *syntax) special(b []byte) int {
	if y.escape {
		return bytes.IndexAny(b, `\`+string(y.quote))
	}
	return bytes.IndexByte(b, y.quote)
}

// appendCell appends text as a cell, quoted if its letters ask for it. It says false where they do and quotes are letters.
func (y *syntax) appendCell(b []byte, text string) ([]byte, bool) {
	if !y.needsQuotes(text) {
		return append(b, text...), true
	}
	if y.quote == 0 {
		return append(b, text...), !strings.ContainsAny(text, "\r\n") && (y.whole || strings.IndexByte(text, y.delim) < 0)
	}
	return y.appendQuoted(b, text), true
}

// needsQuotes also says yes to a space at either end, which some programs would drop.
func (y *syntax) needsQuotes(text string) bool {
	if text == "" {
		return false
	}
	return text[0] == ' ' || text[len(text)-1] == ' ' || !y.whole && strings.IndexByte(text, y.delim) >= 0 || strings.ContainsAny(text, "\"\r\n") ||
		y.quote != 0 && strings.IndexByte(text, y.quote) >= 0
}

func (y *syntax) appendQuoted(b []byte, text string) []byte {
	q := y.quote
	if q == 0 {
		q = '"'
	}
	b = append(b, q)
	for {
		i := strings.IndexByte(text, q)
		if y.escape {
			i = strings.IndexAny(text, `\`+string(q))
		}
		if i < 0 {
			break
		}
		b = append(b, text[:i]...)
		if y.escape {
			b = append(b, '\\', text[i])
		} else {
			b = append(b, q, q)
		}
		text = text[i+1:]
	}
	return append(append(b, text...), q)
}
