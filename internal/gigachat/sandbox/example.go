package sandbox

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// An example makes a value that is valid by a JSON Schema. It depends on the schema and a prompt alone, and repeats the beginning of the
// prompt in its strings. Keywords that it does not know (pattern, not, if, contains, and references to elsewhere, among others) count
// for nothing.
type example struct {
	root    any
	text    string // what strings say
	strings int    // made so far
	random  uint64
	left    int // values, references and hundreds of padding until the example is cut short, so that it ends
}

const (
	roomyDepth = 4     // down to here there are optional properties, and elements of arrays beyond the least
	maxDepth   = 64    // a schema that demands more nests without end
	maxValues  = 5_000 // the same
	maxItems   = 1_000 // more are not made, whatever minItems says
	maxPadding = 1 << 16
)

// AnswerJSON is the completion for a prompt with a schema as its response_format, when nothing changes it.
func AnswerJSON(prompt string, schema []byte) string {
	e := newExample(decodeJSON(schema), prompt, hashOf([]byte(prompt)))
	return encode(e.value(e.root, 0))
}

func newExample(root any, prompt string, h hash) *example {
	text := hex.AppendEncode(append(appendShort(nil, prompt), " ["...), h[:8])
	return &example{root: root, text: string(append(text, ']')), random: binary.LittleEndian.Uint64(h[:8]), left: maxValues}
}

// encode writes v without the escapes that only HTML needs.
func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // v was decoded from JSON, or made here
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// below is a number from 0 to n-1.
func (e *example) below(n int) int {
	e.random = mix(e.random)
	return int(e.random % uint64(n))
}

func (e *example) value(v any, depth int) any {
	s := e.resolve(v, depth)
	if e.left < 0 || depth > maxDepth {
		return nil
	}
	if c, found := s["const"]; found {
		return c
	}
	if list := listOf(s, "enum"); len(list) > 0 {
		return list[e.below(len(list))]
	}
	switch kindIn(s) {
	case "object":
		return e.object(s, depth)
	case "array":
		return e.array(s, depth)
	case "integer", "number":
		return e.number(s)
	case "boolean":
		return e.below(2) == 0
	case "null":
		return nil
	}
	return e.string(s)
}

// resolve follows the references of v, merges what must all be met, and takes the first of what may be chosen.
func (e *example) resolve(v any, depth int) schema {
	s, _ := v.(schema)
	if e.left--; s == nil || e.left < 0 {
		return schema{}
	}
	plain := maps.Clone(s)
	for _, key := range []string{"$ref", "allOf", "anyOf", "oneOf"} {
		delete(plain, key)
	}
	parts := slices.Clone(listOf(s, "allOf"))
	if ref, isString := s["$ref"].(string); isString {
		parts = append(parts, pointed(e.root, ref))
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		if list := listOf(s, key); len(list) > 0 {
			parts = append(parts, choose(list, depth))
		}
	}
	for _, part := range parts {
		plain = merge(plain, e.resolve(part, depth))
	}
	return plain
}

// choose takes the first of a list, far down the first that goes no deeper.
func choose(list []any, depth int) any {
	if depth < roomyDepth {
		return list[0]
	}
	for _, v := range list {
		s, _ := v.(schema)
		if _, isRef := s["$ref"]; !isRef && kindIn(s) != "object" && kindIn(s) != "array" {
			return v
		}
	}
	return list[0]
}

func (e *example) object(s schema, depth int) any {
	properties, required := propertiesOf(s), namesOf(s, "required")
	names := slices.Sorted(maps.Keys(properties))
	for _, name := range required {
		if i, found := slices.BinarySearch(names, name); !found {
			names = slices.Insert(names, i, name)
		}
	}
	o := map[string]any{}
	for _, name := range names {
		child, described := properties[name]
		if !described {
			child = s["additionalProperties"]
		}
		if slices.Contains(required, name) || depth < roomyDepth && child != false {
			o[name] = e.value(child, depth+1)
		}
	}
	return o
}

func (e *example) array(s schema, depth int) any {
	first := listOf(s, "prefixItems")
	items := s["items"]
	if list, isList := items.([]any); isList {
		first, items = list, s["additionalItems"]
	}
	unique := map[string]bool{}
	a := []any{}
	for tries := range 4 * maxItems {
		if e.left < 0 || len(a) >= e.length(s, len(first), items, depth, tries) {
			break
		}
		child := items
		if len(a) < len(first) {
			child = first[len(a)]
		}
		v := e.value(child, depth+1)
		if s["uniqueItems"] == true {
			text := encode(v)
			if unique[text] {
				continue
			}
			unique[text] = true
		}
		a = append(a, v)
	}
	return a
}

// length is how many elements an array has: those that are demanded, and one or two more where there is room. After many tries to make
// different ones the demanded must do.
func (e *example) length(s schema, first int, items any, depth, tries int) int {
	least, most := max(countAt(s, "minItems", maxItems), 0), countAt(s, "maxItems", maxItems)
	n := least
	if depth < roomyDepth && tries < 100 {
		n = max(least, first, 2)
	}
	if items == false {
		n = max(least, min(n, first))
	}
	if most >= 0 {
		n = min(n, most)
	}
	return n
}

func (e *example) string(s schema) string {
	format, _ := s["format"].(string)
	if text := e.formatted(format); text != "" {
		return text
	}
	text := e.text
	if e.strings++; e.strings > 1 {
		text = fmt.Sprint(text, " ", e.strings)
	}
	if most := countAt(s, "maxLength", maxPadding); most >= 0 {
		text = firstRunes(text, most)
	}
	padding := max(0, countAt(s, "minLength", maxPadding)-utf8.RuneCountInString(text))
	e.left -= padding / 100
	return text + strings.Repeat(".", padding)
}

// formatted is a string of a format, "" for those that are not known.
func (e *example) formatted(format string) string {
	date := func() string { return fmt.Sprintf("%d-%02d-%02d", 2000+e.below(30), 1+e.below(12), 1+e.below(28)) }
	clock := func() string { return fmt.Sprintf("%02d:%02d:%02dZ", e.below(24), e.below(60), e.below(60)) }
	switch format {
	case "date":
		return date()
	case "time":
		return clock()
	case "date-time":
		return date() + "T" + clock()
	case "email":
		return fmt.Sprintf("sandbox.%d@example.com", e.below(1_000_000))
	case "uri", "url":
		return fmt.Sprintf("https://example.com/sandbox/%d", e.below(1_000_000))
	case "uuid":
		return uuid(mix(uint64(e.below(1<<62))), mix(uint64(e.below(1<<62))))
	}
	return ""
}
