package jobfile

import (
	"path/filepath"
	"slices"
	"strings"

	"gigabatch/internal/messages"
)

// takes describes the values of each kind.
var takes = map[Kind]messages.Text{
	Text: messages.Sprintf("a text"), Integer: messages.Sprintf("a whole number"), Number: messages.Sprintf("a number"),
	Bool: messages.Sprintf("true or false"), Duration: messages.Sprintf("a duration such as 90s"),
	List: messages.Sprintf("a text or a list of texts"), Inputs: messages.Sprintf("a text or a list of texts"),
	Object: messages.Sprintf("a mapping or a file name"), Optional: messages.Sprintf("true, false or a whole number"),
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
		return nil, wrong(list.place, messages.Sprintf("omit the key"), "the list of %q is empty", k.Name)
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
		return "", wrong(v.place, mistake(k.Kind, v), "%q must be %s, not %s", k.Name, takes[k.Kind], v)
	}
	if len(k.Enum) > 0 && !slices.Contains(k.Enum, text) {
		return "", wrong(v.place, r.meant(text, k.Enum), "%q is not a valid value of %q", text, k.Name)
	}
	if k.Path {
		text = r.path(text)
	}
	return text, nil
}

// text returns a scalar as the kind writes it. ok is false if the kind does not allow the value.
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

func (r *reader) meant(text string, names []string) messages.Text {
	if r.spec.Nearest != nil {
		if near := r.spec.Nearest(text, names); near != "" {
			return messages.Sprintf("did you mean %s?", near)
		}
	}
	return messages.Sprintf("valid values: %s", strings.Join(names, ", "))
}

// path returns the path of a file relative to the working directory.
func (r *reader) path(text string) string {
	if text == "" || text == "-" || filepath.IsAbs(text) {
		return text
	}
	return filepath.Join(r.dir, text)
}

// mistake returns a hint for a common mistake.
func mistake(k Kind, v *node) messages.Text {
	switch {
	case v.shape == isMapping && v.flow:
		return messages.Sprintf(`put a text that begins with { in quotes: "{{text}}"`)
	case v.shape == isMapping:
		return messages.Sprintf("put a text with a colon in quotes, or write it as a block below |")
	case v.shape == isList && v.flow:
		return messages.Sprintf("put a text that begins with [ in quotes")
	case v.shape == isNull:
		return messages.Sprintf("omit it")
	case v.shape != isText:
		return messages.Text{}
	case k == Bool || k == Optional:
		return messages.Sprintf("write true or false, without quotes")
	case resolve(v.text) == isInteger || resolve(v.text) == isNumber:
		return messages.Sprintf("write the number without quotes")
	}
	return messages.Text{}
}
