package ooxml

import (
	"strconv"
	"time"
)

// appendCell appends a cell with a value: nil, string, int64, float64, bool, time.Time or Day. Of times, the clock reading is used,
// whatever the zone.
func (w *SheetWriter) appendCell(b []byte, column, row, style int, value any) []byte {
	b = append(b, '<')
	b = append(b, w.prefix...)
	b = append(b, `c r="`...)
	b = append(b, ColumnName(column)...)
	b = strconv.AppendInt(b, int64(row), 10)
	b = append(b, '"')
	if style > 0 {
		b = append(b, ` s="`...)
		b = strconv.AppendInt(b, int64(style), 10)
		b = append(b, '"')
	}
	if value == nil {
		return append(b, "/>"...)
	}
	if s, ok := value.(string); ok {
		b = append(b, ` t="inlineStr">`...)
		b = w.appendInline(b, s)
	} else {
		b = w.appendNumber(b, value)
	}
	return w.appendEnd(b, "c")
}

func (w *SheetWriter) appendInline(b []byte, s string) []byte {
	b = w.appendStart(b, "is")
	b = append(b, '<')
	b = append(b, w.prefix...)
	b = append(b, 't')
	if s != "" && (space(s[0]) || space(s[len(s)-1])) {
		b = append(b, ` xml:space="preserve"`...)
	}
	b = append(b, '>')
	b = AppendEscaped(b, s)
	b = w.appendEnd(b, "t")
	return w.appendEnd(b, "is")
}

// appendNumber appends a value that is not text, from the end of the start tag on.
func (w *SheetWriter) appendNumber(b []byte, value any) []byte {
	if _, ok := value.(bool); ok {
		b = append(b, ` t="b"`...)
	}
	b = append(b, '>')
	b = w.appendStart(b, "v")
	switch v := value.(type) {
	case int64:
		b = strconv.AppendInt(b, v, 10)
	case float64:
		b = strconv.AppendFloat(b, v, 'g', -1, 64)
	case bool:
		b = append(b, "01"[btoi(v)])
	case time.Time:
		b = strconv.AppendFloat(b, serial(v, w.writer.book.Date1904), 'f', -1, 64)
	case Day:
		b = strconv.AppendFloat(b, serial(time.Time(v), w.writer.book.Date1904), 'f', -1, 64)
	}
	return w.appendEnd(b, "v")
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (w *SheetWriter) appendStart(b []byte, name string) []byte {
	b = append(b, '<')
	b = append(b, w.prefix...)
	b = append(b, name...)
	return append(b, '>')
}

func (w *SheetWriter) appendEnd(b []byte, name string) []byte {
	b = append(b, '<', '/')
	b = append(b, w.prefix...)
	b = append(b, name...)
	return append(b, '>')
}

// serial returns the number of days by which a workbook represents a time: since 30 December 1899, or since 1 January 1904 (ECMA-376
// part 1, 18.17.4.1).
func serial(t time.Time, since1904 bool) float64 {
	epoch := epoch1900
	if since1904 {
		epoch = epoch1904
	}
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	clock := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	days := (midnight.Unix() - epoch.Unix()) / (24 * 60 * 60) // a time.Duration cannot exceed 292 years
	return float64(days) + clock.Sub(midnight).Hours()/24
}

var (
	epoch1900 = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	epoch1904 = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Day is a calendar day: the one that its clock shows. It is written as text if the workbook cannot represent it, because it is before
// 1 March 1900 (or before 1904) or after 9999, or because the workbook has no cell formats to show it.
type Day time.Time

// dayCode is the number format of a Day.
const dayCode = "yyyy-mm-dd"

// holdable returns a value in a form that the workbook can represent.
func (w *SheetWriter) holdable(value any) any {
	d, ok := value.(Day)
	if !ok {
		return value
	}
	y, m, day := time.Time(d).Date()
	midnight := time.Date(y, m, day, 0, 0, 0, 0, time.UTC)
	first := time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC) // Excel has a 29 February 1900
	if w.writer.book.Date1904 {
		first = epoch1904
	}
	if midnight.Before(first) || y > 9999 || w.writer.book.Styles.Len() == 0 {
		return midnight.Format(time.DateOnly)
	}
	return Day(midnight)
}
