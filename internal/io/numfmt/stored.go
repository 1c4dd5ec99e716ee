package numfmt

import (
	"strconv"
	"strings"
	"time"
)

// general shows a number as a sheet shows it that gives it no format: with at most 15 digits.
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

// IsNumber says whether a stored value is a decimal number.
func IsNumber(stored string) bool {
	if strings.Trim(stored, "0123456789+-.eE") != "" {
		return false
	}
	_, err := strconv.ParseFloat(stored, 64)
	return err == nil
}

const (
	days1904 = 1462    // between the first days of the two ways to count dates
	lastDay  = 2958466 // after the last day that can be shown, in 9999
)

// isoLayouts are the forms of a date in a cell of the type d (ECMA-376 part 1, 18.18.11, ISO 8601).
var isoLayouts = []string{
	"2006-01-02", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04", "2006-01-02 15:04:05",
	"20060102", "20060102T150405.999999999", "20060102T150405.999999999Z07:00", "15:04:05.999999999", "15:04",
}

// isoSerial is the number of days from the turn of 1900 that such a date is.
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
		if days < 61 { // the day 60 is the 29th of February 1900, which there was not
			days--
		}
		return days, true
	}
	return 0, false
}
