package table

import "encoding/json"

// The functions here walk over JSON that json.Valid has accepted, without decoding it. Positions count from the start
// of b.

// skipSpace is the position of the first byte from p on that is no white space.
func skipSpace(b []byte, p int) int {
	for p < len(b) && (b[p] == ' ' || b[p] == '\t' || b[p] == '\n' || b[p] == '\r') {
		p++
	}
	return p
}

// skipString is the position after the string at p.
func skipString(b []byte, p int) int {
	for p++; p < len(b) && b[p] != '"'; p++ {
		if b[p] == '\\' {
			p++
		}
	}
	return p + 1
}

// skipValue is the position after the value at p.
func skipValue(b []byte, p int) int {
	depth := 0
	for p < len(b) {
		switch b[p] {
		case '"':
			p = skipString(b, p)
		case '{', '[':
			depth++
			p++
		case '}', ']':
			depth--
			p++
		case ',', ':', ' ', '\t', '\n', '\r':
			p++
		default:
			p = skipLiteral(b, p)
		}
		if depth == 0 {
			return p
		}
	}
	return p
}

func skipLiteral(b []byte, p int) int {
	for p < len(b) {
		switch b[p] {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return p
		}
		p++
	}
	return p
}

// field is a member of an object: its key with quotes, and its value.
type field struct{ key, value span }

// fields appends the members of the object at p to fs, and returns the position of its closing brace.
func fields(fs []field, b []byte, p int) ([]field, int) {
	for {
		p = skipSpace(b, p+1)
		if b[p] == '}' {
			return fs, p
		}
		var f field
		f.key = span{p, skipString(b, p)}
		p = skipSpace(b, f.key.hi)
		p = skipSpace(b, p+1)
		f.value = span{p, skipValue(b, p)}
		fs = append(fs, f)
		if p = skipSpace(b, f.value.hi); b[p] == '}' {
			return fs, p
		}
	}
}

// element is the value at position n of the array at p.
func element(b []byte, p, n int) (span, bool) {
	for p = skipSpace(b, p+1); b[p] != ']'; p = skipSpace(b, p+1) {
		v := span{p, skipValue(b, p)}
		if n == 0 {
			return v, true
		}
		n--
		if p = skipSpace(b, v.hi); b[p] == ']' {
			break
		}
	}
	return span{}, false
}

// decoded is the content of a quoted JSON string. A string without escapes is returned as it stands.
func decoded(b []byte) []byte {
	inner := b[1 : len(b)-1]
	for _, c := range inner {
		if c == '\\' {
			var s string
			_ = json.Unmarshal(b, &s) // json.Valid has accepted it
			return []byte(s)
		}
	}
	return inner
}
