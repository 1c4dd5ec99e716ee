package table

import (
	"slices"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/csv"
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
	y := s.dialect.Syntax
	k := Found{Encoding: s.dialect.Encoding.Name(), Delim: string(y.Delim), Escape: y.Escape, Whole: y.Whole, CR: y.CR}
	if y.Quote != 0 {
		k.Quote = string(y.Quote)
	}
	if k.Columns = s.head.Values(nil, &s.dialect, len(s.head.Cells)); !s.headless {
		k.Header = s.head.Line
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
	y := csv.Syntax{Delim: k.Delim[0], Escape: k.Escape, Whole: k.Whole, CR: k.CR}
	if k.Quote != "" {
		y.Quote = k.Quote[0]
	}
	sample, err := csv.NewSample(f, f.id.Size, csv.Options{Delimiter: y.Delim})
	if err != nil {
		return nil
	}
	o.HeaderRow, o.NoHeader = k.Header, k.Header == 0
	s := &csvSource{base: base{name: f.name, id: f.id, options: o, headless: k.Header == 0}, dialect: sample.Known(y, e)}
	if err := s.find(f); err != nil || !k.fits(s.head.Values(nil, &s.dialect, len(s.head.Cells))) {
		return nil
	}
	return s
}

// Found is the header of each sheet.
func (s *xlsxSource) Found() []Found {
	var list []Found
	for _, x := range s.sheets {
		list = append(list, Found{Sheet: x.Name, Header: x.head, Columns: x.first})
	}
	return list
}
