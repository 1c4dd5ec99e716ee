package table

import "strings"

// numberShape is what the places for digits in a section come to.
type numberShape struct {
	whole    int  // places before the point
	decimals int  // places after it
	needed   int  // decimals shown whatever they are
	grouped  bool // in thousands
	power    int  // of ten that the number is shown times
	end      int  // of the pieces that hold the number: what follows is the exponent
}

// toNumber takes out the commas, and all but one point.
func (s *section) toNumber() {
	s.number.end = len(s.pieces)
	points := false
	kept := s.pieces[:0:0]
	for i, p := range s.pieces {
		switch p.kind {
		case commaPiece:
			if s.comma(i) {
				continue
			}
			p.kind = literalPiece
		case pointPiece:
			if points {
				p.kind = literalPiece
			}
			points = true
		case percentPiece:
			s.number.power += 2
		case datePiece, foreignPiece, textPiece:
			p.kind = literalPiece
		}
		kept = append(kept, p)
	}
	s.pieces = kept
	s.count()
}

// comma says whether the comma at i groups thousands or leaves them out, and notes which.
func (s *section) comma(i int) bool {
	before, after := i-1, i+1
	for before >= 0 && s.pieces[before].kind == commaPiece {
		before--
	}
	for after < len(s.pieces) && s.pieces[after].kind == commaPiece {
		after++
	}
	if before < 0 || s.pieces[before].kind != digitPiece {
		return false
	}
	if after < len(s.pieces) && s.pieces[after].kind == digitPiece {
		s.number.grouped = true
	} else {
		s.number.power -= 3
	}
	return true
}

func (s *section) count() {
	n := &s.number
	decimals := false
	for i, p := range s.pieces {
		switch {
		case p.kind == exponentPiece:
			n.end = i
			return
		case p.kind == pointPiece:
			decimals = true
		case p.kind == digitPiece && decimals:
			n.decimals++
			if p.text == "0" {
				n.needed = n.decimals
			}
		case p.kind == digitPiece:
			n.whole++
		}
	}
}

// digits is the absolute value of n, and whether nothing of it is left to show.
func (s *section) digits(n float64) (shown string, zero bool) {
	d := newSheetNumber(n).times(s.number.power)
	switch s.kind {
	case scientificSection:
		return s.scientific(d), d.zero()
	case fractionSection:
		return s.fraction(d)
	}
	var room [64]byte
	return string(s.appendDigits(room[:0], s.pieces, d)), d.round(s.number.decimals).zero()
}

// digitWriter fills the places for digits from left to right.
type digitWriter struct {
	shape       *numberShape
	whole, part string
	place       int  // of the next whole digit, counted from the left
	decimal     int  // of the next decimal
	forced      bool // zeros are shown
	last        int  // decimals that are shown
}

func (s *section) appendDigits(b []byte, pieces []piece, d sheetNumber) []byte {
	whole, part := d.split(s.number.decimals)
	w := digitWriter{shape: &s.number, whole: whole, part: part}
	w.last = max(s.number.needed, len(strings.TrimRight(part, "0")))
	decimals := false
	for _, p := range pieces {
		switch {
		case p.kind == pointPiece:
			b = w.appendPoint(b, pieces)
			decimals = true
		case p.kind != digitPiece:
			b = append(b, p.text...)
		case decimals:
			b = w.appendDecimal(b, p.text[0])
		default:
			b = w.appendWhole(b, p.text[0])
		}
	}
	return b
}

func (w *digitWriter) appendWhole(b []byte, place byte) []byte {
	left := w.shape.whole - w.place // places from here on
	w.place++
	w.forced = w.forced || place == '0'
	if len(w.whole) < left {
		return w.appendEmpty(b, place, left)
	}
	w.forced = true
	end := len(w.whole) - left + 1
	if w.place > 1 {
		return w.appendFigure(b, w.whole[end-1], left)
	}
	for i := range end { // the first place holds all that are too many
		b = w.appendFigure(b, w.whole[i], len(w.whole)-i)
	}
	return b
}

// appendEmpty fills a place before the number.
func (w *digitWriter) appendEmpty(b []byte, place byte, left int) []byte {
	switch {
	case w.forced:
		return w.appendFigure(b, '0', left)
	case place == '?' && w.ends(left):
		return append(b, "  "...)
	case place == '?':
		return append(b, ' ')
	}
	return b
}

func (w *digitWriter) appendFigure(b []byte, figure byte, left int) []byte {
	b = append(b, figure)
	if w.ends(left) {
		b = append(b, ',')
	}
	return b
}

// ends says whether the first of that many digits is the last of its thousand.
func (w *digitWriter) ends(left int) bool { return w.shape.grouped && left > 1 && left%3 == 1 }

// appendPoint leaves out a point after which nothing comes.
func (w *digitWriter) appendPoint(b []byte, pieces []piece) []byte {
	if w.shape.whole == 0 {
		b = append(b, w.whole...)
	}
	if w.last > 0 || hasBlankDecimal(pieces) {
		b = append(b, '.')
	}
	return b
}

func hasBlankDecimal(pieces []piece) bool {
	decimals := false
	for _, p := range pieces {
		decimals = decimals || p.kind == pointPiece
		if decimals && p.kind == digitPiece && p.text == "?" {
			return true
		}
	}
	return false
}

func (w *digitWriter) appendDecimal(b []byte, place byte) []byte {
	i := w.decimal
	w.decimal++
	switch {
	case i < w.last:
		return append(b, w.part[i])
	case place == '?':
		return append(b, ' ')
	}
	return b
}
