package numfmt

import "strings"

// plain returns the ISO form of a section that shows a date without words: day, month and year once each, in any order and with any
// marks between them, and perhaps a time. It returns nil for other sections. Months may be abbreviated as in the built-in formats
// d-mmm-yy, d-mmm and mmm-yy. The system's long date ([$-F800]) is such a date, too.
func (s *section) plain() *date {
	if s.place == "f800" || strings.HasPrefix(s.place, "x-sysdate") {
		return isoDate
	}
	d, ok := newDate(s.pieces, s.place)
	units := map[string]int{}
	space, spaced := false, false // a space was the last mark; one is between the parts of the date
	for _, p := range d.pieces {
		switch p.kind {
		case datePiece, minutePiece:
			unit := p.text[:1]
			if p.kind == minutePiece {
				unit = "minute"
			}
			if units[unit]++; unit == "d" && len(p.text) > 2 || unit == "m" && len(p.text) > 3 {
				return nil
			}
			if unit == "m" && len(p.text) == 3 {
				units["name"]++
			}
			spaced = spaced || space && units["h"] == 0 && unit != "h"
			space = false
		case halfPiece:
		case literalPiece, slashPiece, pointPiece, commaPiece:
			if strings.Trim(p.text, " -./,:") != "" {
				return nil
			}
			space = space || strings.Contains(p.text, " ") && units["y"]+units["m"]+units["d"] > 0
		default:
			return nil
		}
	}
	named := units["name"] == 1
	switch {
	case !ok || max(units["y"], units["m"], units["d"], units["h"], units["minute"], units["s"]) > 1 || units["m"] == 0:
		return nil
	case units["h"] == 0 && units["minute"]+units["s"] > 0, units["h"] > 0 && units["minute"] == 0:
		return nil
	case units["y"]+units["d"] < 2 && (!named || units["y"]+units["d"] == 0):
		return nil
	case named && spaced:
		return nil
	case units["s"] > 0:
		return isoSeconds
	case units["h"] > 0:
		return isoMinutes
	}
	return isoDate
}

var isoDate, isoMinutes, isoSeconds = isoForm(shortDate), isoForm(shortDate + " hh:mm"), isoForm(shortDate + " hh:mm:ss")

func isoForm(code string) *date {
	var s section
	s.lexPieces(code)
	d, _ := newDate(s.pieces, "")
	return &d
}
