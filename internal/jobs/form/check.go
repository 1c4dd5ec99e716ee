package form

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"gigabatch/internal/messages"
)

// Day is a date without a time, at midnight UTC.
type Day time.Time

// MarshalText formats the day as 2006-01-02.
func (d Day) MarshalText() ([]byte, error) { return time.Time(d).AppendFormat(nil, time.DateOnly), nil }

// checkChoice reads a choice in the forms that models give it: alone, quoted, with a full stop, in other letter case, or in the requested
// object. Of several objects, it takes the last one with a choice.
func (f *Form) checkChoice(completion string) (Completion, string) {
	if c := f.choice(completion); c != "" {
		return Completion{Text: c}, ""
	}
	if raw, ok := wholeJSON(completion); ok {
		var text string
		if json.Unmarshal(raw, &text) == nil && f.choice(text) != "" {
			return Completion{Text: f.choice(text)}, ""
		}
	}
	last, found := "", map[string]bool{}
	for _, raw := range objectsIn(completion) {
		var text string
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil || len(object) != 1 || json.Unmarshal(object[choiceName], &text) != nil {
			continue
		}
		if c := f.choice(text); c != "" {
			last, found[c] = c, true
		}
	}
	switch {
	case last == "":
		return Completion{}, fmt.Sprintf("%s is none of: %s", Shown(completion), strings.Join(f.choices, ", "))
	case len(found) > 1:
		note := messages.Sprintf("the answer has %d different choices; the last one is used", len(found))
		return Completion{Text: last, Note: note.String()}, ""
	}
	return Completion{Text: last}, ""
}

// choice returns the choice that a text is, or "".
func (f *Form) choice(text string) string {
	bare := bareChoice(text)
	for _, c := range f.choices {
		if bare != "" && bare == bareChoice(c) {
			return c
		}
	}
	return ""
}

// maxShown is the maximum number of characters that Shown quotes.
const maxShown = 60

// Shown returns the beginning of a text in quotes.
func Shown(text string) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > maxShown {
		runes = append(runes[:maxShown:maxShown], '…')
	}
	return "“" + string(runes) + "”"
}

// checkObject reads a completion that must be an object. Of several objects, it takes the last one that matches.
func (f *Form) checkObject(completion string) (c Completion, problem string) {
	objects := objectsIn(completion)
	if len(objects) == 0 {
		if raw, ok := wholeJSON(completion); ok {
			return f.checkValue(raw, completion)
		}
		return c, "the answer is not JSON: " + Shown(completion)
	}
	for _, raw := range slices.Backward(objects) {
		read, wrong := f.checkValue(raw, completion)
		if wrong != "" {
			problem = cmp.Or(problem, wrong)
			continue
		}
		if n := distinct(objects); n > 1 {
			read.Note = messages.Sprintf("the answer has %d different objects; the last one that fits is used", n).String()
		}
		return read, ""
	}
	return c, problem
}

// distinct returns the number of different objects.
func distinct(objects []json.RawMessage) int {
	seen := map[string]bool{}
	for _, raw := range objects {
		var small bytes.Buffer
		if json.Compact(&small, raw) == nil {
			seen[small.String()] = true
		}
	}
	return len(seen)
}

// checkValue reads a JSON value of a completion.
func (f *Form) checkValue(raw json.RawMessage, completion string) (c Completion, problem string) {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return c, "the answer is not JSON: " + Shown(completion)
	}
	if problem := problemOf(f.schema, v); problem != "" {
		return c, problem
	}
	object, ok := v.(map[string]any)
	if !ok {
		return c, "the answer is no object: " + Shown(completion)
	}
	var small bytes.Buffer
	if json.Compact(&small, raw) != nil {
		return c, "the answer is not JSON: " + Shown(completion)
	}
	c.Text = small.String()
	for _, name := range f.names {
		c.Values = append(c.Values, f.value(name, object[name]))
	}
	return c, ""
}

// value returns a property as the value of a cell. A text may be a day or a moment.
func (f *Form) value(name string, v any) any {
	switch v := v.(type) {
	case nil, bool:
		return v
	case string:
		if f.dates[name] {
			if t, err := time.Parse(time.DateOnly, v); err == nil {
				return Day(t)
			}
		}
		if f.times[name] {
			if t, err := time.Parse(time.RFC3339, v); err == nil {
				return t
			}
		}
		return v
	case json.Number:
		return number(v)
	}
	raw, err := marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}

// number returns an int64 if it represents the number exactly, the text of a longer integer, else a float64, else the text of the number.
func number(n json.Number) any {
	if i, err := strconv.ParseInt(string(n), 10, 64); err == nil {
		return i
	}
	if !strings.ContainsAny(string(n), ".eE") {
		return string(n)
	}
	x, err := n.Float64()
	if err != nil || math.IsInf(x, 0) {
		return string(n)
	}
	if x == math.Trunc(x) && math.Abs(x) < 1<<53 {
		return int64(x)
	}
	return x
}

// maxProblems is the maximum number of problems in a text.
const maxProblems = 5

// problemOf returns what is wrong with a value, or "" if it is valid. The text depends only on the value and the schema, because it is part
// of requests and thus of the keys of tasks.
func problemOf(schema *jsonschema.Schema, value any) string {
	err := schema.Validate(value)
	if err == nil {
		return ""
	}
	bad, ok := err.(*jsonschema.ValidationError)
	if !ok {
		return strings.Join(strings.Fields(err.Error()), " ")
	}
	all := leaves(bad)
	if n := len(all); n > maxProblems {
		all = append(all[:maxProblems], fmt.Sprintf("and %d more", n-maxProblems))
	}
	return strings.Join(all, "; ")
}

// leaves returns the distinct problems without a further cause, sorted.
func leaves(e *jsonschema.ValidationError) []string {
	var all []string
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		for _, c := range e.Causes {
			walk(c)
		}
		if len(e.Causes) == 0 {
			place := ""
			if len(e.InstanceLocation) > 0 {
				place = strings.Join(e.InstanceLocation, ".") + ": "
			}
			all = append(all, place+words(e.ErrorKind))
		}
	}
	walk(e)
	slices.Sort(all)
	return slices.Compact(all)
}

var english = message.NewPrinter(language.English)

// words describes a problem. Names are sorted because the library orders them randomly.
func words(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Required:
		return "missing: " + sorted(k.Missing)
	case *kind.AdditionalProperties:
		return "not expected: " + sorted(k.Properties)
	case *kind.Type:
		return fmt.Sprintf("is %s, must be %s", k.Got, strings.Join(k.Want, " or "))
	case *kind.Format:
		return "is no valid " + k.Want
	case *kind.Enum:
		return "must be one of " + values(k.Want)
	}
	return strings.Join(strings.Fields(k.LocalizedString(english)), " ")
}

func sorted(names []string) string {
	return strings.Join(slices.Sorted(slices.Values(names)), ", ")
}

func values(list []any) string {
	var texts []string
	for _, v := range list {
		raw, err := marshal(v)
		if err != nil {
			raw = fmt.Append(nil, v)
		}
		texts = append(texts, string(raw))
	}
	return strings.Join(texts, ", ")
}

// marshal is json.Marshal without HTML escapes.
func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
