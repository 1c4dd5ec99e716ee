package table

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// jsonRecord is a line of a JSONL file as it stands. Positions count from the start of raw.
type jsonRecord struct {
	raw    []byte // blank lines before the record, the record, and its line end
	line   int    // of the record
	lo, hi int    // the object, with its braces
	fields []field
	pass   *pass
}

func (r *jsonRecord) object() json.RawMessage { return json.RawMessage(r.raw[r.lo:r.hi]) }

// index finds the members, of which the last of a name counts, as in encoding/json.
func (r *jsonRecord) index() { r.fields, _ = fields(r.fields[:0], r.raw, r.lo) }

// key is the name of a member.
func (r *jsonRecord) key(f field) []byte { return decoded(r.raw[f.key.lo:f.key.hi]) }

// find is the last member of that name.
func (r *jsonRecord) find(name string) (field, bool) {
	for i := len(r.fields) - 1; i >= 0; i-- {
		if string(r.key(r.fields[i])) == name {
			return r.fields[i], true
		}
	}
	return field{}, false
}

// path is the text of the value at a path of keys and positions. A longer key is preferred at each step, so that keys with
// points in them are found.
func (r *jsonRecord) path(name string) (string, bool) {
	v, ok := valueAt(r.raw, span{r.lo, r.hi}, name)
	if !ok {
		return "", false
	}
	return valueText(r.raw[v.lo:v.hi]), true
}

func valueAt(b []byte, v span, path string) (span, bool) {
	for cut := len(path); cut > 0; cut = strings.LastIndexByte(path[:cut], '.') {
		next, ok := child(b, v, path[:cut])
		if ok && cut < len(path) {
			next, ok = valueAt(b, next, path[cut+1:])
		}
		if ok {
			return next, true
		}
	}
	return span{}, false
}

// child is the member or the element of v that has that name or position.
func child(b []byte, v span, name string) (span, bool) {
	switch b[v.lo] {
	case '{':
		r := jsonRecord{raw: b, lo: v.lo}
		r.index()
		f, ok := r.find(name)
		return f.value, ok
	case '[':
		n, err := strconv.Atoi(name)
		if err != nil || n < 0 {
			return span{}, false
		}
		return element(b, v.lo, n)
	}
	return span{}, false
}

// valueText is a value as a cell shows it.
func valueText(v []byte) string {
	switch v[0] {
	case '"':
		return string(decoded(v))
	case 'n':
		return ""
	case '{', '[':
		var b bytes.Buffer
		_ = json.Compact(&b, v) // json.Valid has accepted it
		return b.String()
	}
	return string(v)
}

// quoted says whether the member of that name is a string.
func (r *jsonRecord) quoted(name string) bool {
	f, ok := r.find(name)
	return ok && r.raw[f.value.lo] == '"'
}
