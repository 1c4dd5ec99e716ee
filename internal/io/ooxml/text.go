package ooxml

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// appendText appends the text that character data represents: it decodes entities, CDATA sections and line ends as XML requires.
// Markup inside it, such as comments, is dropped.
func appendText(to, b []byte) ([]byte, error) {
	for len(b) > 0 {
		i := bytes.IndexAny(b, "&<\r")
		if i < 0 {
			return append(to, b...), nil
		}
		to = append(to, b[:i]...)
		b = b[i:]
		var n int
		var err error
		switch b[0] {
		case '&':
			to, n, err = appendEntity(to, b)
		case '<':
			to, n, err = appendSection(to, b)
		default:
			to, n = append(to, '\n'), 1
			if len(b) > 1 && b[1] == '\n' {
				n = 2
			}
		}
		if err != nil {
			return to, err
		}
		b = b[n:]
	}
	return to, nil
}

// plainText reports whether the character data contains nothing to decode.
func plainText(b []byte) bool {
	return bytes.IndexByte(b, '&') < 0 && bytes.IndexByte(b, '<') < 0 && bytes.IndexByte(b, '\r') < 0
}

var entities = map[string]byte{"amp": '&', "lt": '<', "gt": '>', "quot": '"', "apos": '\''}

func appendEntity(to, b []byte) ([]byte, int, error) {
	i := bytes.IndexByte(b[:min(len(b), 16)], ';')
	if i < 2 {
		return to, 0, errXML
	}
	name := string(b[1:i])
	if c, ok := entities[name]; ok {
		return append(to, c), i + 1, nil
	}
	if name[0] != '#' {
		return to, 0, errXML
	}
	digits, base := name[1:], 10
	if strings.HasPrefix(digits, "x") {
		digits, base = digits[1:], 16
	}
	r, err := strconv.ParseUint(digits, base, 21)
	if err != nil || r == 0 {
		return to, 0, errXML
	}
	return utf8.AppendRune(to, rune(r)), i + 1, nil
}

func appendSection(to, b []byte) ([]byte, int, error) {
	m, err := lexMarkup(b, 0)
	if err != nil {
		return to, 0, errXML
	}
	if m.kind == cdata {
		to = append(to, b[len("<![CDATA["):m.hi-len("]]>")]...)
	}
	return to, m.hi, nil
}

// text returns the decoded value of an attribute or of character data.
func text(b []byte) (string, error) {
	if plainText(b) {
		return string(b), nil
	}
	t, err := appendText(nil, b)
	return string(t), err
}

// Unescape decodes the escapes _xHHHH_ of characters that XML cannot contain (ECMA-376 part 1, 22.9.2.19, ST_Xstring).
func Unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		s = s[i:]
		r, n := escaped(s)
		if n == 0 {
			b.WriteString("_x")
			s = s[2:]
			continue
		}
		b.WriteRune(r)
		s = s[n:]
	}
}

// escaped decodes the escape at the beginning of s. A surrogate pair is two escapes. n is 0 if s does not begin with an escape.
func escaped(s string) (r rune, n int) {
	if r, n = escapedUnit(s); n == 0 || r < 0xD800 || r > 0xDFFF {
		return r, n
	}
	low, m := escapedUnit(s[n:])
	if r < 0xDC00 && m > 0 && low >= 0xDC00 && low <= 0xDFFF {
		return (r-0xD800)<<10 | (low - 0xDC00) + 0x10000, n + m
	}
	return utf8.RuneError, n
}

func escapedUnit(s string) (rune, int) {
	if len(s) < 7 || s[:2] != "_x" || s[6] != '_' {
		return 0, 0
	}
	u, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil {
		return 0, 0
	}
	return rune(u), 7
}

// AppendEscaped appends text as character data. Markup becomes entities, and characters that XML cannot contain, or would change,
// become _xHHHH_. A text that looks like such an escape is itself escaped. Bytes that are not valid UTF-8 become U+FFFD.
func AppendEscaped(b []byte, text string) []byte {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, string(utf8.RuneError))
	}
	done := 0
	for i := 0; i < len(text); i++ {
		if !suspect[text[i]] {
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if !plainRune(r) || r == '_' && looksEscaped(text[i:]) {
			b = append(b, text[done:i]...)
			b = appendRune(b, r)
			done = i + n
		}
	}
	return append(b, text[done:]...)
}

// suspect contains the first bytes of everything that may have to be escaped.
var suspect = func() (t [256]bool) {
	for c := range ' ' {
		t[c] = c != '\n' && c != '\t'
	}
	for _, c := range "&<>_" {
		t[c] = true
	}
	t[0xEF] = true // of U+FFFE and U+FFFF
	return t
}()

// looksEscaped reports whether s begins like an escape. The end of one may be the beginning of another escape.
func looksEscaped(s string) bool {
	if len(s) < 6 || s[:2] != "_x" {
		return false
	}
	_, err := strconv.ParseUint(s[2:6], 16, 16)
	return err == nil
}

// plainRune reports whether a rune needs no escape in character data.
func plainRune(r rune) bool {
	switch {
	case r == '&' || r == '<' || r == '>':
		return false
	case r < ' ':
		return r == '\n' || r == '\t'
	}
	return r != 0xFFFE && r != 0xFFFF
}

func appendRune(b []byte, r rune) []byte {
	switch r {
	case '&':
		return append(b, "&amp;"...)
	case '<':
		return append(b, "&lt;"...)
	case '>':
		return append(b, "&gt;"...)
	}
	const hex = "0123456789ABCDEF"
	return append(b, '_', 'x', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15], '_')
}
