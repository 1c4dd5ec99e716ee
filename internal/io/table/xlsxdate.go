package table

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// dateCode is a date format of nothing but numbers and marks between them, taken apart: it is shown here, since such dates
// seldom repeat and excelize takes long over each. Minutes are "M" and "MM".
type dateCode []string

var (
	plainDate  = regexp.MustCompile(`^(yyyy|yy|mm|m|dd|d|hh|h|ss|[-./: ,]|\\[-./: ,])+$`)
	datePieces = regexp.MustCompile(`[ymdhs]+|[-./: ,]`)
)

// parseDateCode is nil where the code has more to it.
func parseDateCode(code string) dateCode {
	code = strings.ToLower(strings.TrimSuffix(code, ";@"))
	if !plainDate.MatchString(code) {
		return nil
	}
	pieces := dateCode(datePieces.FindAllString(code, -1))
	before := ""
	for i, p := range pieces {
		if strings.Trim(p, "ymdhs") != "" {
			continue
		}
		if len(p) > 2 && p != "yyyy" {
			return nil // runs into the next
		}
		if p[0] == 'm' && (strings.HasPrefix(before, "h") || pieces.secondsAfter(i)) {
			pieces[i] = strings.ToUpper(p)
		}
		before = p
	}
	return pieces
}

// secondsAfter says whether the next number after the piece is that of seconds.
func (d dateCode) secondsAfter(i int) bool {
	for _, p := range d[i+1:] {
		if strings.Trim(p, "ymdhs") == "" {
			return p[0] == 's'
		}
	}
	return false
}

// firstPlain is the first day that all programs agree on: before it they differ about the 29th of February 1900.
const firstPlain = 61

// show is the day and time of a number of days, of which the fraction counts to the second.
func (d dateCode) show(days float64) string {
	t := timeOfSerial(days)
	var b []byte
	for _, p := range d {
		switch p {
		case "yyyy":
			b = strconv.AppendInt(b, int64(t.Year()), 10)
		case "yy":
			b = appendPadded(b, t.Year()%100, 2)
		case "mm", "m":
			b = appendPadded(b, int(t.Month()), len(p))
		case "dd", "d":
			b = appendPadded(b, t.Day(), len(p))
		case "hh", "h":
			b = appendPadded(b, t.Hour(), len(p))
		case "MM", "M":
			b = appendPadded(b, t.Minute(), len(p))
		case "ss":
			b = appendPadded(b, t.Second(), len(p))
		default:
			b = append(b, p...)
		}
	}
	return string(b)
}

func appendPadded(b []byte, n, width int) []byte {
	if n < 10 && width > 1 {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, int64(n), 10)
}

// timeOfSerial is the moment, to the second, that many days after the beginning of 1900.
func timeOfSerial(days float64) time.Time {
	whole := math.Floor(days)
	const epsilon = 1e-9 // what a float64 loses
	t := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(whole)).Add(time.Duration((days - whole + epsilon) * float64(24*time.Hour)))
	if t.Nanosecond()/1e6 > 500 {
		return t.Round(time.Second)
	}
	return t.Truncate(time.Second)
}
