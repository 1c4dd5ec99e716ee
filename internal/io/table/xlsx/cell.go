package xlsx

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gigabatch/internal/io/ooxml"
	"gigabatch/internal/io/table"
)

const cutMark = "…"

// cutText returns as much of text as fits in a cell, with a mark at the end if it is truncated.
func cutText(text string) (string, bool) {
	if len(text) <= ooxml.MaxUnits || units(text) <= ooxml.MaxUnits {
		return text, false
	}
	n := 0
	for i, r := range text {
		if n += width(r); n > ooxml.MaxUnits-len([]rune(cutMark)) {
			return text[:i] + cutMark, true
		}
	}
	return text, false
}

func units(text string) (n int) {
	for _, r := range text {
		n += width(r)
	}
	return n
}

// width returns the number of UTF-16 code units of r.
func width(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// tooLong is the first integer with more than the 15 digits to which spreadsheet programs are exact. Longer ones, such as the numbers of
// cards, are written as text. maxInteger is where a float64 is a measure rather than such a number.
const (
	tooLong    = 1e15
	maxInteger = 1e21
)

// sheetCell returns a cell as a workbook represents it: nil, string, float64, int64, bool, time.Time or ooxml.Day.
func sheetCell(cell any) any {
	if cell == table.Keep {
		return nil
	}
	switch v := cell.(type) {
	case nil, bool, time.Time:
		return v
	case int64:
		if v <= -tooLong || v >= tooLong {
			return strconv.FormatInt(v, 10)
		}
		return v
	case table.Date:
		return ooxml.Day(v)
	case int:
		return sheetCell(int64(v))
	case float64:
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			return nil
		case math.Abs(v) >= tooLong && math.Abs(v) < maxInteger && v == math.Trunc(v):
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
		return v
	case string:
		if v == "" {
			return nil
		}
		return strings.ToValidUTF8(v, string(utf8.RuneError))
	}
	return string(table.AppendText(nil, cell))
}

// number returns the number that a text of a source represents, if the number would be shown as the same text: without leading zeros,
// and with no more than the 15 digits that a workbook keeps.
func number(text string) (float64, bool) {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || digits[0] < '0' || digits[0] > '9' || len(strings.ReplaceAll(digits, ".", "")) > 15 {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f == 0 && text != "0" {
		return 0, false
	}
	return f, strconv.FormatFloat(f, 'f', -1, 64) == text
}
