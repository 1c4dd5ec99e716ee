package rows

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// linesOf returns the lines of rows that are in the order of the table. Rows that follow each other are a range, since there is no row
// between them.
func linesOf(ctx context.Context, l *looker, rows []uint32) (string, error) {
	if l.scan.prepared().sheets > 1 && len(rows) > 0 {
		return "", &spec.UsageError{
			Msg:  messages.Sprintf("rows of several sheets cannot be chosen by their numbers"),
			Hint: messages.Sprintf("show one sheet, or choose the rows by a condition on a column of the input"),
		}
	}
	if len(rows) == 0 {
		return "", nil
	}
	parts := make([][]int, int(rows[len(rows)-1])/rowsPerPage+1)
	err := sweep(ctx, l, 0, int(rows[len(rows)-1])+1, rows, func(l *looker) func(int) error {
		return func(part int) error {
			next, _ := slices.BinarySearch(rows, uint32(l.first))
			for ; next < len(rows) && int(rows[next]) < l.first+len(l.entries); next++ {
				line, _, _, _ := l.texts[int(rows[next])-l.first].head()
				parts[part] = append(parts[part], line)
			}
			return nil
		}
	})
	if err != nil {
		return "", err
	}
	all := slices.Concat(parts...)
	var b strings.Builder
	for from := 0; from < len(rows); {
		to := from
		for to+1 < len(rows) && rows[to+1] == rows[to]+1 {
			to++
		}
		if from > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(all[from]))
		if to > from {
			b.WriteString("-" + strconv.Itoa(all[to]))
		}
		from = to + 1
	}
	return b.String(), nil
}
