package table

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// delimiters are those that are found out, the likeliest first.
const delimiters = ",;\t"

const sampleSize = 64 << 10

// dialect is how a CSV file is written.
type dialect struct {
	bom   bool
	delim byte
}

// detect finds the dialect of a file from its first records: the delimiter that cuts the header and cuts most records
// into as many cells as the header. If none cuts the header, the file has one column, and the delimiter is one that cuts no
// record of the file at all, so that a text with commas stays whole and cells can be appended.
func detect(f *input) (dialect, error) {
	sample := make([]byte, min(sampleSize, f.id.Size))
	n, err := io.ReadFull(io.NewSectionReader(f, 0, f.id.Size), sample)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return dialect{}, openError(f.name, err)
	}
	sample = sample[:n]
	if err := checkHead(f.name, sample); err != nil {
		return dialect{}, err
	}
	d := dialect{bom: bytes.HasPrefix(sample, bom)}
	if d.delim = bestDelimiter(bytes.TrimPrefix(sample, bom), n == sampleSize); d.delim != 0 {
		return d, nil
	}
	d.delim, err = absentDelimiter(f, d)
	return d, err
}

// bestDelimiter is 0 if no delimiter cuts the header.
func bestDelimiter(sample []byte, partial bool) (best byte) {
	score, width := 0.0, 1
	for _, delim := range []byte(delimiters) {
		counts := cellCounts(sample, delim, partial)
		if len(counts) == 0 || counts[0] < 2 {
			continue
		}
		s := share(counts)
		if s > score || s == score && counts[0] > width {
			best, score, width = delim, s, counts[0]
		}
	}
	return best
}

// cellCounts is the number of cells of each of the first records, less one that the sample may have cut.
func cellCounts(sample []byte, delim byte, partial bool) (counts []int) {
	s := newCSVScanner("", bytes.NewReader(sample), int64(len(sample)), delim)
	for len(counts) < 50 {
		rec, err := s.next()
		if rec == nil {
			return counts
		}
		if err != nil || partial && s.eof && s.end-s.start == len(rec.raw) && len(counts) > 0 {
			return counts
		}
		counts = append(counts, len(rec.cells))
	}
	return counts
}

// share is the part of the records that have as many cells as the first.
func share(counts []int) float64 {
	same := 0
	for _, n := range counts {
		if n == counts[0] {
			same++
		}
	}
	return float64(same) / float64(len(counts))
}

// absentDelimiter is one that cuts no record of a file of one column, the comma if each of them does.
func absentDelimiter(f *input, d dialect) (byte, error) {
	order := delimiters
	if tabbed(f.name) {
		order = "\t,;"
	}
	for _, delim := range []byte(order) {
		cuts, err := cutsAny(f, dialect{d.bom, delim})
		if err != nil || !cuts {
			return delim, err
		}
	}
	return ',', nil
}

func cutsAny(f *input, d dialect) (bool, error) {
	s := d.scanner(f)
	for {
		rec, err := s.next()
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			return false, err
		case len(rec.cells) > 1:
			return true, nil
		}
	}
}

// scanner begins after the byte order mark.
func (d dialect) scanner(f *input) *csvScanner {
	from := int64(0)
	if d.bom {
		from = int64(len(bom))
	}
	return newCSVScanner(f.name, io.NewSectionReader(f, from, 1<<62), f.id.Size, d.delim)
}

// checkHeader refuses a header that shows that the file was cut wrongly.
func (d dialect) checkHeader(f *input, rec *csvRecord, columns []string) error {
	body := bytes.TrimSuffix(rec.raw, []byte("\r"))
	if !bytes.HasSuffix(body, []byte("\n")) && bytes.IndexByte(body, '\r') >= 0 {
		return &Error{Name: f.name, Line: 1, Msg: "the lines end with CR alone", Hint: "save the file with line ends LF or CRLF"}
	}
	if len(columns) > 1 {
		return nil
	}
	for _, other := range []string{";", "\t", "|"} {
		if strings.Contains(columns[0], other) {
			return &Error{Name: f.name, Line: rec.line, Msg: "there is one column, but its header holds " + named(other),
				Hint: "is the delimiter " + named(other) + "? Save the file with a comma, a semicolon or a tab between unquoted cells"}
		}
	}
	return nil
}

func named(delim string) string {
	if delim == "\t" {
		return "a tab"
	}
	return `"` + delim + `"`
}
