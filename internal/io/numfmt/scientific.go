package numfmt

import (
	"strconv"
	"strings"
)

// scientific formats a number with as many whole digits as it has placeholders, times a power of ten that is a multiple of that
// number.
func (s *number) scientific(d decimal) string {
	exponent := s.exponent(d)
	if rounded := d.times(-exponent).round(s.decimals).times(exponent); s.exponent(rounded) != exponent {
		exponent = s.exponent(rounded)
	}
	b := s.append(nil, s.pieces[:s.end], d.times(-exponent))
	if d.zero() && s.needed == 0 && len(b) == 0 {
		b = append(b, '0')
	}
	b = s.appendExponent(b, exponent)
	for _, p := range s.pieces[s.end+1:] {
		if p.kind != digitPiece {
			b = append(b, p.text...)
		}
	}
	return string(b)
}

func (s *number) exponent(d decimal) int {
	if d.zero() {
		return 0
	}
	e, step := d.shift-1, max(s.whole, 1)
	if s.whole == 0 {
		e++
	}
	return e - ((e%step)+step)%step
}

func (s *number) appendExponent(b []byte, exponent int) []byte {
	mark := s.pieces[s.end].text
	b = append(b, 'E')
	switch {
	case exponent < 0:
		b = append(b, '-')
		exponent = -exponent
	case mark[1] == '+':
		b = append(b, '+')
	}
	places := 0
	for _, p := range s.pieces[s.end:] {
		if p.text == "0" && p.kind == digitPiece {
			places++
		}
	}
	digits := strconv.Itoa(exponent)
	b = append(b, strings.Repeat("0", max(places-len(digits), 0))...)
	return append(b, digits...)
}
