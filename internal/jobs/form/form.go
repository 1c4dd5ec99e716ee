package form

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Form is the required form of a completion. It is safe for concurrent use.
type Form struct {
	json    json.RawMessage // the compact schema with keys in the user's order
	flat    json.RawMessage // the schema in the form that functions take
	names   []string        // the top-level properties, in that order
	choices []string        // nil for a schema
	schema  *jsonschema.Schema
	dates   map[string]bool     // properties that are days
	times   map[string]bool     // properties that are moments
	counted map[string]bool     // properties with few possible values
	listed  map[string][]string // their values, if all are texts or all are booleans
}

// Completion is the content of a completion that matches the form.
type Completion struct {
	Text   string // the choice, or the object as compact JSON
	Values []any  // parallel to Names: string, int64, float64, bool, Day, time.Time, or nil for null and for a missing property
	Note   string // what a person should know about the reading, "" if nothing
}

// Names returns the top-level properties of the schema in its order, or nil for choices.
func (f *Form) Names() []string { return f.names }

// Choices returns the choices, or nil for a schema.
func (f *Form) Choices() []string { return f.choices }

// Counted reports whether a property has few enough values to be counted: those of an enum or a boolean.
func (f *Form) Counted(name string) bool { return f.counted[name] }

// Listed returns all texts that the completion can be or, if property is not "", that the property can be. It returns nil if the form does
// not list them.
func (f *Form) Listed(property string) []string {
	if property == "" {
		return f.choices
	}
	return f.listed[property]
}

// JSON returns the schema of the completion. Choices have a schema with a single property.
func (f *Form) JSON() json.RawMessage { return f.json }

// Check reads a completion. problem describes on one line, for a model and a person, what is wrong with it; it is "" if nothing is.
func (f *Form) Check(completion string) (c Completion, problem string) {
	if f.choices != nil {
		return f.checkChoice(completion)
	}
	return f.checkObject(completion)
}

// Russian reports whether a text has Cyrillic letters. Text that is added to it is then in Russian.
func Russian(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
}
