package numfmt

import "strings"

// number is a section that shows the digits of a number, and what the places for them come to.
type number struct {
	pieces   pieces
	whole    int  // places before the point
	decimals int  // places after it
	needed   int  // decimals shown whatever they are
	grouped  bool // in thousands
	power    int  // of ten that the number is shown times
	end      int  // of the pieces that hold the number: what follows is the exponent
}

// newNumber takes out the commas, and all but one point.
func newNumber(ps pieces) number {
	var s number
	points := false
	for i, p := range ps {
		switch p.kind {
		case commaPiece:
			if s.comma(ps, i) {
				continue
			}
			p.kind = literalPiece
		case pointPiece:
			if points {
				p.kind = literalPiece
			}
			points = true
		case percentPiece:
			s.power += 2
		case datePiece, foreignPiece, textPiece:
			p.kind = literalPiece
		}
		s.pieces = append(s.pieces, p)
	}
	s.count()
	return s
}

// comma says whether the comma at i groups thousands or leaves them out, and notes which.
func (s *number) comma(ps pieces, i int) bool {
	before, after := i-1, i+1
	for before >= 0 && ps[before].kind == commaPiece {
		before--
	}
	for after < len(ps) && ps[after].kind == commaPiece {
		after++
	}
	if before < 0 || ps[before].kind != digitPiece {
		return false
	}
	if after < len(ps) && ps[after].kind == digitPiece {
		s.grouped = true
	} else {
		s.power -= 3
	}
	return true
}

func (s *number) count() {
	s.end = len(s.pieces)
	decimals := false
	for i, p := range s.pieces {
		switch {
		case p.kind == exponentPiece:
			s.end = i
			return
		case p.kind == pointPiece:
			decimals = true
		case p.kind == digitPiece && decimals:
			s.decimals++
			if p.text == "0" {
				s.needed = s.decimals
			}
		case p.kind == digitPiece:
			s.whole++
		}
	}
}

// digitWriter fills the places for digits from left to right.
type digitWriter struct {
	shape       *number
	whole, part string
	place       int  // of the next whole digit, counted from the left
	decimal     int  // of the next decimal
	forced      bool // zeros are shown
	last        int  // decimals that are shown
}

// append appends a number in the places that pieces, which are those of s or a part of them, have for it.
func (s *number) append(b []byte, ps pieces, d decimal) []byte {
	whole, part := d.split(s.decimals)
	w := digitWriter{shape: s, whole: whole, part: part}
	w.last = max(s.needed, len(strings.TrimRight(part, "0")))
	decimals := false
	for _, p := range ps {
		switch {
		case p.kind == pointPiece:
			b = w.appendPoint(b, ps)
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
func (w *digitWriter) appendPoint(b []byte, ps pieces) []byte {
	if w.shape.whole == 0 {
		b = append(b, w.whole...)
	}
	if w.last > 0 || hasBlankDecimal(ps) {
		b = append(b, '.')
	}
	return b
}

func hasBlankDecimal(ps pieces) bool {
	decimals := false
	for _, p := range ps {
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
