package example

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Spoiled is what models make of the value now and then: by a number, one of four things that are not valid by the schema.
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

// cut is the beginning of the JSON, and no JSON.
func (e *Example) cut() string {
	whole := encode(e.value)
	text := strings.ToValidUTF8(whole[:len(whole)*2/3], "")
	if json.Valid([]byte(text)) {
		return `{"sandbox":` + text
	}
	return text
}

// incomplete is the JSON without a property that is required, if one is.
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

// wrong is the JSON with a wrong type: of the first property that must have one, else of the whole. Where everything is right it ends
// early.
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

// schema resolves a part of the schema with a count of its own.
func (e *Example) schema(part any) schema {
	m := maker{root: e.root, left: maxValues}
	return m.resolve(part, 0)
}

// wrongFor is a value that s does not allow.
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
