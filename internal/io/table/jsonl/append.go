package jsonl

import (
	"math"
	"strconv"
	"time"

	"gigabatch/internal/io/jsontext"
	"gigabatch/internal/io/table"
)

// appendValue appends a cell as a JSON value. nil, and numbers that JSON cannot represent, become null.
func appendValue(b []byte, cell any) []byte {
	if cell == table.Keep {
		cell = nil
	}
	switch v := cell.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return jsontext.AppendString(b, v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(b, "null"...)
		}
		return strconv.AppendFloat(b, v, 'f', -1, 64)
	case int, int64, bool, table.JSON:
		return table.AppendText(b, v)
	case time.Time, table.Date:
		return append(table.AppendText(append(b, '"'), v), '"')
	}
	return jsontext.AppendString(b, string(table.AppendText(nil, cell)))
}
