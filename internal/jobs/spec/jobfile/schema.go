package jobfile

import (
	"bytes"
	"encoding/json"
)

// schema is the part of JSON Schema (draft 2020-12) that is written here.
type schema struct {
	Schema      string            `json:"$schema,omitempty"`
	Title       string            `json:"title,omitempty"`
	Description string            `json:"description,omitempty"`
	Type        any               `json:"type,omitempty"`
	Enum        []string          `json:"enum,omitempty"`
	AnyOf       []schema          `json:"anyOf,omitempty"`
	Items       *schema           `json:"items,omitempty"`
	MinItems    int               `json:"minItems,omitempty"`
	Properties  map[string]schema `json:"properties,omitempty"`
	Required    []string          `json:"required,omitempty"`
	Additional  *bool             `json:"additionalProperties,omitempty"`
}

// JSONSchema is the Spec as a JSON Schema (draft 2020-12) for editors, indented, the same each time. It knows keys in the spelling with _
// only, and where Read takes a text it also takes a number or a bool.
func (s Spec) JSONSchema() []byte {
	root := keysSchema(s.Keys)
	root.Schema = "https://json-schema.org/draft/2020-12/schema"
	root.Title = "gigabatch job file"
	column := keysSchema(s.ColumnKeys)
	root.Properties[columnsKey] = schema{Description: "columns to be completed, from the first to the last", Type: "array", Items: &column, MinItems: 1}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		panic(err) // it is all texts
	}
	return b.Bytes()
}

func keysSchema(keys []Key) schema {
	closed := false
	s := schema{Type: "object", Properties: map[string]schema{}, Additional: &closed}
	for _, k := range keys {
		s.Properties[k.Name] = k.schema()
		if k.Required {
			s.Required = append(s.Required, k.Name)
		}
	}
	return s
}

// schema says what the key takes.
func (k Key) schema() schema {
	one := schema{Type: []string{"string", "number", "boolean"}}
	switch {
	case len(k.Enum) > 0:
		one = schema{Enum: k.Enum}
	case k.Path:
		one.Type = "string"
	}
	var s schema
	switch k.Kind {
	case Text:
		s = one
	case Integer:
		s.Type = "integer"
	case Number:
		s.Type = "number"
	case Bool:
		s.Type = "boolean"
	case Duration:
		s.Type = []string{"string", "number"}
	case List, Inputs:
		s.AnyOf = []schema{one, {Type: "array", Items: &one, MinItems: 1}}
	case Object:
		s.Type = []string{"object", "string"}
	case Optional:
		s.Type = []string{"boolean", "integer"}
	}
	s.Description = k.Doc
	return s
}
