package table

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// toDate tells minutes from months and finds the decimals of seconds; other marks are as they stand.
func (s *section) toDate() {
	kept := s.pieces[:0:0]
	for i := 0; i < len(s.pieces); i++ {
		p := s.pieces[i]
		switch p.kind {
		case datePiece:
			if p.text[0] == 'm' && len(p.text) <= 2 && (lastUnit(kept) == 'h' || nextUnit(s.pieces[i+1:]) == 's') {
				p.kind = minutePiece
			}
		case pointPiece:
			p.text = "." + zeros(s.pieces[i+1:])
			if p.kind = literalPiece; len(p.text) > 1 && lastUnit(kept) == 's' {
				p.kind = subPiece
				s.decimals = min(len(p.text)-1, maxSubDigits)
			}
			i += len(p.text) - 1
		case digitPiece:
			s.kind = generalSection
		case minutePiece, elapsedPiece, halfPiece, literalPiece:
		default:
			p.kind = literalPiece
		}
		kept = append(kept, p)
	}
	s.pieces = kept
	s.half, s.genitive, s.names = s.has(halfPiece), s.inGenitive(), namesOf(s.language())
}

// maxSubDigits is how many decimals of a second are shown.
const maxSubDigits = 9

// lastUnit is the letter of the last number, 0 without one.
func lastUnit(pieces []piece) byte {
	for i := len(pieces) - 1; i >= 0; i-- {
		if k := pieces[i].kind; k == datePiece || k == elapsedPiece || k == minutePiece {
			return pieces[i].text[0]
		}
	}
	return 0
}

func nextUnit(pieces []piece) byte {
	for _, p := range pieces {
		if p.kind == datePiece || p.kind == elapsedPiece {
			return p.text[0]
		}
	}
	return 0
}

func zeros(pieces []piece) string {
	n := 0
	for n < len(pieces) && pieces[n].kind == digitPiece && pieces[n].text == "0" {
		n++
	}
	return strings.Repeat("0", n)
}

// moment is a day and a time as sheets count them, which know a 29th of February 1900
// and, before the first of January, a day 0.
type moment struct {
	year, month, day int
	weekday          time.Weekday
	seconds          int // of the day
	sub              int // decimals of the second
}

// momentOf is the moment that many days after the beginning of 1900.
func momentOf(days float64, decimals int) moment {
	day, seconds, sub := clock(days, decimals)
	m := moment{weekday: time.Weekday((day + 6) % 7), seconds: seconds, sub: sub}
	switch {
	case day == 0:
		m.year, m.month = 1900, 1
		return m
	case day == 60:
		m.year, m.month, m.day = 1900, 2, 29
		return m
	case day < 60:
		day++
	}
	const day1970 = 25569
	year, month, date := time.Unix(int64(day-day1970)*86400, 0).UTC().Date()
	m.year, m.month, m.day = year, int(month), date
	return m
}

// clock is the day, the seconds in it, and so many decimals of those.
func clock(days float64, decimals int) (day, seconds, sub int) {
	day = int(days)
	if rest := days - float64(day); decimals > 0 {
		unit := power10(decimals)
		n := int64(math.Round(rest * 86400 * float64(unit)))
		seconds, sub = int(n/unit), int(n%unit)
	} else {
		const lost = 1e-9 // by a float64
		milliseconds := int((rest + lost) * 86400e3)
		seconds = milliseconds / 1000
		if milliseconds%1000 > 500 {
			seconds++
		}
	}
	return day + seconds/86400, seconds % 86400, sub
}

// date is the day and time of a number of days.
func (s *section) date(days float64) string {
	m := momentOf(days, s.decimals)
	var room [64]byte
	b := room[:0]
	for _, p := range s.pieces {
		switch p.kind {
		case datePiece, minutePiece:
			b = s.appendUnit(b, p, m)
		case halfPiece:
			b = append(b, half(p.text, m.seconds/3600)...)
		case subPiece:
			b = append(b, '.')
			b = appendPadded(b, m.sub, s.decimals)
		default:
			b = append(b, p.text...)
		}
	}
	return string(b)
}

func (s *section) appendUnit(b []byte, p piece, m moment) []byte {
	switch width := len(p.text); p.text[0] {
	case 'y':
		if width > 2 {
			return appendPadded(b, m.year, 4)
		}
		return appendPadded(b, m.year%100, 2)
	case 'm':
		if p.kind == minutePiece {
			return appendPadded(b, m.seconds/60%60, width)
		}
		return s.appendMonth(b, width, m.month)
	case 'd':
		if width > 2 {
			return append(b, s.names.weekday(m.weekday, width)...)
		}
		return appendPadded(b, m.day, width)
	case 'h':
		return appendPadded(b, s.hour(m.seconds/3600), width)
	}
	return appendPadded(b, m.seconds%60, len(p.text))
}

func (s *section) appendMonth(b []byte, width, month int) []byte {
	if width > 2 {
		return append(b, s.names.month(month, width, s.genitive)...)
	}
	return appendPadded(b, month, width)
}

func (s *section) hour(hour int) int {
	if s.half {
		return (hour+11)%12 + 1
	}
	return hour
}

// half is the half of the day in the letters of the code.
func half(code string, hour int) string {
	am, pm, _ := strings.Cut(code, "/")
	if hour < 12 {
		return am
	}
	return pm
}

func appendPadded(b []byte, n, width int) []byte {
	for limit := 10; width > 1 && limit < 1e15; width-- {
		if n < limit {
			b = append(b, '0')
		}
		limit *= 10
	}
	return strconv.AppendInt(b, int64(n), 10)
}

// elapsed is how long that many days are.
func (s *section) elapsed(days float64) string {
	unit := power10(s.decimals)
	n := int64(math.Round(math.Abs(days) * 86400 * float64(unit)))
	seconds := n / unit
	var b []byte
	for _, p := range s.pieces {
		switch p.kind {
		case elapsedPiece:
			b = appendPadded(b, int(seconds/unitSeconds[p.text[0]]), len(p.text))
		case datePiece, minutePiece:
			b = appendElapsed(b, p, seconds)
		case halfPiece:
		case subPiece:
			b = append(b, '.')
			b = appendPadded(b, int(n%unit), s.decimals)
		default:
			b = append(b, p.text...)
		}
	}
	return string(b)
}

var unitSeconds = map[byte]int64{'h': 3600, 'm': 60, 's': 1}

func appendElapsed(b []byte, p piece, seconds int64) []byte {
	switch p.text[0] {
	case 'h':
		return appendPadded(b, int(seconds/3600%24), len(p.text))
	case 'm':
		return appendPadded(b, int(seconds/60%60), len(p.text))
	case 's':
		return appendPadded(b, int(seconds%60), len(p.text))
	}
	return b
}
