package jsonl

import (
	"encoding/json"
	"slices"

	"gigabatch/internal/io/jsontext"
	"gigabatch/internal/io/table"
)

// record is a line of a JSONL file, or an object of an array, as it is written. Positions are relative to the start of raw.
type record struct {
	raw     []byte // blank lines before the record, the record, and its line end; in an array what is before the object, and the object
	line    int    // on which the record begins
	number  int    // of the row: its line, or its position in the array, from 1
	object  jsontext.Span
	members []jsontext.Member // of members with the same name, the last one counts, as in encoding/json
	pass    *table.Pass
}

// key returns the name of a member.
func (r *record) key(m jsontext.Member) []byte { return jsontext.Decoded(r.raw[m.Key.Lo:m.Key.Hi]) }

// value returns the value of a member as it is written.
func (r *record) value(m jsontext.Member) []byte { return r.raw[m.Value.Lo:m.Value.Hi] }

// JSON returns the object as it is written.
func (r *record) JSON() json.RawMessage { return r.raw[r.object.Lo:r.object.Hi] }

// At returns the text of the value at a path of keys and indexes.
func (r *record) At(path string) (string, bool) {
	v, ok := jsontext.At(r.raw, r.object, path)
	if !ok {
		return "", false
	}
	return jsontext.Text(r.raw[v.Lo:v.Hi]), true
}

// Quoted reports whether the member with that name is a string.
func (r *record) Quoted(name string) bool {
	for _, m := range slices.Backward(r.members) {
		if string(r.key(m)) == name {
			return r.raw[m.Value.Lo] == '"'
		}
	}
	return false
}
