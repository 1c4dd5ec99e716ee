package form

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Form is what a completion must be. It is safe for concurrent use.
type Form struct {
	json    json.RawMessage // the schema, compact, its keys in the user's order
	names   []string        // the top-level properties, in that order
	choices []string        // nil for a schema
	schema  *jsonschema.Schema
	dates   map[string]bool // properties that are days
	times   map[string]bool // properties that are moments
	counted map[string]bool // properties that have few values
}

// Completion is what a completion of the form holds.
type Completion struct {
	Text   string // the choice, or the object as compact JSON
	Values []any  // parallel to Names: string, int64, float64, bool, Day, time.Time, or nil for null and for a missing property
}

// Names are the top-level properties of the schema in its order, nil for choices.
func (f *Form) Names() []string { return f.names }

// Choices are the texts of which the completion is one, nil for a schema.
func (f *Form) Choices() []string { return f.choices }

// Counted reports whether the values of a property are few enough to be counted, those of an enum or a boolean.
func (f *Form) Counted(name string) bool { return f.counted[name] }

// JSON is the schema of the completion, for choices one with a single property.
func (f *Form) JSON() json.RawMessage { return f.json }

// Check reads a completion. problem says on one line what is wrong with it, in words for a model and a person, "" if nothing is.
func (f *Form) Check(completion string) (c Completion, problem string) {
	if f.choices != nil {
		return f.checkChoice(completion)
	}
	return f.checkObject(completion)
}

// Russian reports whether a text has Cyrillic letters, so that what is added to it is in Russian, too.
func Russian(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
}
