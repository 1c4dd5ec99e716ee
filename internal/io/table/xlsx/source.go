// Package xlsx reads the sheets of a workbook as tables, rewrites them with cells added, and creates new workbooks.
package xlsx

import (
	"errors"
	"io/fs"
	"iter"
	"slices"

	"gigabatch/internal/io/ooxml"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// source is one sheet of a workbook, or all visible ones, as they were when opened. Values are as the sheet shows them; dates without
// a specific format are yyyy-mm-dd.
type source struct {
	table.Base
	book    *ooxml.Book
	sheets  []*worksheet
	display *display
	aside   table.Aside // the rows that the last pass left out
}

// Open opens a sheet, or all, and finds its header. create begins an output in another format.
func Open(f *table.Input, o table.Options, c table.Create) (table.Source, error) {
	if err := checkOLE(f); err != nil {
		return nil, err
	}
	s := &source{Base: table.Base{Path: f.Path, State: f.State, Options: o, Create: c}}
	if err := s.open(f); err != nil {
		s.Close()
		return nil, s.named(err)
	}
	return s, nil
}

func (s *source) open(f *table.Input) error {
	p, err := ooxml.OpenPackage(f, f.State.Size)
	if err != nil {
		return err
	}
	if s.book, err = ooxml.OpenBook(p); err != nil {
		return err
	}
	s.display = newDisplay(s.book, s.Options.RawValues)
	if err := s.Options.CheckKept(s.Path, sheetNames(s.book.Sheets)); err != nil {
		return err
	}
	if s.Options.AllSheets {
		return s.openAll(p)
	}
	return s.openOne(p)
}

// openOne opens the requested sheet.
func (s *source) openOne(p *ooxml.Package) error {
	chosen, err := choose(s.book.Sheets, s.Options.Sheet, s.Path)
	if err != nil {
		return err
	}
	x, err := s.openSheet(p, chosen)
	if err != nil {
		return err
	}
	if x.blank {
		return emptySheet(p, s.book.Sheets, chosen.Name, s.Path)
	}
	s.sheets = []*worksheet{x}
	s.Header, s.Groups, s.Headless = x.columns, x.paths, x.head == 0 && !x.named
	return nil
}

// openAll opens the visible sheets that have rows.
func (s *source) openAll(p *ooxml.Package) error {
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
		hint := messages.Sprintf("add rows below the header, or save the table on a visible sheet")
		if hidden := fullSheets(p, s.book.Sheets, func(sheet ooxml.Sheet) bool { return !sheet.Visible }); len(hidden) > 0 {
			hint = messages.Sprintf("choose a hidden one with --sheet: %s", messages.Quoted(hidden))
		}
		return noSheet(s.book.Sheets, s.Path, messages.Sprintf("no visible sheet of the workbook has rows below a header"), hint)
	}
	s.Headless = !slices.ContainsFunc(s.sheets, func(x *worksheet) bool { return x.head > 0 || x.named })
	return nil
}

// openSheet finds the content of a sheet, and its header.
func (s *source) openSheet(p *ooxml.Package, sheet ooxml.Sheet) (*worksheet, error) {
	x := &worksheet{Sheet: sheet, source: s}
	var err error
	if x.survey, err = p.Survey(sheet); err != nil {
		return nil, s.inSheet(x, err)
	}
	if x.blank = x.survey.Last == 0; x.blank {
		return x, nil
	}
	if err = x.findHeader(p); err != nil {
		return nil, s.inSheet(x, err)
	}
	x.at = make([]int, len(x.columns))
	for i := range x.at {
		x.at[i] = i
	}
	if x.head > 0 {
		x.numbers = s.Options.IsNumbered(x.columns, func(yield func(table.Row, error) bool) {
			row := table.Row{Columns: x.columns, Values: make([]string, len(x.columns))}
			if _, err := s.readSheet(p, x, &row, yield); err != nil {
				yield(table.Row{}, err)
			}
		})
	}
	return x, nil
}

// join adds the columns and rows of a sheet to those of the preceding sheets. If a name appears more than once on a sheet, each
// occurrence is a column. Names under different groups are different columns.
func (s *source) join(x *worksheet) {
	free := map[string][]int{} // the positions of each name
	for i, name := range s.Header {
		free[name] = append(free[name], i)
	}
	for i, name := range x.columns {
		places, path := free[name], x.path(i)
		at := slices.IndexFunc(places, func(p int) bool { return s.Groups[p] == path })
		if at < 0 {
			at = slices.IndexFunc(places, func(p int) bool { return path == name || s.Groups[p] == name })
		}
		if at >= 0 {
			x.at[i], free[name] = places[at], slices.Delete(slices.Clone(places), at, at+1)
			continue
		}
		x.at[i] = len(s.Header)
		s.Header = append(s.Header, name)
		s.Groups = append(s.Groups, path)
	}
	s.sheets = append(s.sheets, x)
}

// inSheet adds the sheet to an error, if more than one sheet is read.
func (s *source) inSheet(x *worksheet, err error) error {
	err = s.named(err)
	var e *table.Error
	if errors.As(err, &e) && s.Options.AllSheets && e.Sheet == "" {
		e.Sheet = x.Name
	}
	return err
}

func (s *source) Format() table.Format { return table.XLSX }

func (s *source) Sheet() string {
	if s.Options.AllSheets {
		return ""
	}
	return s.sheets[0].Name
}

// Sheets returns the names of the visible sheets.
func (s *source) Sheets() []string {
	var names []string
	for _, sheet := range s.book.Sheets {
		if sheet.Visible {
			names = append(names, sheet.Name)
		}
	}
	return names
}

// Dialect describes which sheets are read, and the position of their headers.
func (s *source) Dialect() messages.Text {
	if s.Options.AllSheets {
		return s.dialectOfAll()
	}
	x := s.sheets[0]
	if n := len(s.book.Sheets); n > 1 && s.Options.Sheet == "" {
		return messages.Sprintf("sheet %q (of %d {sheet|sheets}), %s", x.Name, n, x.headerPlace())
	}
	return messages.Sprintf("sheet %q, %s", x.Name, x.headerPlace())
}

// LeftOut implements table.Sifted.
func (s *source) LeftOut() table.Aside { return s.aside }

// Found returns the header of each sheet.
func (s *source) Found() []table.Found {
	var list []table.Found
	for _, x := range s.sheets {
		list = append(list, table.Found{Sheet: x.Name, Header: x.head, Columns: x.first})
	}
	return list
}

// maxTold is the maximum number of sheets that are listed with their headers.
const maxTold = 12

func (s *source) dialectOfAll() messages.Text {
	var told []messages.Text
	for i, x := range s.sheets {
		if i == maxTold {
			told = append(told, messages.Sprintf("and %d more", len(s.sheets)-maxTold))
			break
		}
		told = append(told, messages.Sprintf("%q, %s", x.Name, x.headerPlace()))
	}
	return messages.Sprintf("%d {sheet|sheets}: %s", len(s.sheets), messages.Join(told, "; "))
}

// Close frees memory and removes the data on disk.
func (s *source) Close() error {
	var err error
	if s.book != nil {
		err = s.book.Close()
	}
	if s.display != nil {
		err = errors.Join(err, s.display.scratch.close())
	}
	return err
}

func (s *source) Rows() iter.Seq2[table.Row, error] {
	return func(yield func(table.Row, error) bool) {
		if err := s.read(yield); err != nil {
			yield(table.Row{}, s.named(err))
		}
	}
}

// reopen opens the workbook again, and checks that it has not changed.
func (s *source) reopen() (*table.Input, *ooxml.Package, error) {
	f, err := table.OpenRegular(s.Path)
	if err != nil {
		return nil, nil, err
	}
	if !f.State.Same(s.State) {
		return nil, nil, errors.Join(s.Changed(), f.Close())
	}
	p, err := ooxml.OpenPackage(f, f.State.Size)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, p, nil
}

func (s *source) Sink(dst string, columns ...string) (table.Sink, error) {
	format, ok := s.Target(dst)
	switch {
	case !ok || format == table.XLSX:
		return s.copySink(dst, columns)
	case s.Options.AllSheets:
		return newJoinedSink(s, dst, format, columns)
	}
	return s.Create(&s.Base, dst, format, columns)
}

// named converts an error of the workbook to one for people.
func (s *source) named(err error) error {
	var e *table.Error
	var refused *ooxml.Refusal
	var pe *fs.PathError
	switch {
	case err == nil || errors.As(err, &e):
		return err
	case errors.As(err, &refused):
		return &table.Error{Name: s.Path, Msg: refused.Msg, Hint: refused.Hint}
	case errors.As(err, &pe):
		return &table.Error{Name: s.Path, Msg: messages.Sprintf("cannot be read"), Err: err}
	}
	return &table.Error{Name: s.Path, Msg: messages.Sprintf("the workbook is damaged"),
		Hint: messages.Sprintf("open it in a spreadsheet program, let the program repair it, and save it as .xlsx"), Err: err}
}

// refused adds the sheet to an error, if there are several.
func (s *source) refused(sheet *worksheet, err error) error {
	if err == nil {
		return nil
	}
	err = s.named(err)
	var e *table.Error
	if errors.As(err, &e) && len(s.sheets) > 1 {
		e.Sheet = sheet.Name
	}
	return err
}
