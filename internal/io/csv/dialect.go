package csv

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/messages"
)

// Dialect is the way a CSV file is written.
type Dialect struct {
	Syntax
	Encoding *charset.Encoding
	BOM      bool
	Sep      bool // the first line specifies the delimiter
	Preamble int  // length of the byte order mark and of the line that specifies the delimiter
	Breaks   string
}

// Scanner returns a scanner that begins after the preamble. size is the size of the file.
func (d *Dialect) Scanner(f io.ReaderAt, size int64) (*Scanner, error) {
	r, err := d.Text(f)
	if err != nil {
		return nil, err
	}
	s := NewScanner(r, size*3/2, d.Syntax)
	if d.Sep {
		s.line++
	}
	return s, nil
}

// Text returns a reader that begins at the end of the preamble.
func (d *Dialect) Text(f io.ReaderAt) (io.Reader, error) {
	if !d.Encoding.Wide() {
		return io.NewSectionReader(f, int64(d.Preamble), 1<<62), nil
	}
	r := charset.NewReader(io.NewSectionReader(f, 0, 1<<62), d.Encoding)
	_, err := io.CopyN(io.Discard, r, int64(d.Preamble))
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return r, err
}

// encodingOf returns the requested encoding, or the detected one, and what was detected. A byte order mark overrides the request. A request
// for UTF-8 is ignored if no part of the file is UTF-8.
func encodingOf(f io.ReaderAt, size int64, asked *charset.Encoding) (*charset.Encoding, charset.Guess, error) {
	g, err := charset.DetectReader(io.NewSectionReader(f, 0, size))
	if err != nil || asked == nil || g.BOM || asked == charset.UTF8 && !g.Mixed || asked.UTF16() && g.Encoding.UTF16() {
		return g.Encoding, g, err
	}
	return asked, g, nil
}

// String describes the dialect for people, without the position of the header.
func (d *Dialect) String() string { return d.Message().String() }

// Message returns the text of String in any language.
func (d *Dialect) Message() messages.Text {
	encoding := messages.Verbatim(d.Encoding.Name())
	if d.BOM {
		encoding = messages.Sprintf("%s with BOM", d.Encoding.Name())
	}
	parts := []messages.Text{messages.Verbatim("CSV"), encoding, d.between()}
	switch {
	case d.Quote == 0:
		parts = append(parts, messages.Sprintf("no quotes"))
	case d.Quote != '"':
		parts = append(parts, messages.Sprintf("quote character %s", string(d.Quote)))
	case d.Escape:
		parts = append(parts, messages.Sprintf("quotes escaped as %s", `\"`))
	}
	if d.Breaks != "" {
		parts = append(parts, messages.Verbatim(d.Breaks))
	}
	return messages.Join(parts, ", ")
}

func (d *Dialect) between() messages.Text {
	switch {
	case d.Whole:
		return messages.Sprintf("one cell per line")
	case d.Delim == '\t':
		return messages.Sprintf("tab-delimited")
	}
	return messages.Sprintf("delimiter %q", string(d.Delim))
}

// PreambleLines returns the number of lines before the first record.
func (d *Dialect) PreambleLines() int {
	if d.Sep {
		return 1
	}
	return 0
}

// sepLine returns the delimiter that the first line specifies, as Excel interprets it, and the length of that line.
func sepLine(text []byte) (delim byte, n int) {
	end := bytes.IndexAny(text, "\r\n")
	if end < 0 {
		end = len(text)
	}
	line := bytes.Trim(text[:end], `"`)
	if len(line) != 5 || !bytes.EqualFold(line[:4], []byte("sep=")) || line[4] >= 0x80 {
		return 0, 0
	}
	if end == len(text) {
		return 0, 0
	}
	if n, ok := lineFeed(text[end:]); ok {
		return line[4], end + n
	}
	return line[4], end + 1
}

// lineEnds names the line ends outside quotes, and reports whether CR alone ends a line. That is so if no other line end occurs except at
// the end of the text, where programs add one.
func (y *Syntax) lineEnds(text []byte) (name string, cr bool) {
	var count [3]int // of LF, CRLF, CRCRLF
	loose, last := 0, len(bytes.TrimRight(text, "\r\n"))
	for i := 0; i < len(text) && (i < last || !cr || count != [3]int{}); i++ {
		switch c := text[i]; {
		case c == '"' && loose < 100 && (i == 0 || y.ends(text[i-1])):
			end := y.skipQuotes(text, i)
			if end == i {
				loose++
			}
			i = end
		case c == '\r' || c == '\n':
			n, ok := lineFeed(text[i:])
			if ok {
				count[min(n, len(count))-1]++
			} else {
				cr = true
			}
			i += n - 1
		}
	}
	var names []string
	for _, kind := range []int{2, 1, 0} {
		if count[kind] > 0 {
			names = append(names, [...]string{"LF", "CRLF", "CRCRLF"}[kind])
		}
	}
	if names == nil && cr {
		return "CR", true
	}
	return strings.Join(names, " and "), false
}

// lineFeed returns the length of the CRs that b begins with, and of an LF after them, if there is one: together they are a line end, since
// programs that translate LF to CRLF also do so where it is one already.
func lineFeed(b []byte) (n int, ok bool) {
	for n < len(b) && b[n] == '\r' {
		n++
	}
	if n < len(b) && b[n] == '\n' {
		return n + 1, true
	}
	return n, false
}

// skipQuotes returns the position of the quote that closes the one at i, by the rules of Scanner, or i if none does.
func (y *Syntax) skipQuotes(text []byte, i int) int {
	p := i + 1
	for {
		n := bytes.IndexByte(text[p:], '"')
		if n < 0 {
			return i
		}
		if p += n; p+1 == len(text) || text[p+1] != '"' {
			break
		}
		p += 2
	}
	after := bytes.TrimLeft(text[p+1:], " ")
	if len(after) > 0 && !y.ends(after[0]) && bytes.ContainsAny(text[i:p], "\r\n") {
		return i
	}
	return p
}
