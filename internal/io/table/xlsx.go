package table

import (
	"errors"
	"iter"
	"os"

	"gigabatch/internal/io/ooxml"
)

// xlsxSource is one sheet of a workbook, or all that are visible, as they were when opened. Values are as the sheet shows
// them, dates without a format of their own as yyyy-mm-dd.
type xlsxSource struct {
	base
	book    *ooxml.Book
	sheets  []*xlsxSheet
	display *display
	tmp     string // the folder of what is too long for the memory
}

func openXLSX(f *input, o Options) (Source, error) {
	if err := checkOLE(f); err != nil {
		return nil, err
	}
	s := &xlsxSource{base: base{name: f.name, id: f.id, options: o}}
	if err := s.open(f); err != nil {
		s.Close()
		return nil, s.named(err)
	}
	return s, nil
}

func (s *xlsxSource) open(f *input) error {
	p, err := ooxml.OpenPackage(f, f.id.Size)
	if err != nil {
		return err
	}
	if s.tmp, err = os.MkdirTemp("", "gigabatch-"); err != nil {
		return err
	}
	if s.book, err = ooxml.OpenBook(p, s.tmp); err != nil {
		return err
	}
	s.display = newDisplay(s.book, s.options.RawValues)
	if s.options.AllSheets {
		return s.openAll(p)
	}
	return s.openOne(p)
}

// openOne opens the sheet that is asked for.
func (s *xlsxSource) openOne(p *ooxml.Package) error {
	chosen, err := s.choose()
	if err != nil {
		return err
	}
	x, err := s.openSheet(p, chosen)
	if err != nil {
		return err
	}
	if x.blank {
		return s.emptySheet(p, chosen)
	}
	s.sheets = []*xlsxSheet{x}
	s.columns, s.headless = x.columns, x.head == 0
	return nil
}

// openAll opens the visible sheets that have rows.
func (s *xlsxSource) openAll(p *ooxml.Package) error {
	for _, sheet := range s.book.Sheets {
		if !sheet.Visible {
			continue
		}
		x, err := s.openSheet(p, sheet)
		if err != nil {
			return err
		}
		if !x.blank && x.last() > x.head {
			s.join(x)
		}
	}
	if len(s.sheets) == 0 {
		return s.noSheet("no visible sheet of the workbook has rows below a header", "name a hidden one with --sheet: ")
	}
	s.headless = !s.anyHead()
	return nil
}

func (s *xlsxSource) anyHead() bool {
	for _, x := range s.sheets {
		if x.head > 0 {
			return true
		}
	}
	return false
}

func (s *xlsxSource) Format() Format { return XLSX }

func (s *xlsxSource) Sheet() string {
	if s.options.AllSheets {
		return ""
	}
	return s.sheets[0].Name
}

// Close frees the memory and removes what stands on disk.
func (s *xlsxSource) Close() error {
	var err error
	if s.book != nil {
		err = s.book.Close()
	}
	if s.display != nil {
		err = errors.Join(err, s.display.scratch.close())
	}
	if s.tmp != "" {
		err = errors.Join(err, os.RemoveAll(s.tmp))
	}
	return err
}

func (s *xlsxSource) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if err := s.read(yield); err != nil {
			yield(Row{}, s.named(err))
		}
	}
}

// reopen opens the workbook as it was when opened first.
func (s *xlsxSource) reopen() (*input, *ooxml.Package, error) {
	f, err := openRegular(s.name)
	if err != nil {
		return nil, nil, err
	}
	if !f.id.Same(s.id) {
		return nil, nil, errors.Join(s.changed(), f.Close())
	}
	p, err := ooxml.OpenPackage(f, f.id.Size)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, p, nil
}

func (s *xlsxSource) Sink(dst string, columns ...string) (Sink, error) {
	format, ok := s.target(dst)
	switch {
	case !ok || format == XLSX:
		return s.copySink(dst, columns)
	case s.options.AllSheets:
		return s.joinedSink(dst, format, columns)
	}
	return newSink(&s.base, dst, format, columns)
}
