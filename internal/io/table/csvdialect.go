package table

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"gigabatch/internal/io/charset"
)

// dialect is how a CSV file is written.
type dialect struct {
	syntax
	encoding *charset.Encoding
	bom      bool
	sep      bool // the first line names the delimiter
	preamble int  // length of the byte order mark and of the line that names the delimiter
	breaks   string
}

// scanner begins after the preamble.
func (d *dialect) scanner(f *input) (*csvScanner, error) {
	r, err := d.text(f)
	if err != nil {
		return nil, err
	}
	s := newCSVScanner(f.name, r, f.id.Size*3/2, d.syntax)
	if d.sep {
		s.line++
	}
	return s, nil
}

// text reads the file from the end of the preamble.
func (d *dialect) text(f *input) (io.Reader, error) {
	if !d.encoding.Wide() {
		return io.NewSectionReader(f, int64(d.preamble), 1<<62), nil
	}
	r := charset.NewReader(io.NewSectionReader(f, 0, 1<<62), d.encoding)
	_, err := io.CopyN(io.Discard, r, int64(d.preamble))
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return r, err
}

// encodingOf is the encoding asked for, or that the file shows. A byte order mark counts more than what was asked for, and
// UTF-8 is asked for in vain where none of the file is UTF-8.
func encodingOf(f *input, o Options) (charset.Guess, error) {
	g, err := charset.DetectReader(io.NewSectionReader(f, 0, f.id.Size))
	if err != nil {
		return g, openError(f.name, err)
	}
	e, ok := charset.Lookup(o.Encoding)
	if !ok || g.BOM || e == charset.UTF8 && !g.Mixed || e.Wide() && g.Encoding.Wide() {
		return g, nil
	}
	return charset.Guess{Encoding: e}, nil
}

// String is the dialect for people, without the place of the header.
func (d *dialect) String() string {
	parts := []string{"CSV", d.encoding.Name(), d.between()}
	if d.bom {
		parts[1] += " with BOM"
	}
	switch {
	case d.quote == 0:
		parts = append(parts, "no quotes")
	case d.quote != '"':
		parts = append(parts, "quotes "+string(d.quote))
	case d.escape:
		parts = append(parts, `quotes as \"`)
	}
	if d.breaks != "" {
		parts = append(parts, d.breaks)
	}
	return strings.Join(parts, ", ")
}

func (d *dialect) between() string {
	switch {
	case d.whole:
		return "one cell in a line"
	case d.delim == '\t':
		return "a tab between cells"
	}
	return quote(string(d.delim)) + " between cells"
}

// place is where the header stands, for people.
func place(line, titles int) string {
	s := "header in line " + strconv.Itoa(line)
	switch {
	case titles == 1:
		s += " (1 line of title above it)"
	case titles > 1:
		s += " (" + strconv.Itoa(titles) + " lines of title above it)"
	}
	return s
}

// sepLine is the delimiter that the first line names, as Excel understands it, and the length of that line.
func sepLine(text []byte) (delim byte, n int) {
	end := bytes.IndexAny(text, "\r\n")
	if end < 0 {
		end = len(text)
	}
	line := bytes.Trim(text[:end], `"`)
	if len(line) != 5 || !bytes.EqualFold(line[:4], []byte("sep=")) || line[4] >= 0x80 {
		return 0, 0
	}
	switch {
	case bytes.HasPrefix(text[end:], []byte("\r\n")):
		return line[4], end + 2
	case end < len(text):
		return line[4], end + 1
	}
	return 0, 0
}

// lineEnds names the line ends outside quotes, and says whether CR alone is the only one.
func (y *syntax) lineEnds(text []byte) (name string, cr bool) {
	var count [3]int // CRLF, LF, CR
	loose := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' && loose < 100 && (i == 0 || y.ends(text[i-1])):
			end := y.skipQuotes(text, i)
			if end == i {
				loose++
			}
			i = end
		case c == '\r' && i+1 < len(text) && text[i+1] == '\n':
			count[0]++
			i++
		case c == '\n':
			count[1]++
		case c == '\r':
			count[2]++
		}
	}
	switch {
	case count[0] > 0 && count[1] > 0:
		return "CRLF and LF", false
	case count[0] > 0:
		return "CRLF", false
	case count[1] > 0:
		return "LF", false
	case count[2] > 0:
		return "CR", true
	}
	return "", false
}

// skipQuotes is the position of the quote that closes the one at i, or i if none does, as csvScanner sees it.
func (y *syntax) skipQuotes(text []byte, i int) int {
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
