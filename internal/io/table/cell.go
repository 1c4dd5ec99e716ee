package table

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// appendText appends a cell as text: numbers in their shortest form, times by RFC 3339, nil as nothing.
func appendText(b []byte, cell any) []byte {
	switch v := cell.(type) {
	case nil, keep:
		return b
	case string:
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
	default:
		return fmt.Append(b, v)
	}
}

// appendCSV appends a cell, quoted if the delimiter or its letters ask for it. Bytes that a text table cannot hold
// (NUL, what is not UTF-8) become U+FFFD.
func appendCSV(b []byte, cell any, delim byte) []byte {
	text, ok := cell.(string)
	if !ok {
		text = string(appendText(nil, cell))
	}
	if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
		text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	}
	if !needsQuotes(text, delim) {
		return append(b, text...)
	}
	return appendQuoted(b, text)
}

// needsQuotes also says yes to a space at either end, which some programs would drop.
func needsQuotes(text string, delim byte) bool {
	if text == "" {
		return false
	}
	return text[0] == ' ' || text[len(text)-1] == ' ' || strings.IndexByte(text, delim) >= 0 || strings.ContainsAny(text, "\"\r\n")
}

func appendQuoted(b []byte, text string) []byte {
	b = append(b, '"')
	for {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			break
		}
		b = append(b, text[:i+1]...)
		b = append(b, '"')
		text = text[i+1:]
	}
	b = append(b, text...)
	return append(b, '"')
}
