package ooxml

import "time"

// Day is a value that is a calendar day: the one that its clock shows. A day that the workbook cannot hold, because it is before the first
// of March 1900 (or 1904), or after the year 9999, or because the workbook has no cell formats that could show one, is written as text.
type Day time.Time

// dayCode is the number format of a Day.
const dayCode = "yyyy-mm-dd"

// holdable is a value as the workbook can hold it.
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
