package numfmt

import (
	"strconv"
	"strings"
	"time"
)

// general formats a number the way a sheet shows it without a format: with at most 15 digits.
func general(stored string) string {
	f, err := strconv.ParseFloat(stored, 64)
	if err != nil {
		return stored
	}
	plain := strconv.FormatFloat(f, 'f', -1, 64)
	if len(plain)-strings.Count(plain, ".") > 15 {
		return strconv.FormatFloat(f, 'G', 15, 64)
	}
	return plain
}

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
