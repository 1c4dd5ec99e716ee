package table

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
)

var errBreaksOff = errors.New("the sheet breaks off")

// surveySheet is the number of the last row of a sheet, by a walk over its bytes. excelize takes the end of what it
// understands for the end of the sheet; this tells how far it should have come.
func surveySheet(part *zip.File) (last int, err error) {
	rc, err := part.Open()
	if err != nil {
		return 0, err
	}
	defer rc.Close()
	s := sheetSurvey{window: window{r: rc, size: windowSize}}
	for {
		tag, err := s.tag()
		if errors.Is(err, io.EOF) {
			return 0, errBreaksOff
		}
		if err != nil {
			return 0, err
		}
		if s.visit(tag) {
			return s.row, s.finish()
		}
	}
}

// sheetSurvey keeps the bytes from the beginning of the last row on.
type sheetSurvey struct {
	window
	p   int // of the next byte to look at
	row int
}

// tag is the next tag with its brackets.
func (s *sheetSurvey) tag() ([]byte, error) {
	begin, err := s.find(s.p, "<")
	if err != nil {
		return nil, err
	}
	end, err := s.find(begin, s.close(begin))
	if err != nil {
		return nil, err
	}
	s.p = end
	return s.bytes()[begin-1 : end], nil
}

// close is what ends the tag whose name begins at p.
func (s *sheetSurvey) close(p int) string {
	for len(s.bytes()) < p+8 && s.more() == nil {
	}
	switch b := s.bytes()[p:]; {
	case bytes.HasPrefix(b, []byte("!--")):
		return "-->"
	case bytes.HasPrefix(b, []byte("![CDATA[")):
		return "]]>"
	}
	return ">"
}

// find is the position after the next mark from p on.
func (s *sheetSurvey) find(p int, mark string) (int, error) {
	for {
		b := s.bytes()
		if i := bytes.Index(b[p:], []byte(mark)); i >= 0 {
			return p + i + len(mark), nil
		}
		p = max(p, len(b)-len(mark)+1)
		if err := s.more(); err != nil {
			return 0, err
		}
	}
}

// visit counts a row and says whether the rows have ended.
func (s *sheetSurvey) visit(tag []byte) bool {
	switch name := tagName(tag); name {
	case "row":
		s.row = rowNumber(tag, s.row+1)
		s.skip(s.p - len(tag))
		s.p = len(tag)
	case "/sheetData", "sheetData/":
		return true
	default:
		if s.row == 0 {
			s.skip(s.p)
			s.p = 0
		}
	}
	return false
}

// finish checks the last row, whose damage would go unseen, and that the part can be read to its end.
func (s *sheetSurvey) finish() error {
	d := xml.NewDecoder(bytes.NewReader(s.bytes()[:s.p]))
	for {
		_, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	for {
		s.skip(len(s.bytes()))
		if err := s.more(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// tagName is the name without prefix; "/" stands before that of an end tag and after that of an empty one.
func tagName(tag []byte) string {
	name := tag[1 : len(tag)-1]
	slash := ""
	if bytes.HasPrefix(name, []byte("/")) {
		slash, name = "/", name[1:]
	}
	empty := bytes.HasSuffix(name, []byte("/"))
	if i := bytes.IndexAny(name, " \t\r\n/"); i >= 0 {
		name = name[:i]
	}
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	if empty && string(name) != "row" {
		return string(name) + "/"
	}
	return slash + string(name)
}

// rowNumber is the attribute r of a row's tag, or else if it has none.
func rowNumber(tag []byte, otherwise int) int {
	for _, mark := range []string{` r="`, ` r='`} {
		i := bytes.Index(tag, []byte(mark))
		if i < 0 {
			continue
		}
		digits := tag[i+len(mark):]
		if j := bytes.IndexAny(digits, `"'`); j >= 0 {
			digits = digits[:j]
		}
		if n, err := strconv.Atoi(string(digits)); err == nil && n > 0 {
			return n
		}
	}
	return otherwise
}
