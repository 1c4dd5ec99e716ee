package jobfile

import (
	"errors"
	"path/filepath"
	"strings"

	"gigabatch/internal/messages"
)

// Read parses the job file with the given name and content. Paths relative to the folder of the job file become relative to the working
// directory; "-" stays unchanged. The error is an *Error.
func Read(name string, data []byte, spec Spec) (*File, error) {
	f, err := read(name, data, spec)
	var e *Error
	if errors.As(err, &e) {
		e.Name = name
		return nil, e
	}
	return f, err
}

func read(name string, data []byte, spec Spec) (*File, error) {
	root, err := parse(data)
	switch {
	case err != nil:
		return nil, err
	case root.shape == isNull:
		return nil, &Error{Msg: messages.Sprintf("the job file is empty"), Hint: messages.Sprintf("create an example with gigabatch init")}
	case root.shape != isMapping:
		return nil, wrong(root.place, messages.Sprintf("for example: input: questions.csv"),
			"the file must be a mapping of keys to values, not %s", root)
	}
	r := &reader{spec: spec, dir: filepath.Dir(name)}
	f := &File{Name: name}
	if f.Entries, err = r.entries(root, spec.Keys, columnsKey); err != nil {
		return nil, err
	}
	f.Columns, err = r.columns(root.value(columnsKey))
	return f, err
}

// reader converts nodes to entries.
type reader struct {
	spec Spec
	dir  string // of the job file
}

// columns reads the value of "columns".
func (r *reader) columns(list *node) ([]Column, error) {
	switch {
	case list == nil || list.shape == isNull:
		return nil, nil
	case list.shape != isList:
		return nil, wrong(list.place, messages.Sprintf("begin each column with - name: …"),
			"%q must be a list of columns, not %s", columnsKey, list)
	case len(list.items) == 0:
		return nil, wrong(list.place, messages.Sprintf("omit it, or add - name: …"), "%q is empty", columnsKey)
	}
	var columns []Column
	for _, item := range list.items {
		if item.shape != isMapping {
			return nil, wrong(item.place, messages.Sprintf("for example: - name: answer"), "a column must be a mapping of keys to values, not %s", item)
		}
		entries, err := r.entries(item, r.spec.ColumnKeys)
		if err != nil {
			return nil, err
		}
		columns = append(columns, Column{Line: item.line, Col: item.col, Entries: entries})
	}
	return columns, nil
}

// entries reads a mapping, except the keys in besides.
func (r *reader) entries(m *node, keys []Key, besides ...string) ([]Entry, error) {
	var entries []Entry
	seen := map[string]place{}
	for _, p := range m.pairs {
		name := canonical(p.key.text)
		first, twice := seen[name]
		switch {
		case twice && p.merged:
			continue
		case twice:
			return nil, duplicate(p.key, first)
		}
		seen[name] = p.key.place
		if len(besides) > 0 && name == besides[0] {
			continue
		}
		k := find(keys, name)
		if k == nil {
			return nil, r.unknown(p.key, append(besides, names(keys)...))
		}
		switch {
		case p.value.shape == isNull && k.Filled:
			return nil, wrong(p.value.place, messages.Sprintf("omit the key"), "the list of %q is empty", k.Name)
		case p.value.shape == isNull:
			continue
		}
		e, err := r.entry(k, p)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, missing(m, keys, entries)
}

func duplicate(key *node, first place) error {
	return wrong(key.place, messages.Sprintf("keep one of the two"), "key %q already appears in line %d", key.text, first.line)
}

// unknown rejects a key. The hint is the nearest known key, or else all known keys.
func (r *reader) unknown(key *node, known []string) error {
	hint := messages.Sprintf("known keys: %s", oneLine(strings.Join(known, ", ")))
	if r.spec.Nearest != nil {
		if near := r.spec.Nearest(canonical(key.text), known); near != "" {
			hint = messages.Sprintf("did you mean %s?", near)
		}
	}
	return wrong(key.place, hint, "unknown key %q", key.text)
}

func missing(m *node, keys []Key, have []Entry) error {
	for _, k := range keys {
		if k.Required && entry(have, k.Name) == nil {
			return wrong(m.place, messages.Help(k.Doc), "key %q is missing", k.Name)
		}
	}
	return nil
}
