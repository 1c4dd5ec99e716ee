package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"gigabatch/internal/messages"
)

// Schema returns the form of a completion that is an object matching a JSON Schema. It fails if the schema is invalid, does not describe an
// object with properties, or refers to anything outside itself: nothing is ever fetched.
func Schema(raw json.RawMessage) (*Form, error) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	var small bytes.Buffer
	if err := json.Compact(&small, raw); err != nil {
		return nil, messages.Errorf("the schema is not JSON: %w", err)
	}
	f := &Form{
		json: small.Bytes(), dates: map[string]bool{}, times: map[string]bool{}, counted: map[string]bool{}, listed: map[string][]string{},
	}
	var err error
	if f.schema, err = compile(f.json); err != nil {
		return nil, err
	}
	if err := findProperties(f); err != nil {
		return nil, err
	}
	f.flat = flatten(f.json)
	return f, nil
}

// errOutside means that a schema refers to another file.
var errOutside = messages.Errorf(`the schema can refer only to itself ("#/…")`)

// noLoader fetches nothing.
type noLoader struct{}

func (noLoader) Load(string) (any, error) { return nil, errOutside }

// schemaURL is the name of the schema for the library.
const schemaURL = "schema:///"

func compile(raw json.RawMessage) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, messages.Errorf("the schema is not JSON: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	c.AssertFormat()
	if err := c.AddResource(schemaURL, doc); err != nil {
		return nil, schemaError(err)
	}
	compiled, err := c.Compile(schemaURL)
	if err != nil {
		return nil, schemaError(err)
	}
	return compiled, nil
}

// schemaError returns an error of the library on one line and without schemaURL.
func schemaError(err error) error {
	if errors.Is(err, errOutside) {
		return errOutside
	}
	var bad *jsonschema.SchemaValidationError
	if errors.As(err, &bad) {
		if e := (*jsonschema.ValidationError)(nil); errors.As(bad.Err, &e) {
			return messages.Errorf("not a JSON Schema: %s", messages.Foreign(strings.Join(leaves(e), "; ")))
		}
	}
	text := strings.ReplaceAll(err.Error(), schemaURL, "")
	return messages.Errorf("the schema cannot be used: %s", strings.Join(strings.Fields(text), " "))
}

// property is the part of a property's schema that is used here.
type property struct {
	Type   json.RawMessage   `json:"type"`
	Format string            `json:"format"`
	Enum   []json.RawMessage `json:"enum"`
	Ref    string            `json:"$ref"`
}

// findProperties records the top-level properties, which of them are dates and times, and which are counted.
func findProperties(f *Form) error {
	root, err := resolve(f.json, f.json)
	if err != nil {
		return err
	}
	var object struct {
		Type       json.RawMessage `json:"type"`
		Properties json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(root, &object); err != nil {
		return messages.Errorf("the schema is not an object")
	}
	if object.Type != nil && string(object.Type) != `"object"` {
		return messages.Errorf(`the schema must have type "object", not %s`, object.Type)
	}
	names, values, err := members(object.Properties)
	if err != nil || len(names) == 0 {
		return messages.Errorf("the schema has no properties")
	}
	f.names = names
	for i, name := range names {
		raw, err := resolve(f.json, values[i])
		if err != nil {
			return err
		}
		var p property
		if json.Unmarshal(raw, &p) != nil { // true and false are schemas too
			continue
		}
		f.dates[name] = p.Format == "date"
		f.times[name] = p.Format == "date-time"
		if p.Enum != nil && len(p.Enum) == 0 {
			return messages.Errorf("the enum of %q is empty, so no answer can match", name)
		}
		texts := []string{}
		for _, v := range p.Enum {
			var text string
			if json.Unmarshal(v, &text) != nil {
				texts = nil
				break
			}
			texts = append(texts, text)
		}
		switch {
		case p.Enum != nil:
			f.listed[name] = texts
		case string(p.Type) == `"boolean"`:
			f.listed[name] = []string{"true", "false"}
		}
		f.counted[name] = len(p.Enum) > 0 || strings.Contains(string(p.Type), `"boolean"`)
	}
	return nil
}

// maxReferences is the maximum length of a chain of references.
const maxReferences = 32

// resolve follows references within the schema.
func resolve(root, raw json.RawMessage) (json.RawMessage, error) {
	for range maxReferences {
		var p property
		if json.Unmarshal(raw, &p) != nil || p.Ref == "" {
			return raw, nil
		}
		path, ok := strings.CutPrefix(p.Ref, "#")
		if !ok {
			return nil, errOutside
		}
		raw = root
		for _, key := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
			if key = strings.NewReplacer("~1", "/", "~0", "~").Replace(key); key == "" {
				continue
			}
			var object map[string]json.RawMessage
			if json.Unmarshal(raw, &object) != nil || object[key] == nil {
				return nil, messages.Errorf("the schema has no %q", p.Ref)
			}
			raw = object[key]
		}
	}
	return nil, messages.Errorf("the references of the schema form a cycle")
}

// members returns the names and values of an object in their order. A repeated name is listed once, with its last value.
func members(raw json.RawMessage) (names []string, values []json.RawMessage, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, errors.New("not an object")
	}
	at := map[string]int{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil && err != io.EOF {
			return nil, nil, err
		}
		name := t.(string)
		if i, twice := at[name]; twice {
			values[i] = v
			continue
		}
		at[name] = len(names)
		names, values = append(names, name), append(values, v)
	}
	return names, values, nil
}
