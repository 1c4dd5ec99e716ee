package table

import "github.com/xuri/excelize/v2"

// scratch is a workbook of one cell, in which dates are given a number format whose language or calendar excelize knows.
type scratch struct {
	file  *excelize.File
	style int // of the cell
	shown map[scratchKey]string
}

type scratchKey struct {
	section *section
	value   string
}

const (
	scratchCell  = "A1"
	scratchSheet = "Sheet1"
	// maxShown is how many values are remembered.
	maxShown = 1 << 15
)

// show is a value in that format; as it is where the format cannot be understood.
func (s *scratch) show(f *section, value string) string {
	key := scratchKey{f, value}
	if shown, ok := s.shown[key]; ok {
		return shown
	}
	shown := value
	err := guard(func() (err error) {
		shown, err = s.try(f, value)
		return err
	})
	if err != nil {
		shown = value
	}
	if s.shown == nil || len(s.shown) >= maxShown {
		s.shown = map[scratchKey]string{}
	}
	s.shown[key] = shown
	return shown
}

func (s *scratch) try(f *section, value string) (string, error) {
	if s.file == nil {
		s.file = excelize.NewFile()
	}
	if f.style == 0 {
		code := f.plainPlace()
		style, err := s.file.NewStyle(&excelize.Style{CustomNumFmt: &code})
		if err != nil {
			return value, err
		}
		f.style = style
	}
	if f.style != s.style {
		if err := s.file.SetCellStyle(scratchSheet, scratchCell, scratchCell, f.style); err != nil {
			return value, err
		}
		s.style = f.style
	}
	if err := s.file.SetCellDefault(scratchSheet, scratchCell, value); err != nil {
		return value, err
	}
	return s.file.GetCellValue(scratchSheet, scratchCell)
}

func (s *scratch) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
