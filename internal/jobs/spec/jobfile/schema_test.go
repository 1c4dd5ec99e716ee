package jobfile

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestJSONSchema(t *testing.T) {
	t.Parallel()
	text := testSpec().JSONSchema()
	if again := testSpec().JSONSchema(); !bytes.Equal(text, again) {
		t.Error("it is another one each time")
	}
	var s schema
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		t.Fatal(err)
	}
	column := s.Properties[columnsKey].Items
	if s.Additional == nil || *s.Additional || column == nil || column.Additional == nil || *column.Additional {
		t.Error("it takes keys that there are not")
	}
	if len(column.Required) != 1 || column.Required[0] != "name" || column.Properties["name"].Description != "what it is called" {
		t.Errorf("a column is %+v, want a name that is required", column)
	}
	for _, k := range testSpec().Keys {
		if _, ok := s.Properties[k.Name]; !ok {
			t.Errorf("the key %s is missing", k.Name)
		}
	}
	for name, want := range map[string]string{
		"max_tokens": `{"type":"integer"}`, "temperature": `{"type":"number"}`, "in_place": `{"type":"boolean"}`, "timeout": `{"type":["string","number"]}`,
		"schema": `{"type":["object","string"]}`, "preview": `{"type":["boolean","integer"]}`, "guard": `{"enum":["on","off"]}`,
		"prompt": `{"type":["string","number","boolean"]}`, "prompt_file": `{"type":"string"}`,
		"input": `{"anyOf":[{"type":"string"},{"type":"array","items":{"type":"string"},"minItems":1}]}`,
	} {
		if got, err := json.Marshal(s.Properties[name]); err != nil || string(got) != want {
			t.Errorf("%s is %s, %v, want %s", name, got, err, want)
		}
	}
}
