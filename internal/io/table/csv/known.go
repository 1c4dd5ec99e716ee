package csv

import (
	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/csv"
	"gigabatch/internal/io/table"
)

// Found returns the dialect and the header.
func (s *source) Found() []table.Found {
	y := s.dialect.Syntax
	k := table.Found{Encoding: s.dialect.Encoding.Name(), Delim: string(y.Delim), Escape: y.Escape, Whole: y.Whole, CR: y.CR}
	if y.Quote != 0 {
		k.Quote = string(y.Quote)
	}
	if k.Columns = s.head.Values(nil, &s.dialect, len(s.head.Cells)); !s.Headless {
		k.Header = s.head.Line
	}
	return []table.Found{k}
}

// openKnown opens the file with what was found earlier. It returns nil if that no longer fits.
func openKnown(f *table.Input, o table.Options, c table.Create) *source {
	k, ok := o.Known("")
	e, isEncoding := charset.Lookup(k.Encoding)
	if !ok || !isEncoding || len(k.Delim) != 1 {
		return nil
	}
	y := csv.Syntax{Delim: k.Delim[0], Escape: k.Escape, Whole: k.Whole, CR: k.CR}
	if k.Quote != "" {
		y.Quote = k.Quote[0]
	}
	sample, err := csv.NewSample(f, f.State.Size, csv.Options{Delimiter: y.Delim})
	if err != nil {
		return nil
	}
	o.HeaderRow, o.NoHeader = k.Header, k.Header == 0
	s := &source{Base: table.Base{Path: f.Path, State: f.State, Options: o, Create: c, Headless: k.Header == 0}, dialect: sample.Known(y, e)}
	if err := s.find(f); err != nil || !k.Fits(s.head.Values(nil, &s.dialect, len(s.head.Cells))) {
		return nil
	}
	return s
}
