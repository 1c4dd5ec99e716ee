package form

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Functions take only a part of JSON Schema: no references, one type for each value, and enums of strings (fact sheet of the API, 13). A
// schema is flattened to that part before it is sent as a function, and the arguments are restored to what the schema means.

const (
	maxFlatDepth = 32   // of values; a deeper or cyclic schema is sent as it is
	maxFlatNodes = 4096 // of the flattened schema
)

// flattener flattens a schema.
type flattener struct {
	root  json.RawMessage
	nodes int
}

// flatten returns a schema in the form that functions take. It returns the schema unchanged if that is its form, or if it has no such form.
func flatten(schema json.RawMessage) json.RawMessage {
	x := &flattener{root: schema}
	flat, _, ok := x.schema(schema, 0)
	if !ok {
		return schema
	}
	return flat
}

// node is one schema of a schema, with its members in order.
type node struct {
	names   []string
	values  []json.RawMessage
	null    bool // null is a value, too
	changed bool // it was flattened
}

func (n *node) get(name string) json.RawMessage {
	if i := slices.Index(n.names, name); i >= 0 {
		return n.values[i]
	}
	return nil
}

func (n *node) set(name string, value json.RawMessage) {
	n.changed = true
	if i := slices.Index(n.names, name); i >= 0 {
		n.values[i] = value
		return
	}
	n.names, n.values = append(n.names, name), append(n.values, value)
}

func (n *node) drop(name string) {
	if i := slices.Index(n.names, name); i >= 0 {
		n.names, n.values, n.changed = slices.Delete(n.names, i, i+1), slices.Delete(n.values, i, i+1), true
	}
}

// JSON returns the members as an object.
func (n *node) JSON() json.RawMessage {
	b := []byte{'{'}
	for i, name := range n.names {
		if i > 0 {
			b = append(b, ',')
		}
		quoted, _ := marshal(name) // a string never fails
		b = append(append(append(b, quoted...), ':'), n.values[i]...)
	}
	return append(b, '}')
}

// nodeOf reads a schema with what it refers to: members of the schema itself count more. An alternative with null, and a combination of one
// schema, are read as that schema. ok is false if raw is no object.
func nodeOf(root, raw json.RawMessage) (n *node, ok bool) {
	names, values, err := members(raw)
	if err != nil {
		return nil, false
	}
	n = &node{names: names, values: values}
	for range maxReferences {
		inner := n.inner(root)
		if inner == nil {
			break
		}
		names, values, err := members(inner)
		if err != nil {
			return nil, false
		}
		for i, name := range names {
			if n.get(name) == nil {
				n.set(name, values[i])
			}
		}
	}
	if value := n.get("const"); value != nil && n.get("enum") == nil {
		n.set("enum", slices.Concat([]byte{'['}, value, []byte{']'}))
		n.drop("const")
	}
	var types []string
	if json.Unmarshal(n.get("type"), &types) == nil && len(types) > 0 {
		n.null = n.null || slices.Contains(types, "null")
		types = slices.DeleteFunc(types, func(t string) bool { return t == "null" })
		switch {
		case len(types) == 0:
			types = []string{"string"}
		case slices.Contains(types, "string"):
			types = []string{"string"}
		}
		one, _ := marshal(types[0]) // a string never fails
		n.set("type", one)
	}
	return n, true
}

// inner takes from a schema the reference or the only alternative that it consists of, and returns what that is. It returns nil if there is
// none.
func (n *node) inner(root json.RawMessage) json.RawMessage {
	if n.get("$ref") != nil {
		only := slices.Concat([]byte(`{"$ref":`), n.get("$ref"), []byte{'}'})
		n.drop("$ref")
		inner, err := resolve(root, only)
		if err != nil {
			return nil
		}
		return inner
	}
	for _, word := range []string{"anyOf", "oneOf", "allOf"} {
		var list []json.RawMessage
		if json.Unmarshal(n.get(word), &list) != nil {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(list), func(s json.RawMessage) bool { return string(s) == `{"type":"null"}` })
		if len(rest) != 1 {
			continue
		}
		n.null = n.null || len(rest) < len(list)
		n.drop(word)
		return rest[0]
	}
	return nil
}

// schema returns a flattened schema, and whether null is a value of it, too. ok is false if it has no flat form.
func (x *flattener) schema(raw json.RawMessage, depth int) (flat json.RawMessage, null, ok bool) {
	n, isObject := nodeOf(x.root, raw)
	if !isObject {
		return raw, false, true
	}
	if x.nodes++; depth > maxFlatDepth || x.nodes > maxFlatNodes {
		return nil, false, false
	}
	if texts, hasNull := enumTexts(n.get("enum")); texts != nil {
		n.null = n.null || hasNull
		list, _ := marshal(texts) // strings never fail
		n.set("enum", list)
		n.set("type", json.RawMessage(`"string"`))
	}
	optional := map[string]bool{}
	if names, values, err := members(n.get("properties")); err == nil {
		properties := &node{names: names, values: values}
		for i, name := range names {
			flat, null, ok := x.schema(values[i], depth+1)
			if !ok {
				return nil, false, false
			}
			optional[name] = null
			if !bytes.Equal(flat, values[i]) {
				properties.set(name, flat)
			}
		}
		if properties.changed {
			n.set("properties", properties.JSON())
		}
	}
	var required []string
	if json.Unmarshal(n.get("required"), &required) == nil {
		if rest := slices.DeleteFunc(slices.Clone(required), func(name string) bool { return optional[name] }); len(rest) < len(required) {
			list, _ := marshal(rest) // strings never fail
			n.set("required", list)
		}
	}
	for _, word := range []string{"items", "additionalProperties"} {
		if inner := n.get(word); inner != nil {
			flat, _, ok := x.schema(inner, depth+1)
			if !ok {
				return nil, false, false
			}
			if !bytes.Equal(flat, inner) {
				n.set(word, flat)
			}
		}
	}
	if !n.changed {
		return raw, n.null, true
	}
	n.drop("$defs")
	n.drop("definitions")
	return n.JSON(), n.null, true
}

// enumTexts returns the values of an enum as texts, without null. It returns nil if all are texts already.
func enumTexts(enum json.RawMessage) (texts []string, null bool) {
	var values []json.RawMessage
	if json.Unmarshal(enum, &values) != nil {
		return nil, false
	}
	for _, v := range values {
		if string(v) == "null" && len(values) > 1 {
			null = true
			continue
		}
		texts = append(texts, enumText(v))
	}
	if !null && !slices.ContainsFunc(values, func(v json.RawMessage) bool { return v[0] != '"' }) {
		return nil, false
	}
	return slices.Compact(texts), null
}

// enumText returns a value of an enum as a text.
func enumText(value json.RawMessage) string {
	var text string
	if value[0] == '"' && json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

// restore returns arguments by a flattened schema as the schema means them: the values of enums, and null where null is required. What fits
// the schema, or cannot be restored, stays as it is.
func restore(root, schema, value json.RawMessage, depth int) json.RawMessage {
	n, ok := nodeOf(root, schema)
	if !ok || depth > maxFlatDepth {
		return value
	}
	var enum []json.RawMessage
	if json.Unmarshal(n.get("enum"), &enum) == nil {
		var text string
		isText := json.Unmarshal(value, &text) == nil
		same := func(v json.RawMessage) bool { return v[0] == '"' && enumText(v) == text }
		i := slices.IndexFunc(enum, func(v json.RawMessage) bool { return enumText(v) == text })
		if isText && i >= 0 && !slices.ContainsFunc(enum, same) {
			return enum[i]
		}
		return value
	}
	var list []json.RawMessage
	if items := n.get("items"); items != nil && json.Unmarshal(value, &list) == nil && list != nil {
		for i, element := range list {
			list[i] = restore(root, items, element, depth+1)
		}
		return slices.Concat([]byte{'['}, bytes.Join(asBytes(list), []byte{','}), []byte{']'})
	}
	names, values, err := members(value)
	properties, schemas, propertiesErr := members(n.get("properties"))
	if err != nil || propertiesErr != nil {
		return value
	}
	object := &node{names: names, values: values}
	var required []string
	_ = json.Unmarshal(n.get("required"), &required)
	for i, name := range properties {
		if was := object.get(name); was != nil {
			if now := restore(root, schemas[i], was, depth+1); !bytes.Equal(now, was) {
				object.set(name, now)
			}
		} else if _, null, ok := (&flattener{root: root}).schema(schemas[i], depth+1); ok && null && slices.Contains(required, name) {
			object.set(name, json.RawMessage("null"))
		}
	}
	if !object.changed {
		return value
	}
	return object.JSON()
}

func asBytes(list []json.RawMessage) [][]byte {
	all := make([][]byte, len(list))
	for i, v := range list {
		all[i] = v
	}
	return all
}
