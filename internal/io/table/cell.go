package table

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// JSON is a cell with compact JSON. A JSONL output has it as it is, any other output as text.
type JSON string

// AppendText appends a cell as text: numbers in their shortest form, times in RFC 3339, dates as 2006-01-02, nil as "".
func AppendText(b []byte, cell any) []byte {
	switch v := cell.(type) {
	case nil, keep:
		return b
	case string:
		return append(b, v...)
	case JSON:
		return append(b, v...)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return strconv.AppendFloat(b, v, 'f', -1, 64)
	case bool:
		return strconv.AppendBool(b, v)
	case time.Time:
		return v.AppendFormat(b, time.RFC3339)
	case Date:
		return time.Time(v).AppendFormat(b, time.DateOnly)
	default:
		return fmt.Append(b, v)
	}
}

// CellText returns a cell as text for a text table. NUL and invalid UTF-8 become U+FFFD.
func CellText(cell any) string {
	text, ok := cell.(string)
	if !ok {
		text = string(AppendText(nil, cell))
	}
	if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
		text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	}
	return text
}
