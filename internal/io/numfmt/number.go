package numfmt

import "strings"

// number is a section that shows the digits of a number, with what its placeholders require.
type number struct {
	pieces   pieces
	whole    int  // placeholders before the decimal point
	decimals int  // placeholders after it
	needed   int  // decimals that are always shown
	grouped  bool // in thousands
	power    int  // of ten, by which the shown number is multiplied
	end      int  // of the pieces with the number; the exponent follows
}

// newNumber interprets and removes the commas, and removes all decimal points but one.
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

// comma interprets the comma at i and reports whether it groups or scales by thousands.
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

// digitWriter fills the digit placeholders from left to right.
type digitWriter struct {
	shape       *number
	whole, part string
	place       int  // of the next whole digit, counted from the left
	decimal     int  // of the next decimal
	forced      bool // zeros are shown
	last        int  // decimals that are shown
}

// append appends a number, formatted by ps, which are the pieces of s or a part of them.
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
	left := w.shape.whole - w.place // placeholders from here on
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
	for i := range end { // the first placeholder takes all surplus digits
		b = w.appendFigure(b, w.whole[i], len(w.whole)-i)
	}
	return b
}

// appendEmpty fills a placeholder before the number.
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

// ends reports whether the first of the remaining digits is the last one of its group of thousands.
func (w *digitWriter) ends(left int) bool { return w.shape.grouped && left > 1 && left%3 == 1 }

// appendPoint omits a decimal point that nothing follows.
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
