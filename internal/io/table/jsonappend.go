package table

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// appendJSON appends a cell as a JSON value: nil, and a number that JSON cannot hold, as null.
func appendJSON(b []byte, cell any) []byte {
	switch v := cell.(type) {
	case nil, keep:
		return append(b, "null"...)
	case string:
		return appendJSONString(b, v)
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
	return appendJSONString(b, string(appendText(nil, cell)))
}

const hexDigits = "0123456789abcdef"

// appendJSONString escapes what JSON demands and the line separators U+2028 and U+2029, at which some programs break
// lines; nothing for HTML. Bytes that are not UTF-8 become U+FFFD.
func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	done := 0
	for i := 0; i < len(s); {
		if c := s[i]; c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if esc := escape(r, n); esc != "" {
			b = append(b, s[done:i]...)
			b = append(b, esc...)
			done = i + n
		}
		i += n
	}
	b = append(b, s[done:]...)
	return append(b, '"')
}

// escape is what stands for r, which took n bytes, or "" if r stands for itself.
func escape(r rune, n int) string {
	switch {
	case r == '"':
		return `\"`
	case r == '\\':
		return `\\`
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < ' ':
		return `\u00` + string([]byte{hexDigits[r>>4], hexDigits[r&15]})
	case r == '\u2028':
		return `\u2028`
	case r == '\u2029':
		return `\u2029`
	case r == utf8.RuneError && n == 1:
		return `\ufffd`
	}
	return ""
}
