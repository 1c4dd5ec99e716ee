package xlsx

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"gigabatch/internal/io/ooxml"
	"gigabatch/internal/io/table"
)

// Seen contains the cells of a workbook by sheet and name, except those without text, and the sheets that cannot be read.
type Seen struct {
	Cells  map[string]string // by sheet!cell
	Errors map[string]error  // by sheet; "" for the workbook
}

// Look reads all sheets of a workbook.
func Look(t *testing.T, name string) Seen {
	t.Helper()
	all := Seen{map[string]string{}, map[string]error{}}
	f, err := table.OpenRegular(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := &source{Base: table.Base{Path: name, State: f.State}}
	p, err := ooxml.OpenPackage(f, f.State.Size)
	if err == nil {
		s.book, err = ooxml.OpenBook(p)
	}
	if err != nil {
		all.Errors[""] = err
		return all
	}
	defer s.Close()
	s.display = newDisplay(s.book, false)
	s.display.dates.ISO = false // as the sheet shows it
	for _, sheet := range s.book.Sheets {
		if err := all.add(s, p, sheet); err != nil {
			all.Errors[sheet.Name] = err
		}
	}
	return all
}

func (a Seen) add(s *source, p *ooxml.Package, sheet ooxml.Sheet) error {
	v, err := p.Survey(sheet)
	if err != nil {
		return err
	}
	r, err := (&worksheet{Sheet: sheet, source: s, survey: v}).walk(p)
	if err != nil {
		return err
	}
	defer r.close()
	r.below = ooxml.MaxRows // only the first cell of merged ones is seen
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		a.Put(sheet.Name, row.Number, r.cells)
	}
}

func (a Seen) Put(sheet string, row int, cells []string) {
	for i, cell := range cells {
		if cell != "" {
			a.Cells[sheet+"!"+ooxml.CellName(i+1, row)] = cell
		}
	}
}

// Scratch returns a function that formats dates as excelize does, until end is called.
func Scratch() (show func(code, value string) string, end func() error) {
	var s scratch
	return s.show, s.close
}

var (
	CutText = cutText
	Number  = number
)

// MemCopy returns what a sink of workbooks would write.
func MemCopy(src table.Source, columns []string, cells ...any) ([]byte, error) {
	s := src.(*source)
	x := &copier{source: s, order: table.Order{Cells: len(columns)}, cells: make([]any, len(columns)), long: newLongTexts(&s.Base, s.Path)}
	for _, sheet := range s.sheets {
		e, err := s.edit(sheet, columns)
		if err != nil {
			return nil, err
		}
		x.edits = append(x.edits, e)
	}
	f, err := table.OpenRegular(s.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := ooxml.OpenPackage(f, f.State.Size)
	if err != nil {
		return nil, s.named(err)
	}
	var out bytes.Buffer
	if x.writer, err = ooxml.NewWriter(&out, p, s.book, x.edits...); err != nil {
		return nil, s.named(err)
	}
	for row, err := range s.Rows() {
		if err == nil {
			err = x.Write(row, cells...)
		}
		if err != nil {
			return nil, errors.Join(err, x.Close())
		}
	}
	if err := errors.Join(x.begin(len(x.edits)), x.end()); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	err = s.named(x.writer.Close())
	return out.Bytes(), err
}
