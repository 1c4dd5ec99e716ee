package example

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// A schema is a decoded JSON Schema, with numbers as json.Number.
type schema = map[string]any

// decode returns the value in raw, or nil if raw is not JSON.
func decode(raw []byte) any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// listOf returns the list at key, or nil.
func listOf(s schema, key string) []any {
	list, _ := s[key].([]any)
	return list
}

// namesOf returns the strings in the list at key.
func namesOf(s schema, key string) []string {
	var names []string
	for _, v := range listOf(s, key) {
		if name, isString := v.(string); isString {
			names = append(names, name)
		}
	}
	return names
}

func propertiesOf(s schema) schema {
	properties, _ := s["properties"].(schema)
	return properties
}

// numberAt returns the number at key, if any.
func numberAt(s schema, key string) (float64, bool) {
	n, isNumber := s[key].(json.Number)
	if !isNumber {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}

// countAt returns the count at key, at most limit, or -1 if there is none.
func countAt(s schema, key string, limit int) int {
	f, found := numberAt(s, key)
	if !found || f < 0 {
		return -1
	}
	return int(min(f, float64(limit)))
}

// typesOf returns the types that s names, or none.
func typesOf(s schema) []string {
	if name, isString := s["type"].(string); isString {
		return []string{name}
	}
	return namesOf(s, "type")
}

// keysOf are the keywords that imply a type if none is named.
var keysOf = []struct{ key, kind string }{
	{"properties", "object"}, {"required", "object"}, {"items", "array"}, {"prefixItems", "array"}, {"minItems", "array"},
	{"multipleOf", "number"}, {"minimum", "number"}, {"maximum", "number"}, {"exclusiveMinimum", "number"}, {"exclusiveMaximum", "number"},
}

// kindIn returns the type that is made for s: the first named type other than null.
func kindIn(s schema) string {
	types := typesOf(s)
	for _, t := range types {
		if t != "null" {
			return t
		}
	}
	if len(types) > 0 {
		return "null"
	}
	for _, k := range keysOf {
		if _, found := s[k.key]; found {
			return k.kind
		}
	}
	return "string"
}

// pointed returns the target of a local reference, or nil for any other reference.
func pointed(root any, ref string) any {
	path, isLocal := strings.CutPrefix(ref, "#")
	if !isLocal {
		return nil
	}
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain
	}
	for _, name := range strings.Split(path, "/")[1:] {
		s, _ := root.(schema)
		root = s[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)]
	}
	return root
}

// merge returns a schema that combines a and b, in the simple cases.
func merge(a, b schema) schema {
	m := maps.Clone(a)
	for key, value := range b {
		if _, both := a[key]; both {
			value = mergeAt(key, a, b)
		}
		m[key] = value
	}
	return m
}

func mergeAt(key string, a, b schema) any {
	switch key {
	case "properties":
		both := schema{}
		maps.Copy(both, propertiesOf(a))
		for name, value := range propertiesOf(b) {
			if first, twice := both[name]; twice {
				value = allOf(first, value)
			}
			both[name] = value
		}
		return both
	case "required":
		return slices.Concat(listOf(a, key), listOf(b, key))
	case "items", "additionalProperties":
		return allOf(a[key], b[key])
	case "type":
		var both []any
		for _, t := range []string{"object", "array", "string", "integer", "number", "boolean", "null"} {
			if allows(typesOf(a), t) && allows(typesOf(b), t) {
				both = append(both, t)
			}
		}
		return both
	case "minimum", "exclusiveMinimum", "minLength", "minItems":
		return tighter(key, a, b, 1)
	case "maximum", "exclusiveMaximum", "maxLength", "maxItems":
		return tighter(key, a, b, -1)
	}
	return b[key]
}

func allOf(a, b any) any { return schema{"allOf": []any{a, b}} }

// allows reports whether a type is among types. Integers are numbers.
func allows(types []string, t string) bool {
	return slices.Contains(types, t) || t == "integer" && slices.Contains(types, "number")
}

// tighter returns the larger of two bounds if sign is 1, else the smaller.
func tighter(key string, a, b schema, sign float64) any {
	x, isNumber := numberAt(a, key)
	if y, alsoNumber := numberAt(b, key); isNumber && alsoNumber && x*sign > y*sign {
		return a[key]
	}
	return b[key]
}
