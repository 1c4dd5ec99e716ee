package table

import "time"

// Date is a cell with a calendar day, without time or zone: the day that its clock shows.
type Date time.Time

// String returns the day as 2006-01-02.
func (d Date) String() string { return time.Time(d).Format(time.DateOnly) }
