package jobfile

import (
	"path/filepath"
	"slices"
	"strings"
)

// takes is what a kind takes, for messages.
var takes = map[Kind]string{
	Text: "a text", Integer: "a whole number", Number: "a number", Bool: "true or false", Duration: "a time such as 90s",
	List: "a text or a list of texts", Inputs: "a text or a list of texts", Object: "a mapping or the name of a file",
	Optional: "true, false or a whole number",
}

func (r *reader) entry(k *Key, p pair) (e Entry, err error) {
	e = Entry{Name: k.Name, Line: p.key.line, Col: p.key.col}
	v := p.value
	switch {
	case k.Kind == Object && v.shape == isMapping:
		e.Object, err = v.json()
		return e, err
	case v.shape == isList && (k.Kind == List || k.Kind == Inputs):
		e.Listed = true
		e.Values, err = r.list(k, v)
		return e, err
	}
	text, err := r.scalar(k, v)
	e.Values = []string{text}
	return e, err
}

func (r *reader) list(k *Key, list *node) ([]string, error) {
	if len(list.items) == 0 {
		return nil, wrong(list.place, "leave the key out", "the list of %q is empty", k.Name)
	}
	var texts []string
	for _, item := range list.items {
		text, err := r.scalar(k, item)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// scalar reads one value as a flag would take it.
func (r *reader) scalar(k *Key, v *node) (string, error) {
	text, ok := k.Kind.text(v)
	if !ok {
		return "", wrong(v.place, mistake(k.Kind, v), "%q takes %s, not %s", k.Name, takes[k.Kind], v)
	}
	if len(k.Enum) > 0 && !slices.Contains(k.Enum, text) {
		return "", wrong(v.place, r.meant(text, k.Enum), "%q is none of the values of %q", text, k.Name)
	}
	if k.Path {
		text = r.path(text)
	}
	return text, nil
}

// text is a scalar as the kind writes it; not ok if it takes no such thing.
func (k Kind) text(v *node) (text string, ok bool) {
	switch k {
	case Integer:
		return v.number(), v.shape == isInteger
	case Number:
		return v.number(), v.numeric()
	case Bool:
		return strings.ToLower(v.text), v.shape == isBool
	case Optional:
		if v.shape == isInteger {
			return v.number(), true
		}
		return strings.ToLower(v.text), v.shape == isBool
	case Duration:
		if v.numeric() {
			return v.number(), true
		}
		return v.text, v.shape == isText
	}
	return v.plain(), v.scalar()
}

func (r *reader) meant(text string, names []string) string {
	if r.spec.Nearest != nil {
		if near := r.spec.Nearest(text, names); near != "" {
			return "did you mean " + near + "?"
		}
	}
	return "it is one of " + strings.Join(names, ", ")
}

// path names a file relative to the working directory.
func (r *reader) path(text string) string {
	if text == "" || text == "-" || filepath.IsAbs(text) {
		return text
	}
	return filepath.Join(r.dir, text)
}

// mistake is a hint for what people write.
func mistake(k Kind, v *node) string {
	switch {
	case v.shape == isMapping && v.flow:
		return `a text that begins with { needs quotes around it: "{{text}}"`
	case v.shape == isMapping:
		return "a text with a colon needs quotes around it, or | above it"
	case v.shape == isList && v.flow:
		return "a text that begins with [ needs quotes around it"
	case v.shape == isNull:
		return "leave it out"
	case v.shape != isText:
		return ""
	case k == Bool || k == Optional:
		return "write true or false, without quotes"
	case resolve(v.text) == isInteger || resolve(v.text) == isNumber:
		return "write the number without quotes"
	}
	return ""
}
