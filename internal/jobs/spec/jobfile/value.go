package jobfile

import (
	"path/filepath"
	"slices"
	"strings"

	"gigabatch/internal/messages"
)

// takes is what a kind takes, for messages.
var takes = map[Kind]messages.Text{
	Text: messages.Sprintf("a text"), Integer: messages.Sprintf("a whole number"), Number: messages.Sprintf("a number"),
	Bool: messages.Sprintf("true or false"), Duration: messages.Sprintf("a time such as 90s"),
	List: messages.Sprintf("a text or a list of texts"), Inputs: messages.Sprintf("a text or a list of texts"),
	Object: messages.Sprintf("a mapping or the name of a file"), Optional: messages.Sprintf("true, false or a whole number"),
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
		return nil, wrong(list.place, messages.Sprintf("leave the key out"), "the list of %q is empty", k.Name)
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

func (r *reader) meant(text string, names []string) messages.Text {
	if r.spec.Nearest != nil {
		if near := r.spec.Nearest(text, names); near != "" {
			return messages.Sprintf("did you mean %v?", near)
		}
	}
	return messages.Sprintf("it is one of %v", strings.Join(names, ", "))
}

// path names a file relative to the working directory.
func (r *reader) path(text string) string {
	if text == "" || text == "-" || filepath.IsAbs(text) {
		return text
	}
	return filepath.Join(r.dir, text)
}

// mistake is a hint for what people write.
func mistake(k Kind, v *node) messages.Text {
	switch {
	case v.shape == isMapping && v.flow:
		return messages.Sprintf(`a text that begins with { needs quotes around it: "{{text}}"`)
	case v.shape == isMapping:
		return messages.Sprintf("a text with a colon needs quotes around it, or | above it")
	case v.shape == isList && v.flow:
		return messages.Sprintf("a text that begins with [ needs quotes around it")
	case v.shape == isNull:
		return messages.Sprintf("leave it out")
	case v.shape != isText:
		return messages.Text{}
	case k == Bool || k == Optional:
		return messages.Sprintf("write true or false, without quotes")
	case resolve(v.text) == isInteger || resolve(v.text) == isNumber:
		return messages.Sprintf("write the number without quotes")
	}
	return messages.Text{}
}
