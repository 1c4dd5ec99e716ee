package form

import (
	"bytes"
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
)

// Day is a date without a time, at midnight UTC.
type Day time.Time

// MarshalText writes 2006-01-02.
func (d Day) MarshalText() ([]byte, error) { return time.Time(d).AppendFormat(nil, time.DateOnly), nil }

// validator validates by a compiled schema.
type validator struct{ schema *jsonschema.Schema }

// checkObject reads an answer that is to be an object.
func (f *Form) checkObject(completion string) (a Answer, problem string) {
	raw, ok := findJSON(completion)
	if !ok {
		return a, "the answer is not JSON: " + shown(completion)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return a, "the answer is not JSON: " + shown(completion)
	}
	if problem := f.valid.problem(v); problem != "" {
		return a, problem
	}
	object, ok := v.(map[string]any)
	if !ok {
		return a, "the answer is no object: " + shown(completion)
	}
	var small bytes.Buffer
	if json.Compact(&small, raw) != nil {
		return a, "the answer is not JSON: " + shown(completion)
	}
	a.Text = small.String()
	for _, name := range f.names {
		a.Values = append(a.Values, f.value(name, object[name]))
	}
	return a, ""
}

// value is a property as a cell can hold it.
func (f *Form) value(name string, v any) any {
	switch v := v.(type) {
	case nil, bool:
		return v
	case string:
		return f.text(name, v)
	case json.Number:
		return number(v)
	}
	raw, err := marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}

// text is a text, or the day or moment that it stands for.
func (f *Form) text(name, s string) any {
	if f.dates[name] {
		if t, err := time.Parse(time.DateOnly, s); err == nil {
			return Day(t)
		}
	}
	if f.times[name] {
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			return t
		}
	}
	return s
}

// number is an int64 where that holds the number exactly, a float64 where that does, else the text of the number.
func number(n json.Number) any {
	if i, err := strconv.ParseInt(string(n), 10, 64); err == nil {
		return i
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

// mostProblems is how many problems are named.
const mostProblems = 5

// problem says what is wrong with a value, "" if nothing is. It depends on the value and the schema alone: it is part of requests, and so
// of the identity of jobs.
func (v validator) problem(value any) string {
	err := v.schema.Validate(value)
	if err == nil {
		return ""
	}
	bad, ok := err.(*jsonschema.ValidationError)
	if !ok {
		return strings.Join(strings.Fields(err.Error()), " ")
	}
	all := leaves(bad)
	if n := len(all); n > mostProblems {
		all = append(all[:mostProblems], fmt.Sprintf("and %d more", n-mostProblems))
	}
	return strings.Join(all, "; ")
}

// leaves are the problems that have no further cause, each once, sorted.
func leaves(e *jsonschema.ValidationError) []string {
	var all []string
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		for _, c := range e.Causes {
			walk(c)
		}
		if len(e.Causes) == 0 {
			all = append(all, place(e.InstanceLocation)+words(e.ErrorKind))
		}
	}
	walk(e)
	slices.Sort(all)
	return slices.Compact(all)
}

func place(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return strings.Join(path, ".") + ": "
}

var english = message.NewPrinter(language.English)

// words says what is wrong. The library's own words would stand in random order where there are several names.
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
