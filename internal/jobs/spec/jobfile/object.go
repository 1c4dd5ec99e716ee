package jobfile

import (
	"bytes"
	"encoding/json"

	"gigabatch/internal/messages"
)

// json returns the value as compact JSON, with keys in file order and numbers as written.
func (n *node) json() (json.RawMessage, error) {
	var b bytes.Buffer
	if err := n.write(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (n *node) write(b *bytes.Buffer) error {
	switch n.shape {
	case isNull:
		b.WriteString("null")
	case isBool:
		b.Write(bytes.ToLower([]byte(n.text)))
	case isText:
		return writeText(b, n.text)
	case isList:
		return n.writeList(b)
	case isMapping:
		return n.writeMapping(b)
	default:
		if !n.numeric() {
			return wrong(n.place, messages.Sprintf("put it in quotes if it is a text"), "%s is not a number in JSON", n.text)
		}
		b.WriteString(n.number())
	}
	return nil
}

func (n *node) writeList(b *bytes.Buffer) error {
	b.WriteByte('[')
	for i, item := range n.items {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := item.write(b); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	return nil
}

func (n *node) writeMapping(b *bytes.Buffer) error {
	b.WriteByte('{')
	for i, p := range n.pairs {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := writeText(b, p.key.text); err != nil {
			return err
		}
		b.WriteByte(':')
		if err := p.value.write(b); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

func writeText(b *bytes.Buffer, text string) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	err := e.Encode(text)
	b.Truncate(b.Len() - 1) // the line break that Encode appends
	return err
}
