package example

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"gigabatch/internal/gigachat/sandbox/random"
)

// An Example is a value that is valid by a JSON Schema. Unsupported keywords are ignored; among them are pattern, not, if, contains, and
// references to other documents.
type Example struct {
	root  any // the schema
	value any
}

// New returns an example of a schema. It depends only on the arguments. Its strings begin with text.
func New(raw []byte, text string, seed uint64) *Example {
	root := decode(raw)
	m := &maker{root: root, text: text, random: seed, left: maxValues}
	return &Example{root, m.value(root, 0)}
}

// Of returns the example of a schema with the given value.
func Of(raw []byte, value any) *Example { return &Example{decode(raw), value} }

// JSON returns the value as compact JSON.
func (e *Example) JSON() string { return encode(e.value) }

// HasProperties reports whether the value is an object with properties.
func (e *Example) HasProperties() bool {
	o, _ := e.value.(map[string]any)
	return len(o) > 0
}

// maker makes the values of an example.
type maker struct {
	root    any
	text    string // the content of strings
	strings int    // made so far
	random  uint64
	left    int // values, references and hundreds of padding characters until the example is cut short, so that it ends
}

const (
	roomyDepth = 4     // at smaller depths, optional properties and extra array elements are made
	maxDepth   = 64    // a schema that demands more is taken to nest without end
	maxValues  = 5_000 // a schema that demands more is taken to grow without end
	maxItems   = 1_000 // of an array, whatever minItems says
	maxPadding = 1 << 16
)

// encode returns v as JSON without the escapes that only HTML needs.
func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // v was decoded from JSON or made here
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// below returns a number from 0 to n-1.
func (m *maker) below(n int) int {
	m.random = random.Mix(m.random)
	return int(m.random % uint64(n))
}

func (m *maker) value(v any, depth int) any {
	s := m.resolve(v, depth)
	if m.left < 0 || depth > maxDepth {
		return nil
	}
	if c, found := s["const"]; found {
		return c
	}
	if list := listOf(s, "enum"); len(list) > 0 {
		return list[m.below(len(list))]
	}
	switch kindIn(s) {
	case "object":
		return m.object(s, depth)
	case "array":
		return m.array(s, depth)
	case "integer", "number":
		return m.number(s)
	case "boolean":
		return m.below(2) == 0
	case "null":
		return nil
	}
	return m.string(s)
}

// resolve follows the references of v, merges the schemas that must all hold, and takes the first alternative of a choice.
func (m *maker) resolve(v any, depth int) schema {
	s, _ := v.(schema)
	if m.left--; s == nil || m.left < 0 {
		return schema{}
	}
	plain := maps.Clone(s)
	for _, key := range []string{"$ref", "allOf", "anyOf", "oneOf"} {
		delete(plain, key)
	}
	parts := slices.Clone(listOf(s, "allOf"))
	if ref, isString := s["$ref"].(string); isString {
		parts = append(parts, pointed(m.root, ref))
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		if list := listOf(s, key); len(list) > 0 {
			parts = append(parts, choose(list, depth))
		}
	}
	for _, part := range parts {
		plain = merge(plain, m.resolve(part, depth))
	}
	return plain
}

// choose returns the first of a list. At a great depth it prefers the first that goes no deeper.
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

func (m *maker) object(s schema, depth int) any {
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
			o[name] = m.value(child, depth+1)
		}
	}
	return o
}

func (m *maker) array(s schema, depth int) any {
	first := listOf(s, "prefixItems")
	items := s["items"]
	if list, isList := items.([]any); isList {
		first, items = list, s["additionalItems"]
	}
	unique := map[string]bool{}
	a := []any{}
	for attempt := range 4 * maxItems {
		if m.left < 0 || len(a) >= lengthOf(s, len(first), items, depth, attempt) {
			break
		}
		child := items
		if len(a) < len(first) {
			child = first[len(a)]
		}
		v := m.value(child, depth+1)
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

// lengthOf returns how many elements an array gets: the minimum, but near the root at least two, and one for each prefix item. After many
// attempts to make distinct elements, the minimum is enough.
func lengthOf(s schema, first int, items any, depth, attempt int) int {
	least, most := max(countAt(s, "minItems", maxItems), 0), countAt(s, "maxItems", maxItems)
	n := least
	if depth < roomyDepth && attempt < 100 {
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

func (m *maker) string(s schema) string {
	format, _ := s["format"].(string)
	if text := m.formatted(format); text != "" {
		return text
	}
	text := m.text
	if m.strings++; m.strings > 1 {
		text = fmt.Sprint(text, " ", m.strings)
	}
	if most := countAt(s, "maxLength", maxPadding); most >= 0 {
		text = string([]rune(text)[:min(most, utf8.RuneCountInString(text))])
	}
	padding := max(0, countAt(s, "minLength", maxPadding)-utf8.RuneCountInString(text))
	m.left -= padding / 100
	return text + strings.Repeat(".", padding)
}

// formatted returns a string of a format, or "" if the format is unknown.
func (m *maker) formatted(format string) string {
	date := func() string { return fmt.Sprintf("%d-%02d-%02d", 2000+m.below(30), 1+m.below(12), 1+m.below(28)) }
	clock := func() string { return fmt.Sprintf("%02d:%02d:%02dZ", m.below(24), m.below(60), m.below(60)) }
	switch format {
	case "date":
		return date()
	case "time":
		return clock()
	case "date-time":
		return date() + "T" + clock()
	case "email":
		return fmt.Sprintf("sandbox.%d@example.com", m.below(1_000_000))
	case "uri", "url":
		return fmt.Sprintf("https://example.com/sandbox/%d", m.below(1_000_000))
	case "uuid":
		return random.UUID(random.Mix(uint64(m.below(1<<62))), random.Mix(uint64(m.below(1<<62))))
	}
	return ""
}
