package example

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Spoiled returns the value with one of four errors that models make, chosen by n. The result is not valid by the schema.
func (e *Example) Spoiled(n uint64) string {
	switch n % 4 {
	case 0:
		return "Of course! Here is the JSON:\n\n```json\n" + e.wrong() + "\n```\n\nIs there anything else?"
	case 1:
		return e.cut()
	case 2:
		return e.incomplete()
	}
	return e.wrong()
}

// cut returns the beginning of the JSON, which is not valid JSON.
func (e *Example) cut() string {
	whole := encode(e.value)
	text := strings.ToValidUTF8(whole[:len(whole)*2/3], "")
	if json.Valid([]byte(text)) {
		return `{"sandbox":` + text
	}
	return text
}

// incomplete returns the JSON without a required property, if one is required, else as wrong does.
func (e *Example) incomplete() string {
	o, _ := e.value.(map[string]any)
	for _, name := range namesOf(e.schema(e.root), "required") {
		if _, found := o[name]; found {
			less := maps.Clone(o)
			delete(less, name)
			return encode(less)
		}
	}
	return e.wrong()
}

// wrong returns the JSON with a wrong type: of the first property that can have one, else of the whole value. If any type is allowed, it
// returns what cut returns.
func (e *Example) wrong() string {
	root := e.schema(e.root)
	o, _ := e.value.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if value, found := wrongFor(e.schema(propertiesOf(root)[name])); found {
			other := maps.Clone(o)
			other[name] = value
			return encode(other)
		}
	}
	if value, found := wrongFor(root); found {
		return encode(value)
	}
	return e.cut()
}

// schema resolves a part of the schema, with its own limit of values.
func (e *Example) schema(part any) schema {
	m := maker{root: e.root, left: maxValues}
	return m.resolve(part, 0)
}

// wrongFor returns a value that s does not allow, if one is found.
func wrongFor(s schema) (any, bool) {
	_, isConst := s["const"]
	types := typesOf(s)
	if isConst || listOf(s, "enum") != nil {
		return map[string]any{"sandbox": "not one of those allowed"}, true
	}
	for _, w := range []struct {
		kind  string
		value any
	}{{"integer", 42}, {"string", "forty-two"}, {"object", map[string]any{"sandbox": 42}}, {"null", nil}} {
		if len(types) > 0 && !allows(types, w.kind) {
			return w.value, true
		}
	}
	return nil, false
}
