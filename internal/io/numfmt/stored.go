package numfmt

import (
	"strconv"
	"strings"
	"time"
)

// maxDigits is the number of digits to which spreadsheets are exact. Integers can be stored with more.
const maxDigits = 15

// general formats a number without a format: an integer in full, and any other number with at most 15 digits.
func general(stored string) string {
	if whole, ok := integer(stored); ok {
		return whole
	}
	f, err := strconv.ParseFloat(stored, 64)
	if err != nil {
		return stored
	}
	plain := strconv.FormatFloat(f, 'f', -1, 64)
	if len(plain)-strings.Count(plain, ".") <= maxDigits {
		return plain
	}
	rounded := strconv.FormatFloat(f, 'G', maxDigits, 64)
	if whole, ok := integer(rounded); ok {
		return whole
	}
	return rounded
}

// integer returns an integer with every digit that is stored, whatever its notation. It returns false for other numbers, and for those
// with more than 21 digits.
func integer(stored string) (string, bool) {
	if stored != "" && stored[0] >= '1' && stored[0] <= '9' && len(stored) <= maxInteger && strings.Trim(stored[1:], "0123456789") == "" {
		return stored, true // the usual form
	}
	mantissa, power, exponential := strings.Cut(strings.ToUpper(stored), "E")
	exponent := 0
	if exponential {
		var err error
		if exponent, err = strconv.Atoi(power); err != nil {
			return "", false
		}
	}
	minus := strings.HasPrefix(mantissa, "-")
	whole, part, _ := strings.Cut(strings.TrimLeft(mantissa, "+-"), ".")
	part = strings.TrimRight(part, "0")
	digits := strings.TrimLeft(whole+part, "0")
	switch point := exponent - len(part); {
	case whole+part == "" && !strings.Contains(mantissa, "0") || strings.Trim(digits, "0123456789") != "":
		return "", false
	case digits == "":
		return "0", true
	case point >= 0 && len(digits)+point <= maxInteger:
		digits += strings.Repeat("0", point)
	case point < 0 && -point < len(digits) && len(digits)+point <= maxInteger && strings.Trim(digits[len(digits)+point:], "0") == "":
		digits = digits[:len(digits)+point]
	default:
		return "", false
	}
	return sign(minus, digits), true
}

// maxInteger is the maximum number of digits of an integer that is shown in full.
const maxInteger = 21

// IsNumber reports whether a stored value is a decimal number.
func IsNumber(stored string) bool {
	if strings.Trim(stored, "0123456789+-.eE") != "" {
		return false
	}
	_, err := strconv.ParseFloat(stored, 64)
	return err == nil
}

const (
	days1904 = 1462    // between the two date systems
	lastDay  = 2958466 // the first day that cannot be shown, after 9999
)

// isoLayouts are the forms of a date in a cell of type d (ECMA-376 part 1, 18.18.11, ISO 8601).
var isoLayouts = []string{
	"2006-01-02", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04", "2006-01-02 15:04:05",
	"20060102", "20060102T150405.999999999", "20060102T150405.999999999Z07:00", "15:04:05.999999999", "15:04",
}

// isoSerial returns the number of days from the beginning of 1900 to such a date.
func isoSerial(stored string) (float64, bool) {
	stored = strings.Replace(stored, ",", ".", 1)
	for _, layout := range isoLayouts {
		t, err := time.Parse(layout, stored)
		if err != nil {
			continue
		}
		if t.Year() == 0 { // a time of day
			return t.Sub(time.Date(0, t.Month(), t.Day(), 0, 0, 0, 0, t.Location())).Hours() / 24, true
		}
		t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
		days := t.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24
		if days < 61 { // day 60 is 29 February 1900, which did not exist
			days--
		}
		return days, true
	}
	return 0, false
}
