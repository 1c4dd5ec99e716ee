package flags

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"gigabatch/internal/jobs/spec/jobfile"
)

// schema is the part of JSON Schema (draft 2020-12) that the job file needs.
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

// TestSchema keeps docs/job.schema.json, the schema for editors, in step with the tables. UPDATE=1 writes the file. The schema has keys in
// the spelling with _ only. Where a job file takes a text, it also takes a number or a boolean.
func TestSchema(t *testing.T) {
	t.Parallel()
	const name = "../../../../docs/job.schema.json"
	s := JobSpec()
	root, column := keysSchema(s.Keys), keysSchema(s.ColumnKeys)
	root.Schema = "https://json-schema.org/draft/2020-12/schema"
	root.Title = "gigabatch job file"
	root.Properties["columns"] = schema{
		Description: "completion columns, in order", Type: "array", Items: &column, MinItems: 1,
	}
	var want bytes.Buffer
	e := json.NewEncoder(&want)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(name, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s is out of date: UPDATE=1 go test -run TestSchema ./cmd/gigabatch/internal/flags", name)
	}
}

// TestSchemaOfKeys checks the schema of each kind of key.
func TestSchemaOfKeys(t *testing.T) {
	t.Parallel()
	s := keysSchema([]jobfile.Key{{Name: "name", Required: true, Doc: "the name"}, {Name: "prompt"}})
	if s.Additional == nil || *s.Additional {
		t.Error("the schema permits unknown keys")
	}
	if len(s.Required) != 1 || s.Required[0] != "name" || s.Properties["name"].Description != "the name" {
		t.Errorf("got %+v, want a required name", s)
	}
	for want, k := range map[string]jobfile.Key{
		`{"type":"integer"}`: {Kind: jobfile.Integer}, `{"type":"number"}`: {Kind: jobfile.Number}, `{"type":"boolean"}`: {Kind: jobfile.Bool},
		`{"type":["string","number"]}`: {Kind: jobfile.Duration}, `{"type":["object","string"]}`: {Kind: jobfile.Object, Path: true},
		`{"type":["boolean","integer"]}`: {Kind: jobfile.Optional}, `{"enum":["on","off"]}`: {Enum: []string{"on", "off"}},
		`{"type":["string","number","boolean"]}`: {Kind: jobfile.Text}, `{"type":"string"}`: {Path: true},
		`{"anyOf":[{"type":"string"},{"type":"array","items":{"type":"string"},"minItems":1}]}`: {Kind: jobfile.Inputs, Path: true},
	} {
		if got, err := json.Marshal(keySchema(k)); err != nil || string(got) != want {
			t.Errorf("%+v: got %s, %v, want %s", k, got, err, want)
		}
	}
}

func keysSchema(keys []jobfile.Key) schema {
	closed := false
	s := schema{Type: "object", Properties: map[string]schema{}, Additional: &closed}
	for _, k := range keys {
		s.Properties[k.Name] = keySchema(k)
		if k.Required {
			s.Required = append(s.Required, k.Name)
		}
	}
	return s
}

// keySchema returns the schema of a key.
func keySchema(k jobfile.Key) schema {
	one := schema{Type: []string{"string", "number", "boolean"}}
	switch {
	case len(k.Enum) > 0:
		one = schema{Enum: k.Enum}
	case k.Path:
		one.Type = "string"
	}
	var s schema
	switch k.Kind {
	case jobfile.Text:
		s = one
	case jobfile.Integer:
		s.Type = "integer"
	case jobfile.Number:
		s.Type = "number"
	case jobfile.Bool:
		s.Type = "boolean"
	case jobfile.Duration:
		s.Type = []string{"string", "number"}
	case jobfile.List, jobfile.Inputs:
		s.AnyOf = []schema{one, {Type: "array", Items: &one, MinItems: 1}}
	case jobfile.Object:
		s.Type = []string{"object", "string"}
	case jobfile.Optional:
		s.Type = []string{"boolean", "integer"}
	}
	s.Description = k.Doc
	return s
}
