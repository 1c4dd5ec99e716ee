package form

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Form is what an answer must be. It is safe for concurrent use.
type Form struct {
	json    json.RawMessage // the schema, compact, its keys in the order of the user's
	names   []string        // the top-level properties, in that order
	choices []string        // nil for a schema
	schema  *jsonschema.Schema
	dates   map[string]bool // properties that are days
	times   map[string]bool // properties that are moments
	counted map[string]bool // properties of which there are few values
}

// Answer is what an answer of the form holds.
type Answer struct {
	Text   string // the choice, or the object as compact JSON
	Values []any  // parallel to Names: string, int64, float64, bool, Day, time.Time, or nil for null and for what is not there
}

// Names are the top-level properties of the schema in its order; nil for choices.
func (f *Form) Names() []string { return f.names }

// Choices are the texts of which the answer is one; nil for a schema.
func (f *Form) Choices() []string { return f.choices }

// Counted reports whether the values of a property are few enough to be counted: an enum or a boolean.
func (f *Form) Counted(name string) bool { return f.counted[name] }

// JSON is the schema of the answer.
func (f *Form) JSON() json.RawMessage { return f.json }

// Check reads an answer. problem says what is wrong with it, in words that a model and a person understand, on one line; it is "" if the
// answer is of the form.
func (f *Form) Check(completion string) (a Answer, problem string) {
	if f.choices != nil {
		return f.checkChoice(completion)
	}
	return f.checkObject(completion)
}

// Russian reports whether a text is rather Russian than not, so that what is added to it is Russian, too.
func Russian(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
}
