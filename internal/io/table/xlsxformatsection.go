package table

import (
	"math"
	"strings"
)

// section shows the numbers of one kind, or texts.
type section struct {
	code     string
	kind     sectionKind
	when     *condition
	bare     bool // shows no minus but its own
	pieces   []piece
	place    string // the language, as the code names it
	genitive bool   // of months
	names    *dateNames
	number   numberShape
	decimals int  // of seconds
	half     bool // counts the hours to twelve
	style    int  // in the scratch book, 0 unknown
}

type sectionKind uint8

const (
	literalSection sectionKind = iota
	generalSection             // with literals or without
	numberSection
	scientificSection
	fractionSection
	dateSection
	elapsedSection
	foreignSection // a date in a language or a calendar that excelize knows
	textSection
)

func newSection(code string) *section {
	s := &section{code: code}
	s.lexPieces(code)
	s.kind = s.classify()
	switch s.kind {
	case dateSection, elapsedSection:
		s.toDate()
	case numberSection, scientificSection, fractionSection:
		s.toNumber()
	}
	return s
}

func (s *section) classify() sectionKind {
	foreign := s.has(foreignPiece) || s.language() == otherLanguage
	switch {
	case s.has(elapsedPiece):
		return elapsedSection
	case s.has(datePiece) && foreign:
		return foreignSection
	case s.has(datePiece):
		return dateSection
	case s.has(textPiece):
		return textSection
	case s.has(generalPiece):
		return generalSection
	case !s.has(digitPiece):
		return literalSection
	case s.has(exponentPiece):
		return scientificSection
	case s.fractionSlash() > 0:
		return fractionSection
	}
	return numberSection
}

func (s *section) has(kind pieceKind) bool {
	for _, p := range s.pieces {
		if p.kind == kind {
			return true
		}
	}
	return false
}

// fractionSlash is the place of the slash between digits, 0 without one.
func (s *section) fractionSlash() int {
	for i, p := range s.pieces {
		if p.kind == slashPiece && i > 0 && i+1 < len(s.pieces) && s.pieces[i-1].kind == digitPiece {
			if next := s.pieces[i+1].kind; next == digitPiece || next == figurePiece {
				return i
			}
		}
	}
	return 0
}

// hasMinus says whether the section has a sign of its own for what is below zero.
func (s *section) hasMinus() bool {
	for _, p := range s.pieces {
		if p.kind == literalPiece && strings.ContainsAny(p.text, "-−(") {
			return true
		}
	}
	return false
}

// isDate says whether it shows the day or the time of a date, and not how long something took.
func (s *section) isDate() bool { return s.kind == dateSection || s.kind == foreignSection }

// literals is what it shows of any number.
func (s *section) literals(general string) string {
	var b strings.Builder
	for _, p := range s.pieces {
		if p.kind == generalPiece {
			b.WriteString(general)
		} else {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// show is a number in the section, which is not of a date.
func (s *section) show(n float64, stored string) string {
	minus := n < 0 && !s.bare
	switch {
	case s.tooMuch(n):
		return general(stored)
	case s.kind == generalSection:
		return sign(minus, s.literals(strings.TrimPrefix(general(stored), "-")))
	case s.kind == elapsedSection:
		return sign(minus, s.elapsed(n))
	case s.kind == literalSection:
		return s.literals("")
	}
	shown, zero := s.digits(n)
	return sign(minus && !zero, shown)
}

// tooMuch says whether the number is shown as General: it does not fit, or the code makes no sense.
func (s *section) tooMuch(n float64) bool {
	switch s.kind {
	case generalSection:
		return !s.has(generalPiece)
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
