package xlsx

import (
	"fmt"
	"slices"

	"gigabatch/internal/io/table"
)

// joinedSink writes the rows of several sheets to a file in another format. Its first column contains the name of the sheet.
type joinedSink struct {
	table.Sink
	columns []string
	values  []string
	numbers []int
}

func newJoinedSink(s *source, dst string, format table.Format, columns []string) (table.Sink, error) {
	joined := s.Base
	joined.Header = append([]string{freeName("sheet", s.Header, columns)}, s.Header...)
	sink, err := s.Create(&joined, dst, format, columns)
	if err != nil {
		return nil, err
	}
	return &joinedSink{Sink: sink, columns: joined.Header, values: make([]string, len(joined.Header))}, nil
}

// freeName returns the name, or the name with the first number that makes it different from those taken.
func freeName(name string, taken ...[]string) string {
	all := slices.Concat(taken...)
	free := name
	for n := 2; slices.Contains(all, free); n++ {
		free = fmt.Sprint(name, " ", n)
	}
	return free
}

func (j *joinedSink) Write(row table.Row, cells ...any) error {
	if _, ok := row.Record.(*worksheet); !ok || len(row.Values) != len(j.values)-1 {
		return table.ErrForeign
	}
	j.values[0] = row.Sheet
	copy(j.values[1:], row.Values)
	if row.Numbers != nil {
		j.numbers = slices.Grow(j.numbers[:0], 1)
		for _, i := range row.Numbers {
			j.numbers = append(j.numbers, i+1)
		}
		row.Numbers = j.numbers
	}
	row.Columns, row.Values = j.columns, j.values
	return j.Sink.Write(row, cells...)
}
