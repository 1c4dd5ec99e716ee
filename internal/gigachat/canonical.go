package gigachat

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// objectWriter appends one JSON object. The fields of a struct are passed to key in bytewise order; the fields of the maps are merged
// between them, so the whole object is sorted.
type objectWriter struct {
	b     []byte
	more  map[string]json.RawMessage
	names []string // the keys of more and exact that are not yet written, sorted
	exact map[string]json.RawMessage
	some  bool
}

// openObject begins an object. The values of exact are written unchanged, those of more in canonical form. Keys in own, which is sorted,
// are left out.
func openObject(b []byte, more, exact map[string]json.RawMessage, own []string) objectWriter {
	o := objectWriter{b: append(b, '{'), more: more, exact: exact}
	if len(more)+len(exact) > 0 {
		o.names = slices.AppendSeq(slices.Collect(maps.Keys(more)), maps.Keys(exact))
		o.names = slices.DeleteFunc(o.names, func(name string) bool {
			_, found := slices.BinarySearch(own, name)
			return found
		})
		slices.Sort(o.names)
		o.names = slices.Compact(o.names)
	}
	return o
}

func (o *objectWriter) key(name string) {
	for len(o.names) > 0 && o.names[0] < name {
		o.next()
	}
	o.name(name)
}

func (o *objectWriter) next() {
	name := o.names[0]
	o.names = o.names[1:]
	o.name(name)
	if exact, ok := o.exact[name]; ok {
		o.b = append(o.b, exact...)
		return
	}
	o.b = appendCanonical(o.b, o.more[name])
}

func (o *objectWriter) name(name string) {
	if o.some {
		o.b = append(o.b, ',')
	}
	o.some = true
	o.b = append(appendString(o.b, name), ':')
}

func (o *objectWriter) close() []byte {
	for len(o.names) > 0 {
		o.next()
	}
	return append(o.b, '}')
}

// appendCanonical appends the canonical form of one JSON value: keys sorted bytewise (the last value of a duplicate key wins), no white
// space, numbers as given. An empty value counts as null. Invalid JSON is appended unchanged, for the server to refuse.
func appendCanonical(b []byte, raw json.RawMessage) []byte {
	if len(raw) == 0 {
		return append(b, "null"...)
	}
	v, err := decodeLiterally(raw)
	if err != nil {
		return append(b, raw...)
	}
	return appendValue(b, v)
}

func decodeLiterally(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errTrailing
	}
	return v, nil
}

func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case bool:
		return strconv.AppendBool(b, v)
	case json.Number:
		return append(b, v...)
	case string:
		return appendString(b, v)
	case []any:
		b = append(b, '[')
		for i, element := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, element)
		}
		return append(b, ']')
	case map[string]any:
		o := openObject(b, nil, nil, nil)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			o.name(name)
			o.b = appendValue(o.b, v[name])
		}
		return o.close()
	}
	return append(b, "null"...)
}

// appendString appends s in quotes. Only what JSON requires is escaped (RFC 8259, section 7): unescaped UTF-8 costs fewer tokens than \u
// escapes (developers.sber.ru, guides/counting-tokens). Each byte that is not UTF-8 becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = string([]rune(s))
	}
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		if !mustEscape[s[i]] {
			continue
		}
		b = append(b, s[start:i]...)
		b = appendEscape(b, s[i])
		start = i + 1
	}
	return append(append(b, s[start:]...), '"')
}

var mustEscape = func() (t [256]bool) {
	for c := range 0x20 {
		t[c] = true
	}
	t['"'], t['\\'] = true, true
	return t
}()

func appendEscape(b []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, `\n`...)
	case '\t':
		return append(b, `\t`...)
	case '\r':
		return append(b, `\r`...)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	}
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// appendFloat appends the shortest number that reads back as f, formatted as encoding/json and ECMAScript format it.
func appendFloat(b []byte, f float64) []byte {
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		b = strconv.AppendFloat(b, f, 'e', -1, 64)
		if n := len(b); n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' { // e-07 becomes e-7
			b[n-2] = b[n-1]
			b = b[:n-1]
		}
		return b
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}
