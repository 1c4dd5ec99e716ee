package table

import (
	"slices"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/header"
)

// Found is what was found out about a table. Given to a later opening of the same file it is not guessed again, as long as the header
// still begins with the same columns: rows that were added, and columns that were written, could make it guess otherwise.
type Found struct {
	Sheet   string   `json:"sheet,omitempty"`
	Header  int      `json:"header,omitempty"` // its row, or its line; 0 where there is none
	Columns []string `json:"columns"`          // the cells of the header, or of the first row where there is none

	Encoding string `json:"encoding,omitempty"` // the rest is of CSV
	Delim    string `json:"delim,omitempty"`
	Quote    string `json:"quote,omitempty"`
	Escape   bool   `json:"escape,omitempty"`
	Whole    bool   `json:"whole,omitempty"`
	CR       bool   `json:"cr,omitempty"`
}

// Found is nothing, for the formats that leave nothing to guess.
func (h *base) Found() []Found { return nil }

// known is what was found of a sheet, or of a CSV file as the sheet "", if it counts.
func (o Options) known(sheet string) (Found, bool) {
	if o.HeaderRow > 0 || o.NoHeader || o.Delimiter != "" || o.Encoding != "" {
		return Found{}, false
	}
	i := slices.IndexFunc(o.Found, func(f Found) bool { return f.Sheet == sheet })
	if i < 0 || o.Found[i].Header > 0 && header.Named(o.Found[i].Columns, o.Wanted) < len(o.Wanted) {
		return Found{}, false
	}
	return o.Found[i], true
}

// fits says whether a header, or first row, still begins with the columns that were found.
func (k Found) fits(cells []string) bool {
	return len(cells) >= len(k.Columns) && slices.Equal(cells[:len(k.Columns)], k.Columns)
}

// Found is the dialect and the header.
func (s *csvSource) Found() []Found {
	y := s.dialect.syntax
	k := Found{Encoding: s.dialect.encoding.Name(), Delim: string(y.delim), Escape: y.escape, Whole: y.whole, CR: y.cr}
	if y.quote != 0 {
		k.Quote = string(y.quote)
	}
	if k.Columns = s.head.values(nil, &s.dialect, len(s.head.cells)); !s.headless {
		k.Header = s.head.line
	}
	return []Found{k}
}

// knownCSV opens the file with what was found before, nil if that does not fit any more.
func knownCSV(f *input, o Options) *csvSource {
	k, ok := o.known("")
	e, isEncoding := charset.Lookup(k.Encoding)
	if !ok || !isEncoding || len(k.Delim) != 1 {
		return nil
	}
	d, err := k.dialect(f, o, e)
	if err != nil {
		return nil
	}
	o.HeaderRow, o.NoHeader = k.Header, k.Header == 0
	s := &csvSource{base: base{name: f.name, id: f.id, options: o, headless: k.Header == 0}, dialect: d}
	if err := s.find(f); err != nil || !k.fits(s.head.values(nil, &s.dialect, len(s.head.cells))) {
		return nil
	}
	return s
}

// dialect is what was found, with the preamble and line ends that the file has now.
func (k Found) dialect(f *input, o Options, e *charset.Encoding) (dialect, error) {
	o.Delimiter = k.Delim
	s, err := newSampler(f, o)
	if err != nil {
		return dialect{}, err
	}
	d := s.dialect
	if !d.bom && !e.Wide() && !d.encoding.Wide() {
		d.encoding = e
	}
	d.delim, d.escape, d.whole, d.cr, d.quote = k.Delim[0], k.Escape, k.Whole, k.CR, 0
	if k.Quote != "" {
		d.quote = k.Quote[0]
	}
	d.breaks, _ = d.lineEnds(s.text)
	return d, nil
}

// Found is the header of each sheet.
func (s *xlsxSource) Found() []Found {
	var list []Found
	for _, x := range s.sheets {
		list = append(list, Found{Sheet: x.Name, Header: x.head, Columns: x.first})
	}
	return list
}
