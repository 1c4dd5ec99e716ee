// Package jsontext walks over JSON that json.Valid has accepted, without decoding it, and writes strings. Positions count from the start
// of the bytes that a function is given.
package jsontext

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

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

// Span is a stretch of bytes.
type Span struct{ Lo, Hi int }

// Member is a member of an object: its key with quotes, and its value.
type Member struct{ Key, Value Span }

// Members appends the members of the object at p to ms.
func Members(ms []Member, b []byte, p int) []Member {
	for {
		p = skipSpace(b, p+1)
		if b[p] == '}' {
			return ms
		}
		var m Member
		m.Key = Span{p, skipString(b, p)}
		p = skipSpace(b, m.Key.Hi)
		p = skipSpace(b, p+1)
		m.Value = Span{p, skipValue(b, p)}
		ms = append(ms, m)
		if p = skipSpace(b, m.Value.Hi); b[p] == '}' {
			return ms
		}
	}
}

// At is the value at a path of keys and positions below the value v. A longer key is preferred at each step, so that keys with points in
// them are found.
func At(b []byte, v Span, path string) (Span, bool) {
	for cut := len(path); cut > 0; cut = strings.LastIndexByte(path[:cut], '.') {
		next, ok := child(b, v, path[:cut])
		if ok && cut < len(path) {
			next, ok = At(b, next, path[cut+1:])
		}
		if ok {
			return next, true
		}
	}
	return Span{}, false
}

// child is the member or the element of v that has that name or position. Of members that share a name the last one counts, as in
// encoding/json.
func child(b []byte, v Span, name string) (Span, bool) {
	switch b[v.Lo] {
	case '{':
		for _, m := range slices.Backward(Members(nil, b, v.Lo)) {
			if string(Decoded(b[m.Key.Lo:m.Key.Hi])) == name {
				return m.Value, true
			}
		}
	case '[':
		if n, err := strconv.Atoi(name); err == nil && n >= 0 {
			return element(b, v.Lo, n)
		}
	}
	return Span{}, false
}

// element is the value at position n of the array at p.
func element(b []byte, p, n int) (Span, bool) {
	for p = skipSpace(b, p+1); b[p] != ']'; p = skipSpace(b, p+1) {
		v := Span{p, skipValue(b, p)}
		if n == 0 {
			return v, true
		}
		n--
		if p = skipSpace(b, v.Hi); b[p] == ']' {
			break
		}
	}
	return Span{}, false
}

// Decoded is the content of a quoted JSON string. A string without escapes is returned as it stands.
func Decoded(b []byte) []byte {
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

// Text is a value as a cell shows it: the content of a string, nothing for null, objects and arrays without white space.
func Text(v []byte) string {
	switch v[0] {
	case '"':
		return string(Decoded(v))
	case 'n':
		return ""
	case '{', '[':
		var b bytes.Buffer
		_ = json.Compact(&b, v) // json.Valid has accepted it
		return b.String()
	}
	return string(v)
}
