package numfmt

import (
	"math"
	"strconv"
	"strings"
)

// section formats numbers of one kind, or texts.
type section struct {
	kind    sectionKind
	when    *condition
	bare    bool // shows no minus sign except its own
	pieces  pieces
	place   string // the locale code
	number  number
	date    date
	foreign string // the code of a date that this package does not support
	iso     *date  // of a section that shows no more than a date, in whatever form
}

type sectionKind uint8

const (
	literalSection sectionKind = iota
	generalSection             // with or without literals
	numberSection
	scientificSection
	fractionSection
	dateSection
	elapsedSection
	foreignSection // a date in a language or calendar for Workbook.Foreign
	textSection
)

func newSection(code string) *section {
	s := &section{}
	s.lexPieces(code)
	s.kind = s.classify()
	switch s.kind {
	case dateSection, elapsedSection:
		var ok bool
		if s.date, ok = newDate(s.pieces, s.place); !ok {
			s.kind = generalSection
		}
		s.pieces = s.date.pieces
	case numberSection, scientificSection, fractionSection:
		s.number = newNumber(s.pieces)
		s.pieces = s.number.pieces
	case foreignSection:
		s.foreign = plainPlace(code, s.place)
	}
	if s.isDate() {
		s.iso = s.plain()
	}
	return s
}

func (s *section) classify() sectionKind {
	foreign := s.pieces.has(foreignPiece) || languageOf(s.place) == otherLanguage
	switch {
	case s.pieces.has(elapsedPiece):
		return elapsedSection
	case s.pieces.has(datePiece) && foreign:
		return foreignSection
	case s.pieces.has(datePiece):
		return dateSection
	case s.pieces.has(textPiece):
		return textSection
	case s.pieces.has(generalPiece):
		return generalSection
	case !s.pieces.has(digitPiece):
		return literalSection
	case s.pieces.has(exponentPiece):
		return scientificSection
	case s.pieces.fractionSlash() > 0:
		return fractionSection
	}
	return numberSection
}

// hasMinus reports whether the section has its own sign for negative numbers.
func (s *section) hasMinus() bool {
	for _, p := range s.pieces {
		if p.kind == literalPiece && strings.ContainsAny(p.text, "-−(") {
			return true
		}
	}
	return false
}

// isDate reports whether the section shows the day or time of a date, as opposed to a duration.
func (s *section) isDate() bool { return s.kind == dateSection || s.kind == foreignSection }

// show formats a number. The section is not a date.
func (s *section) show(n float64, stored string) string {
	minus := n < 0 && !s.bare
	switch {
	case s.tooMuch(n):
		return general(stored)
	case s.kind == generalSection:
		return sign(minus, s.pieces.literals(strings.TrimPrefix(general(stored), "-")))
	case s.kind == elapsedSection:
		return sign(minus, s.date.elapsed(n))
	case s.kind == literalSection:
		return s.pieces.literals("")
	}
	shown, zero := s.digits(newDecimal(n, stored))
	return sign(minus && !zero, shown)
}

// digits formats the absolute value of a number, and reports whether only zeros are shown.
func (s *section) digits(n decimal) (shown string, zero bool) {
	n = n.times(s.number.power)
	switch s.kind {
	case scientificSection:
		return s.number.scientific(n), n.zero()
	case fractionSection:
		return s.number.fraction(n)
	}
	var room [64]byte
	return string(s.number.append(room[:0], s.number.pieces, n)), n.round(s.number.decimals).zero()
}

// day formats a number of days since the beginning of 1900 as a date.
func (s *section) day(days float64, in *Workbook) string {
	if in.ISO && s.iso != nil {
		return s.iso.show(days)
	}
	if s.kind == dateSection {
		return s.date.show(days)
	}
	return in.Foreign(s.foreign, general(strconv.FormatFloat(days, 'f', -1, 64)))
}

// tooMuch reports whether the number is shown as General because it does not fit or the code is invalid.
func (s *section) tooMuch(n float64) bool {
	switch s.kind {
	case generalSection:
		return !s.pieces.has(generalPiece)
	case elapsedSection:
		return math.Abs(n) >= lastDay
	case fractionSection:
		return math.Abs(n) >= maxFraction
	}
	return s.kind == textSection
}

func sign(minus bool, shown string) string {
	if minus {
		return "-" + shown
	}
	return shown
}
