package xlsx

import (
	"github.com/xuri/excelize/v2"

	"gigabatch/internal/messages"
)

// scratch is a workbook with one cell, used to format dates in languages and calendars that excelize supports.
type scratch struct {
	file   *excelize.File
	styles map[string]int // of each code
	style  int            // of the cell
	shown  map[scratchKey]string
}

type scratchKey struct{ code, value string }

const (
	scratchCell  = "A1"
	scratchSheet = "Sheet1"
	// the number of values that are cached
	maxShown = 1 << 15
)

// show formats a value. If the format cannot be interpreted, it returns the value unchanged.
func (s *scratch) show(code, value string) string {
	key := scratchKey{code, value}
	if shown, ok := s.shown[key]; ok {
		return shown
	}
	shown := value
	err := guard(func() (err error) {
		shown, err = s.try(code, value)
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

func (s *scratch) try(code, value string) (string, error) {
	if s.file == nil {
		s.file, s.styles = excelize.NewFile(), map[string]int{}
	}
	style := s.styles[code]
	if style == 0 {
		var err error
		if style, err = s.file.NewStyle(&excelize.Style{CustomNumFmt: &code}); err != nil {
			return value, err
		}
		s.styles[code] = style
	}
	if style != s.style {
		if err := s.file.SetCellStyle(scratchSheet, scratchCell, scratchCell, style); err != nil {
			return value, err
		}
		s.style = style
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

// guard converts a panic caused by an unusual number format to an error.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = messages.Errorf("%v", p)
		}
	}()
	return f()
}
