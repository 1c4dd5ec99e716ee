package table

import (
	"strconv"
	"strings"
)

// scientific is a number of as many whole digits as there are places, times a power of ten that is a multiple of that.
func (s *section) scientific(d sheetNumber) string {
	exponent := s.exponent(d)
	if rounded := d.times(-exponent).round(s.number.decimals).times(exponent); s.exponent(rounded) != exponent {
		exponent = s.exponent(rounded)
	}
	b := s.appendDigits(nil, s.pieces[:s.number.end], d.times(-exponent))
	if d.zero() && s.number.needed == 0 && len(b) == 0 {
		b = append(b, '0')
	}
	b = s.appendExponent(b, exponent)
	for _, p := range s.pieces[s.number.end+1:] {
		if p.kind != digitPiece {
			b = append(b, p.text...)
		}
	}
	return string(b)
}

func (s *section) exponent(d sheetNumber) int {
	if d.zero() {
		return 0
	}
	e, step := d.shift-1, max(s.number.whole, 1)
	if s.number.whole == 0 {
		e++
	}
	return e - ((e%step)+step)%step
}

func (s *section) appendExponent(b []byte, exponent int) []byte {
	mark := s.pieces[s.number.end].text
	b = append(b, 'E')
	switch {
	case exponent < 0:
		b = append(b, '-')
		exponent = -exponent
	case mark[1] == '+':
		b = append(b, '+')
	}
	places := 0
	for _, p := range s.pieces[s.number.end:] {
		if p.text == "0" && p.kind == digitPiece {
			places++
		}
	}
	digits := strconv.Itoa(exponent)
	b = append(b, strings.Repeat("0", max(places-len(digits), 0))...)
	return append(b, digits...)
}
