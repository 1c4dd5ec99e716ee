package numfmt

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// date is a section that shows a date and a time, or a duration.
type date struct {
	pieces   pieces
	names    *dateNames
	genitive bool // month names are in the genitive
	half     bool // counts hours to twelve
	decimals int  // of seconds
}

// newDate distinguishes minutes from months and finds the decimals of seconds. Other characters are kept. It returns false if there is
// a digit placeholder among them.
func newDate(ps pieces, place string) (d date, ok bool) {
	ok = true
	var kept pieces
	for i := 0; i < len(ps); i++ {
		p := ps[i]
		switch p.kind {
		case datePiece:
			if p.text[0] == 'm' && len(p.text) <= 2 && (lastUnit(kept) == 'h' || nextUnit(ps[i+1:]) == 's') {
				p.kind = minutePiece
			}
		case pointPiece:
			p.text = "." + zeros(ps[i+1:])
			if p.kind = literalPiece; len(p.text) > 1 && lastUnit(kept) == 's' {
				p.kind = subPiece
				d.decimals = min(len(p.text)-1, maxSubDigits)
			}
			i += len(p.text) - 1
		case digitPiece:
			ok = false
		case minutePiece, elapsedPiece, halfPiece, literalPiece:
		default:
			p.kind = literalPiece
		}
		kept = append(kept, p)
	}
	d.pieces = kept
	d.half, d.genitive, d.names = kept.has(halfPiece), inGenitive(kept, place), namesOf(languageOf(place))
	return d, ok
}

// maxSubDigits is the maximum number of decimals of a second.
const maxSubDigits = 9

// lastUnit returns the letter of the last number, or 0.
func lastUnit(ps pieces) byte {
	for i := len(ps) - 1; i >= 0; i-- {
		if k := ps[i].kind; k == datePiece || k == elapsedPiece || k == minutePiece {
			return ps[i].text[0]
		}
	}
	return 0
}

func nextUnit(ps pieces) byte {
	for _, p := range ps {
		if p.kind == datePiece || p.kind == elapsedPiece {
			return p.text[0]
		}
	}
	return 0
}

func zeros(ps pieces) string {
	n := 0
	for n < len(ps) && ps[n].kind == digitPiece && ps[n].text == "0" {
		n++
	}
	return strings.Repeat("0", n)
}

// moment is a date and a time as spreadsheets count them: with a 29 February 1900 and, before 1 January 1900, a day 0.
type moment struct {
	year, month, day int
	weekday          time.Weekday
	seconds          int // of the day
	sub              int // decimals of the second
}

// momentOf returns the moment that is a number of days after the beginning of 1900.
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

// clock returns the day, the seconds of the day, and the given number of decimals of a second.
func clock(days float64, decimals int) (day, seconds, sub int) {
	day = int(days)
	if rest := days - float64(day); decimals > 0 {
		unit := power10(decimals)
		n := int64(math.Round(rest * 86400 * float64(unit)))
		seconds, sub = int(n/unit), int(n%unit)
	} else {
		const lost = 1e-9 // lost to float64 rounding
		milliseconds := int((rest + lost) * 86400e3)
		seconds = milliseconds / 1000
		if milliseconds%1000 > 500 {
			seconds++
		}
	}
	return day + seconds/86400, seconds % 86400, sub
}

// show formats a number of days as date and time.
func (d *date) show(days float64) string {
	m := momentOf(days, d.decimals)
	var room [64]byte
	b := room[:0]
	for _, p := range d.pieces {
		switch p.kind {
		case datePiece, minutePiece:
			b = d.appendUnit(b, p, m)
		case halfPiece:
			b = append(b, half(p.text, m.seconds/3600)...)
		case subPiece:
			b = append(b, '.')
			b = appendPadded(b, m.sub, d.decimals)
		default:
			b = append(b, p.text...)
		}
	}
	return string(b)
}

func (d *date) appendUnit(b []byte, p piece, m moment) []byte {
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
		return d.appendMonth(b, width, m.month)
	case 'd':
		if width > 2 {
			return append(b, d.names.weekday(m.weekday, width)...)
		}
		return appendPadded(b, m.day, width)
	case 'h':
		return appendPadded(b, d.hour(m.seconds/3600), width)
	}
	return appendPadded(b, m.seconds%60, len(p.text))
}

func (d *date) appendMonth(b []byte, width, month int) []byte {
	if width > 2 {
		return append(b, d.names.month(month, width, d.genitive)...)
	}
	return appendPadded(b, month, width)
}

func (d *date) hour(hour int) int {
	if d.half {
		return (hour+11)%12 + 1
	}
	return hour
}

// half returns the half of the day (AM or PM) in the letters of the code.
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

// elapsed formats a number of days as a duration.
func (d *date) elapsed(days float64) string {
	unit := power10(d.decimals)
	n := int64(math.Round(math.Abs(days) * 86400 * float64(unit)))
	seconds := n / unit
	var b []byte
	for _, p := range d.pieces {
		switch p.kind {
		case elapsedPiece:
			b = appendPadded(b, int(seconds/unitSeconds[p.text[0]]), len(p.text))
		case datePiece, minutePiece:
			b = appendElapsed(b, p, seconds)
		case halfPiece:
		case subPiece:
			b = append(b, '.')
			b = appendPadded(b, int(n%unit), d.decimals)
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
