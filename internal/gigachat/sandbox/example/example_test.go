package example

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/mail"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// A checker finds where a value violates a schema, for the keywords that examples support.
type checker struct{ root any }

func (c checker) check(s, v any, at string) error {
	if s == false {
		return fmt.Errorf("%s is not allowed", at)
	}
	m, isObject := s.(schema)
	if !isObject {
		return nil
	}
	if ref, found := m["$ref"].(string); found {
		if err := c.check(pointed(c.root, ref), v, at); err != nil {
			return err
		}
	}
	for _, part := range listOf(m, "allOf") {
		if err := c.check(part, v, at); err != nil {
			return err
		}
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		if list := listOf(m, key); list != nil && !slices.ContainsFunc(list, func(p any) bool { return c.check(p, v, at) == nil }) {
			return fmt.Errorf("%s is none of %s", at, key)
		}
	}
	return c.checkSelf(m, v, at)
}

func (c checker) checkSelf(s schema, v any, at string) error {
	if want, found := s["const"]; found && !reflect.DeepEqual(v, want) {
		return fmt.Errorf("%s is %v, not the const %v", at, v, want)
	}
	if list := listOf(s, "enum"); list != nil && !slices.ContainsFunc(list, func(e any) bool { return reflect.DeepEqual(e, v) }) {
		return fmt.Errorf("%s is %v, not of the enum", at, v)
	}
	if types := typesOf(s); len(types) > 0 && !slices.ContainsFunc(types, func(t string) bool { return isA(v, t) }) {
		return fmt.Errorf("%s is %T %v, not %v", at, v, v, types)
	}
	switch v := v.(type) {
	case map[string]any:
		return c.checkObject(s, v, at)
	case []any:
		return c.checkArray(s, v, at)
	case string:
		return checkString(s, v, at)
	case json.Number:
		return checkNumber(s, v, at)
	}
	return nil
}

func isA(v any, kind string) bool {
	switch v := v.(type) {
	case nil:
		return kind == "null"
	case bool:
		return kind == "boolean"
	case string:
		return kind == "string"
	case []any:
		return kind == "array"
	case map[string]any:
		return kind == "object"
	case json.Number:
		f, _ := v.Float64()
		return kind == "number" || kind == "integer" && f == math.Trunc(f)
	}
	return false
}

func (c checker) checkObject(s schema, o map[string]any, at string) error {
	for _, name := range namesOf(s, "required") {
		if _, found := o[name]; !found {
			return fmt.Errorf("%s.%s is missing", at, name)
		}
	}
	for name, v := range o {
		child, described := propertiesOf(s)[name]
		if !described {
			child = s["additionalProperties"]
		}
		if err := c.check(child, v, at+"."+name); err != nil {
			return err
		}
	}
	return nil
}

func (c checker) checkArray(s schema, a []any, at string) error {
	if most := countAt(s, "maxItems", math.MaxInt32); len(a) < countAt(s, "minItems", maxItems) || most >= 0 && len(a) > most {
		return fmt.Errorf("%s has %d items", at, len(a))
	}
	seen := map[string]bool{}
	for i, v := range a {
		child := s["items"]
		if first := listOf(s, "prefixItems"); i < len(first) {
			child = first[i]
		}
		if err := c.check(child, v, fmt.Sprint(at, "[", i, "]")); err != nil {
			return err
		}
		seen[encode(v)] = true
	}
	if s["uniqueItems"] == true && len(seen) < len(a) {
		return fmt.Errorf("%s has duplicates: %v", at, a)
	}
	return nil
}

func checkString(s schema, v, at string) error {
	n := utf8.RuneCountInString(v)
	if most := countAt(s, "maxLength", math.MaxInt32); n < countAt(s, "minLength", maxPadding) || most >= 0 && n > most {
		return fmt.Errorf("%s has %d characters", at, n)
	}
	var err error
	switch s["format"] {
	case "date":
		_, err = time.Parse(time.DateOnly, v)
	case "date-time":
		_, err = time.Parse(time.RFC3339, v)
	case "email":
		_, err = mail.ParseAddress(v)
	case "uuid":
		if !uuid.MatchString(v) {
			err = fmt.Errorf("%s is not a UUID: %s", at, v)
		}
	}
	return err
}

func checkNumber(s schema, v json.Number, at string) error {
	f, err := v.Float64()
	if err != nil {
		return err
	}
	lo, hasLo := numberAt(s, "minimum")
	hi, hasHi := numberAt(s, "maximum")
	above, hasAbove := numberAt(s, "exclusiveMinimum")
	under, hasUnder := numberAt(s, "exclusiveMaximum")
	if hasLo && f < lo || hasHi && f > hi || hasAbove && f <= above || hasUnder && f >= under {
		return fmt.Errorf("%s is %v, out of range", at, v)
	}
	if step, found := numberAt(s, "multipleOf"); found && math.Abs(f/step-math.Round(f/step)) > 1e-9*math.Max(1, math.Abs(f/step)) {
		return fmt.Errorf("%s is %v, not a multiple of %v", at, v, step)
	}
	return nil
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// made returns an example as the sandbox makes it for a prompt.
func made(prompt, schema string) *Example {
	sum := sha256.Sum256([]byte(prompt))
	return New([]byte(schema), fmt.Sprintf("%s [%x]", strings.ToValidUTF8(prompt, "\uFFFD"), sum[:8]), binary.LittleEndian.Uint64(sum[:8]))
}

// checkText checks JSON against a schema.
func checkText(text, schemaText string) error {
	if !json.Valid([]byte(text)) {
		return fmt.Errorf("not JSON: %s", text)
	}
	root := decode([]byte(schemaText))
	return checker{root}.check(root, decode([]byte(text)), "")
}

func TestExample(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"anything": `{}`, "string": `{"type":"string"}`, "boolean": `{"type":"boolean"}`, "null": `{"type":"null"}`,
		"types":    `{"type":["null","integer"]}`,
		"enum":     `{"type":"string","enum":["good","bad","<neither>"]}`,
		"const":    `{"const":{"a":[1.50,null]}}`,
		"object":   `{"type":"object","properties":{"sentiment":{"enum":["good","bad"]},"score":{"type":"number","minimum":0,"maximum":1},"words":{"type":"array","items":{"type":"string"},"minItems":3,"maxItems":5}},"required":["sentiment","score","undescribed"]}`,
		"nested":   `{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"array","items":{"type":"object","properties":{"c":{"type":"integer"}},"required":["c"]}}},"required":["b"]}},"required":["a"]}`,
		"integers": `{"type":"array","items":{"type":"integer","minimum":-3,"exclusiveMaximum":-1},"minItems":9}`,
		"multiples": `{"type":"object","required":["a","b","c","d"],"properties":{"a":{"type":"number","multipleOf":0.01,"minimum":0.995,"maximum":1.015},
			"b":{"type":"integer","multipleOf":2.5},"c":{"type":"number","multipleOf":1e300},"d":{"type":"integer","multipleOf":7,"exclusiveMinimum":7,"exclusiveMaximum":21}}}`,
		"narrow":      `{"type":"number","exclusiveMinimum":1,"exclusiveMaximum":1.0001}`,
		"one number":  `{"type":"number","minimum":2.5,"maximum":2.5}`,
		"below":       `{"type":"number","exclusiveMaximum":0}`,
		"under":       `{"type":"integer","maximum":5}`,
		"old keyword": `{"type":"integer","minimum":5,"exclusiveMinimum":true}`,
		"lengths":     `{"type":"object","required":["a","b"],"properties":{"a":{"type":"string","maxLength":3},"b":{"type":"string","minLength":200}}}`,
		"formats":     `{"type":"array","prefixItems":[{"type":"string","format":"date"},{"type":"string","format":"date-time"},{"type":"string","format":"email"},{"type":"string","format":"uuid"}],"items":false}`,
		"$defs":       `{"$ref":"#/$defs/a~1b","$defs":{"a/b":{"type":"object","properties":{"x":{"$ref":"#/$defs/n"}},"required":["x"]},"n":{"type":"integer"}}}`,
		"definitions": `{"type":"array","minItems":1,"items":{"$ref":"#/definitions/p"},"definitions":{"p":{"enum":[1,2]}}}`,
		"recursive":   `{"$ref":"#/$defs/node","$defs":{"node":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"children":{"type":"array","items":{"$ref":"#/$defs/node"}},"next":{"$ref":"#/$defs/node"}}}}}`,
		"expression":  `{"$defs":{"e":{"anyOf":[{"type":"object","required":["l","r"],"properties":{"l":{"$ref":"#/$defs/e"},"r":{"$ref":"#/$defs/e"}}},{"type":"integer"}]}},"$ref":"#/$defs/e"}`,
		"anyOf":       `{"type":"object","properties":{"a":{"anyOf":[{"type":"string","maxLength":4},{"type":"null"}]}},"required":["a"]}`,
		"oneOf":       `{"oneOf":[{"type":"integer"},{"type":"string"}]}`,
		"allOf":       `{"allOf":[{"type":"object","properties":{"a":{"type":"number","minimum":1}},"required":["a"]},{"properties":{"a":{"type":"integer","maximum":2},"b":{"type":"string"}},"required":["b"]}]}`,
		"unique":      `{"type":"array","items":{"enum":["a","b","c","d"]},"uniqueItems":true,"minItems":4}`,
		"absent":      `{"type":"object","properties":{"a":false,"b":true}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := range 50 {
				prompt := fmt.Sprint("Оцените отзыв ", i)
				got := made(prompt, text).JSON()
				if err := checkText(got, text); err != nil {
					t.Fatalf("%s: got %s: %v", prompt, got, err)
				}
				if again := made(prompt, text).JSON(); again != got {
					t.Fatalf("got %s, then %s", got, again)
				}
			}
		})
	}
}

func TestUnique(t *testing.T) {
	t.Parallel()
	if got := made("x", `{"type":"array","items":{"type":"boolean"},"minItems":2,"maxItems":2,"uniqueItems":true}`).JSON(); strings.Count(got, "true") != 1 {
		t.Errorf("got %s, want both", got)
	}
}

// TestExampleEnds uses schemas that no value satisfies, and values that are not schemas.
func TestExampleEnds(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		`{"$ref":"#"}`, `{"$ref":"#/nowhere"}`, `{"$ref":"https://example.com/"}`, `{"$ref":"#/%zz"}`, `{"allOf":[{"$ref":"#"},{"$ref":"#"}]}`,
		`{"type":"object","required":["a","b"],"properties":{"a":{"$ref":"#"},"b":{"$ref":"#"}}}`,
		`{"type":"array","minItems":1e300,"items":{"type":"array","minItems":1e9,"items":{"$ref":"#"}}}`,
		`{"type":"array","minItems":900,"uniqueItems":true,"items":{"const":1}}`,
		`{"type":"string","minLength":1e300}`, `{"type":"number","minimum":1e308,"multipleOf":1e-9}`, `{"type":"integer","minimum":5,"maximum":4}`,
		`{"type":"number","minimum":1e400,"maximum":-1e308}`, `{"type":"integer","minimum":-1e308,"maximum":1e308}`, `{"type":"number","minimum":-1.7e308,"maximum":1.7e308}`,
		`{"type":7,"enum":{},"properties":[],"required":"a","items":3,"anyOf":[],"allOf":{}}`, `{"type":[]}`, `{"type":"beast"}`, `[]`, `true`, `null`, ``, `{`,
	} {
		if got := made("one", s).JSON(); !json.Valid([]byte(got)) {
			t.Errorf("%s: got %s", s, got)
		}
	}
}

// anySchema returns a random schema that some value satisfies.
func anySchema(r *rand.Rand, depth int) schema {
	if depth > 4 {
		return schema{"type": "boolean"}
	}
	child := func() schema { return anySchema(r, depth+1) }
	n := func(n int) json.Number { return json.Number(fmt.Sprint(r.IntN(n))) }
	switch r.IntN(9) {
	case 0:
		properties := schema{}
		var required []any
		for i := range r.IntN(4) {
			name := fmt.Sprint("p", i)
			properties[name] = child()
			if r.IntN(2) == 0 {
				required = append(required, name)
			}
		}
		return schema{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
	case 1:
		return schema{"type": "array", "items": child(), "minItems": n(3)}
	case 2:
		return schema{"type": "array", "prefixItems": []any{child(), child()}, "items": child(), "maxItems": n(4)}
	case 3:
		return schema{"type": "string", "minLength": n(200), "maxLength": json.Number("200")}
	case 4:
		lo := r.IntN(200) - 100
		return schema{"type": "integer", "minimum": json.Number(fmt.Sprint(lo)), "maximum": json.Number(fmt.Sprint(lo + 10)), "multipleOf": json.Number(fmt.Sprint(1 + r.IntN(10)))}
	case 5:
		lo := r.Float64()*200 - 100
		return schema{"type": "number", "exclusiveMinimum": json.Number(fmt.Sprint(lo)), "exclusiveMaximum": json.Number(fmt.Sprint(lo + r.Float64() + 1e-6))}
	case 6:
		return schema{"enum": []any{"a", nil, json.Number("1"), []any{true}}}
	case 7:
		return schema{"anyOf": []any{child(), schema{"type": "null"}}}
	}
	return schema{"allOf": []any{child(), schema{"title": "T"}}, "description": "d"}
}

func FuzzExampleIsValid(f *testing.F) {
	f.Add(uint64(1), "one")
	f.Fuzz(func(t *testing.T, seed uint64, prompt string) {
		s := encode(anySchema(rand.New(rand.NewPCG(seed, 0)), 0))
		if got := made(prompt, s).JSON(); checkText(got, s) != nil {
			t.Errorf("%s: got %s: %v", s, got, checkText(got, s))
		}
	})
}

func FuzzExampleEnds(f *testing.F) {
	f.Add(`{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}`)
	f.Add(`{"type":"number","minimum":0,"exclusiveMaximum":1,"multipleOf":0.1,"allOf":[{"minimum":0.5}],"oneOf":[true]}`)
	f.Fuzz(func(t *testing.T, s string) {
		got := made("one", s).JSON()
		if !json.Valid([]byte(got)) || got != made("one", s).JSON() {
			t.Errorf("%s: got %s", s, got)
		}
		for n := range uint64(4) {
			made("one", s).Spoiled(n)
		}
	})
}

func TestSpoiled(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{
		`{"type":"integer"}`, `{"type":"string"}`, `{"type":"boolean"}`, `{"type":"null"}`, `{"const":{}}`, `{"enum":["a"]}`, `{"type":"array"}`,
		`{"type":"object"}`, `{"type":"object","properties":{"a":true}}`, `{"type":"object","properties":{"a":{"type":["string","null"]}},"required":["a"]}`,
		`{"$ref":"#/$defs/a","$defs":{"a":{"type":"object","required":["x"],"properties":{"x":{"type":"number"}}}}}`, `{}`,
	} {
		e := made("я", schema)
		for n := range uint64(4) {
			if got := e.Spoiled(n); checkText(got, schema) == nil {
				t.Errorf("%s: got %s, which is valid", schema, got)
			}
		}
		if got := e.JSON(); checkText(got, schema) != nil {
			t.Errorf("%s: got %s, which is invalid", schema, got)
		}
	}
}
