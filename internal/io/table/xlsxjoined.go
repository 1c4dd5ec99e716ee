package table

import (
	"fmt"
	"slices"
)

// joinedSink writes the rows of several sheets to a file of another format. Its first column tells the sheet.
type joinedSink struct {
	Sink
	columns []string
	values  []string
}

func (s *xlsxSource) joinedSink(dst string, format Format, columns []string) (Sink, error) {
	joined := s.base
	joined.columns = append([]string{freeName("sheet", s.columns, columns)}, s.columns...)
	sink, err := newSink(&joined, dst, format, columns)
	if err != nil {
		return nil, err
	}
	return &joinedSink{Sink: sink, columns: joined.columns, values: make([]string, len(joined.columns))}, nil
}

// freeName is the name, or with the first number after it that makes it none of those taken.
func freeName(name string, taken ...[]string) string {
	all := slices.Concat(taken...)
	free := name
	for n := 2; slices.Contains(all, free); n++ {
		free = fmt.Sprint(name, " ", n)
	}
	return free
}

func (j *joinedSink) Write(row Row, cells ...any) error {
	if _, ok := row.rec.(*xlsxSheet); !ok || len(row.Values) != len(j.values)-1 {
		return errForeign
	}
	j.values[0] = row.Sheet
	copy(j.values[1:], row.Values)
	row.Columns, row.Values = j.columns, j.values
	return j.Sink.Write(row, cells...)
}
