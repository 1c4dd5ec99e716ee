package numfmt

import (
	"slices"
	"strconv"
	"strings"
)

// fractionShape contains the positions of the parts of a fraction among the pieces of a section.
type fractionShape struct {
	numerator, slash, end int
	mixed                 bool // has a whole number in front
}

func (s *number) fractionShape() fractionShape {
	f := fractionShape{slash: s.pieces.fractionSlash()}
	for f.numerator = f.slash; f.numerator > 0 && s.pieces[f.numerator-1].kind == digitPiece; f.numerator-- {
	}
	for f.end = f.slash + 1; f.end < len(s.pieces) && (s.pieces[f.end].kind == digitPiece || s.pieces[f.end].kind == figurePiece); f.end++ {
	}
	for _, p := range s.pieces[:f.numerator] {
		f.mixed = f.mixed || p.kind == digitPiece
	}
	return f
}

// fraction formats the number as the nearest fraction that the section can show.
func (s *number) fraction(d decimal) (shown string, zero bool) {
	f := s.fractionShape()
	above, below := places(s.pieces[f.numerator:f.slash]), places(s.pieces[f.slash+1:f.end])
	whole, n, m := d.nearest(below)
	zero = whole == 0 && n == 0
	var b []byte
	if f.mixed {
		b = appendWholePart(b, s.pieces[:f.numerator], whole, zero)
	} else {
		b = append(b, s.pieces[:f.numerator].literals("")...)
		n += whole * m
	}
	if f.mixed && n == 0 && !strings.Contains(above, "0") {
		b = append(b, strings.Repeat(" ", len(above)+1+len(below))...)
	} else {
		b = append(b, aligned(strconv.FormatInt(n, 10), above, true)+"/"+aligned(strconv.FormatInt(m, 10), below, false)...)
	}
	return string(append(b, s.pieces[f.end:].literals("")...)), zero
}

func appendWholePart(b []byte, ps pieces, whole int64, zero bool) []byte {
	part := &number{pieces: ps}
	part.count()
	if zero {
		for i := len(ps) - 1; i >= 0; i-- {
			if ps[i].kind == digitPiece {
				part.pieces = slices.Concat(ps[:i], pieces{{digitPiece, "0"}}, ps[i+1:])
				break
			}
		}
	}
	return part.append(b, part.pieces, newDecimal(float64(whole), ""))
}

// places returns the code of pieces.
func places(ps pieces) string {
	var b strings.Builder
	for _, p := range ps {
		b.WriteString(p.text)
	}
	return b.String()
}

// aligned fills the space that question marks and zeros leave before or after the digits.
func aligned(digits, places string, right bool) string {
	free := max(len(places)-len(digits), 0)
	switch {
	case strings.HasPrefix(places, "0"):
		return strings.Repeat("0", free) + digits
	case places[0] != '?':
		return digits
	case right:
		return strings.Repeat(" ", free) + digits
	}
	return digits + strings.Repeat(" ", free)
}

const (
	maxFractionDigits = 6    // in a denominator
	maxFraction       = 1e12 // larger numbers are shown as General
	fractionDigits    = 12   // that are used
)

// nearest returns d as a whole number and a fraction. The denominator is the one in the code, or has at most that many digits.
func (d decimal) nearest(below string) (whole, n, m int64) {
	digits, part := d.split(fractionDigits)
	whole, _ = strconv.ParseInt("0"+digits, 10, 64)
	n, _ = strconv.ParseInt(part, 10, 64)
	const all = 1_000_000_000_000
	if strings.ContainsAny(below, "123456789") {
		m, _ = strconv.ParseInt(strings.NewReplacer("#", "0", "?", "0").Replace(below[:min(len(below), maxFractionDigits)]), 10, 64)
		m = max(m, 1)
		n = (n*m*2/all + 1) / 2
	} else {
		n, m = nearestFraction(n, all, power10(min(len(below), maxFractionDigits))-1)
	}
	return whole + n/m, n % m, m
}

func power10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

// nearestFraction returns the fraction nearest to n/m with a denominator of at most limit.
func nearestFraction(n, m, limit int64) (int64, int64) {
	a, b := n, m
	p0, q0, p1, q1 := int64(0), int64(1), int64(1), int64(0)
	for b != 0 {
		quotient := a / b
		if q1 > 0 && quotient > (limit-q0)/q1 {
			k := (limit - q0) / q1
			return nearer(n, m, p0+k*p1, q0+k*q1, p1, q1)
		}
		p0, q0, p1, q1 = p1, q1, p0+quotient*p1, q0+quotient*q1
		a, b = b, a-quotient*b
	}
	return p1, q1
}

func nearer(n, m, p, q, r, s int64) (int64, int64) {
	x := float64(n) / float64(m)
	if first, second := float64(p)/float64(q)-x, float64(r)/float64(s)-x; max(first, -first) < max(second, -second) {
		return p, q
	}
	return r, s
}
