// Package jsontext navigates JSON that json.Valid has accepted, without decoding it, and writes JSON strings. Positions are relative
// to the start of the bytes given to a function.
package jsontext

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// skipSpace returns the position of the first byte at or after p that is not white space.
func skipSpace(b []byte, p int) int {
	for p < len(b) && (b[p] == ' ' || b[p] == '\t' || b[p] == '\n' || b[p] == '\r') {
		p++
	}
	return p
}

// skipString returns the position after the string at p.
func skipString(b []byte, p int) int {
	for p++; p < len(b) && b[p] != '"'; p++ {
		if b[p] == '\\' {
			p++
		}
	}
	return p + 1
}

// skipValue returns the position after the value at p.
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

// Span is a range of bytes.
type Span struct{ Lo, Hi int }

// Member is a member of an object: its quoted key and its value.
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

// At returns the value at a path of keys and indexes below the value v. At each step, a longer key is preferred, so that keys with
// dots are found.
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

// child returns the member or element of v with that name or index. Of members with the same name, the last one counts, as in
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

// element returns the value at index n of the array at p.
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

// Decoded returns the content of a quoted JSON string. A string without escapes is returned without a copy.
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

// Text returns a value as a cell shows it: the content of a string, "" for null, and objects and arrays without white space.
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
