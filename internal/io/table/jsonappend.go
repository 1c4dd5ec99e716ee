package table

import (
	"math"
	"strconv"
	"time"

	"gigabatch/internal/io/jsontext"
)

// appendJSON appends a cell as a JSON value: nil, and a number that JSON cannot hold, as null.
func appendJSON(b []byte, cell any) []byte {
	switch v := cell.(type) {
	case nil, keep:
		return append(b, "null"...)
	case string:
		return jsontext.AppendString(b, v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(b, "null"...)
		}
		return strconv.AppendFloat(b, v, 'f', -1, 64)
	case int, int64, bool:
		return appendText(b, v)
	case time.Time, Date:
		return append(appendText(append(b, '"'), v), '"')
	}
	return jsontext.AppendString(b, string(appendText(nil, cell)))
}
