package table

import (
	"strings"

	"github.com/xuri/excelize/v2"
)

// scratch is a workbook of one cell, in which values are given a number format to see how they look.
type scratch struct {
	file  *excelize.File
	style int // of the cell
	shown map[scratchKey]string
}

type scratchKey struct {
	format *numberFormat
	value  string
}

const (
	scratchCell  = "A1"
	scratchSheet = "Sheet1"
	// maxShown is how many values are remembered.
	maxShown = 1 << 15
	// textMark stands for any text.
	textMark = "\uE000"
)

// text is how a format shows textMark. Space around it keeps columns in line, and is no part of a text.
func (f *numberFormat) text(s *scratch) string {
	if f.texts == nil {
		shown := s.show(f, textMark)
		if strings.TrimSpace(shown) == textMark {
			shown = textMark
		}
		f.texts = &shown
	}
	return *f.texts
}

// show is a value in that format; as it is where the format cannot be understood.
func (s *scratch) show(f *numberFormat, value string) string {
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

func (s *scratch) try(f *numberFormat, value string) (string, error) {
	if s.file == nil {
		s.file = excelize.NewFile()
	}
	if f.style == 0 {
		style, err := s.file.NewStyle(&excelize.Style{CustomNumFmt: &f.code})
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
