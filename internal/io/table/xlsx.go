package table

import (
	"archive/zip"
	"errors"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// xlsxSource is one sheet of a workbook, as it was when opened. The header is the first row with any content; values are
// as the sheet shows them, dates without a format of their own as yyyy-mm-dd.
type xlsxSource struct {
	header
	book  *book
	sheet string
	head  int // row of the header
	last  int // last row of the sheet
	width int // columns that have content in any row, 0 unknown
}

func openXLSX(f *input, sheet string) (Source, error) {
	zr, total, err := openZip(f)
	if err != nil {
		return nil, err
	}
	b, err := openBook(f, total)
	if err != nil {
		return nil, err
	}
	s := &xlsxSource{header: header{name: f.name, id: f.id}, book: b}
	if err := guard(func() error { return s.open(zr, sheet) }); err != nil {
		return nil, errors.Join(s.named(err), b.Close())
	}
	return s, nil
}

func (s *xlsxSource) open(zr *zip.Reader, sheet string) (err error) {
	if s.sheet, err = s.choose(sheet); err != nil {
		return err
	}
	if part := findPart(zr, sheetPart(zr, s.sheet)); part != nil {
		if s.last, err = surveySheet(part); err != nil {
			return err
		}
	}
	return s.findHeader()
}

// named makes an error of excelize one of a damaged workbook.
func (s *xlsxSource) named(err error) error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return err
	case errors.Is(err, excelize.ErrMaxRows):
		return &Error{Name: s.name, Msg: "the sheet " + quote(s.sheet) + " has more than 1048576 rows"}
	case errors.Is(err, excelize.ErrColumnNumber):
		return &Error{Name: s.name, Msg: "the sheet " + quote(s.sheet) + " has more than 16384 columns"}
	}
	return corrupt(s.name, err)
}

// choose is the sheet of that name, or of that number, or the first visible one.
func (s *xlsxSource) choose(want string) (string, error) {
	sheets := s.book.GetSheetList()
	if slices.Contains(sheets, want) {
		return want, nil
	}
	if n, err := strconv.Atoi(want); err == nil && n >= 1 && n <= len(sheets) {
		return sheets[n-1], nil
	}
	if want != "" {
		return "", &Error{Name: s.name, Msg: "no sheet " + quote(want), Hint: "the sheets are " + list(sheets)}
	}
	for _, sheet := range sheets {
		if visible, err := s.book.GetSheetVisible(sheet); err == nil && visible {
			return sheet, nil
		}
	}
	return "", &Error{Name: s.name, Msg: "the workbook has no visible sheet", Hint: "name one with --sheet: " + list(sheets)}
}

func list(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	return strings.Join(quoted, ", ")
}

// findHeader reads up to the first row with content.
func (s *xlsxSource) findHeader() error {
	rows, err := s.walk()
	if err != nil {
		return err
	}
	defer rows.Close()
	cells, err := rows.next()
	if errors.Is(err, io.EOF) {
		return &Error{Name: s.name, Msg: "the sheet " + quote(s.sheet) + " is empty", Hint: "the sheets are " + list(s.book.GetSheetList())}
	}
	s.head, s.columns = rows.line, cells
	return err
}

func (s *xlsxSource) Format() Format { return XLSX }
func (s *xlsxSource) Close() error   { return s.book.Close() }

func (s *xlsxSource) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if err := s.read(yield); err != nil {
			yield(Row{}, s.named(err))
		}
	}
}

// read yields the rows below the header until they end or are wanted no longer.
func (s *xlsxSource) read(yield func(Row, error) bool) error {
	rows, err := s.walk()
	if err != nil {
		return err
	}
	defer rows.Close()
	row := Row{Columns: s.columns, Values: make([]string, len(s.columns)), rec: s}
	for width := 0; ; {
		cells, err := rows.next()
		if errors.Is(err, io.EOF) {
			s.width = width
			return nil
		}
		if err != nil {
			return err
		}
		width = max(width, len(cells))
		if rows.line == s.head {
			continue
		}
		row.Line = rows.line
		n := copy(row.Values, cells)
		clear(row.Values[n:])
		row.extra = cells[n:]
		if !yield(row, nil) {
			return nil
		}
		row.Index++
	}
}

func (s *xlsxSource) Sink(dst string, columns ...string) (Sink, error) {
	if format, ok := s.target(dst); ok && format != XLSX {
		return newSink(&s.header, dst, format, columns)
	}
	return s.copySink(dst, columns)
}
