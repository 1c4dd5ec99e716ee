package jobfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"gigabatch/internal/messages"
)

// Write returns the text of a job file that Read reads as the entries and columns of f, whose names are those of keys. note is its first line, a
// comment. It fails if an entry cannot be written so that it is read as it was.
func Write(note string, f *File) ([]byte, error) {
	top, err := mappingOf(f.Entries)
	if err != nil {
		return nil, err
	}
	if len(f.Columns) > 0 {
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for i := range f.Columns {
			column, err := mappingOf(f.Columns[i].Entries)
			if err != nil {
				return nil, err
			}
			list.Content = append(list.Content, column)
		}
		top.Content = append(top.Content, textNode(columnsKey), list)
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "# %s\n", oneLine(note))
	e := yaml.NewEncoder(&text)
	e.SetIndent(2)
	if err := e.Encode(top); err != nil {
		return nil, err
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	return text.Bytes(), readsAs(text.Bytes(), f)
}

// readsAs returns an error unless a text is read as the entries and columns of f.
func readsAs(text []byte, f *File) error {
	s := Spec{Keys: keysOf(f.Entries)}
	for i := range f.Columns {
		for _, k := range keysOf(f.Columns[i].Entries) {
			if find(s.ColumnKeys, k.Name) == nil {
				s.ColumnKeys = append(s.ColumnKeys, k)
			}
		}
	}
	back, err := Read(f.Name, text, s)
	if err != nil {
		return err
	}
	same := func(a, b Entry) bool {
		return a.Name == b.Name && slices.Equal(a.Values, b.Values) && a.Listed == b.Listed && bytes.Equal(a.Object, b.Object)
	}
	ok := slices.EqualFunc(back.Entries, f.Entries, same) && len(back.Columns) == len(f.Columns)
	for i := range f.Columns {
		ok = ok && slices.EqualFunc(back.Columns[i].Entries, f.Columns[i].Entries, same)
	}
	if !ok {
		return messages.Errorf("%s: a text cannot be written so that it is read as it was", f.Name)
	}
	return nil
}

// keysOf returns keys that take entries as they are.
func keysOf(entries []Entry) []Key {
	all := make([]Key, len(entries))
	for i, e := range entries {
		all[i] = Key{Name: e.Name}
		switch {
		case e.Object != nil:
			all[i].Kind = Object
		case e.Listed:
			all[i].Kind = List
		}
	}
	return all
}

func mappingOf(entries []Entry) (*yaml.Node, error) {
	m := &yaml.Node{Kind: yaml.MappingNode}
	for _, e := range entries {
		value := textNode(e.Value())
		switch {
		case e.Object != nil:
			var err error
			if value, err = jsonNode(json.NewDecoder(bytes.NewReader(e.Object))); err != nil {
				return nil, err
			}
		case e.Listed:
			value = &yaml.Node{Kind: yaml.SequenceNode}
			for _, text := range e.Values {
				item := textNode(text)
				if resolve(text) != isText {
					item.Tag, item.Style = "!!str", yaml.DoubleQuotedStyle
				}
				value.Content = append(value.Content, item)
			}
		}
		m.Content = append(m.Content, textNode(e.Name), value)
	}
	return m, nil
}

// simple matches texts that need no quotes in any place, and block those that look in a block scalar as they are. A block begins and ends with
// a character that is no white space, and none of its lines ends with one.
var (
	simple = regexp.MustCompile(`^[\pL\pN_./]([\pL\pN_./ +%()-]*[\pL\pN_./)%])?$`)
	block  = regexp.MustCompile(`^[^\s\pC](?:[^\pC\x{2028}\x{2029}]|\n)*$`)
)

// textNode returns a text: a block if it has several lines, else in quotes if it needs them.
func textNode(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Style: yaml.DoubleQuotedStyle}
	switch {
	case strings.Contains(text, "\n"):
		if block.MatchString(text) && !strings.HasSuffix(text, "\n") && !strings.Contains(text, " \n") && !strings.HasSuffix(text, " ") {
			n.Style = yaml.LiteralStyle
		}
	case resolve(text) == isInteger, resolve(text) == isNumber, resolve(text) == isBool:
		n.Style, n.Tag = 0, ""
	case simple.MatchString(text) && resolve(text) == isText:
		n.Style = 0
	}
	return n
}

// jsonNode reads the next value of JSON. The keys of objects keep their order.
func jsonNode(d *json.Decoder) (*yaml.Node, error) {
	d.UseNumber()
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case json.Delim:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		if v == '{' {
			n.Kind = yaml.MappingNode
		}
		for d.More() {
			item, err := jsonNode(d)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, item)
		}
		if len(n.Content) == 0 {
			n.Style = yaml.FlowStyle
		}
		_, err := d.Token()
		return n, err
	case string:
		n := textNode(v)
		if resolve(v) != isText {
			n.Tag, n.Style = "!!str", yaml.DoubleQuotedStyle
		}
		return n, nil
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v.String()}, nil
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprint(v)}, nil
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: "null"}, nil
	}
	return nil, io.ErrUnexpectedEOF
}
