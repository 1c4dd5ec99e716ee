package ooxml

import (
	"bytes"
	"strconv"

	"gigabatch/internal/messages"
)

// Value returns the value that a cell stores: the text of strings, and other types as they are written in the file. It returns "" if
// the cell has no value.
func (b *Book) Value(r *Row, c *Cell) (string, error) {
	raw := c.value.of(r.Raw)
	if !c.has {
		return "", nil
	}
	if c.Type == Inline {
		t, err := richText(raw)
		return Unescape(t), cellError(r, c, err)
	}
	t, err := text(raw)
	if err != nil {
		return "", cellError(r, c, err)
	}
	switch c.Type {
	case Shared:
		return b.sharedText(r, c, t)
	case Formula:
		return Unescape(t), nil
	}
	return string(bytes.TrimSpace([]byte(t))), nil
}

func (b *Book) sharedText(r *Row, c *Cell, index string) (string, error) {
	i, err := strconv.Atoi(string(bytes.TrimSpace([]byte(index))))
	if index == "" {
		return "", nil
	}
	if err != nil || i < 0 || i >= b.shared.ends.n {
		return "", cellError(r, c, messages.Errorf("no shared string %s", index))
	}
	return b.shared.text(i)
}

func cellError(r *Row, c *Cell, err error) error {
	if err == nil {
		return nil
	}
	return messages.Errorf("cell %s: %w", CellName(c.Column, r.Number), err)
}

// richText returns the text of an element si or is with the given content: its t elements, including those of runs, but not phonetic
// hints (ECMA-376 part 1, 18.4.8, CT_Rst).
func richText(b []byte) (string, error) {
	var to []byte
	for p := 0; ; {
		i := bytes.IndexByte(b[p:], '<')
		if i < 0 {
			return string(to), nil
		}
		m, err := lexMarkup(b, p+i)
		if err != nil {
			return "", err
		}
		p = m.hi
		if m.kind != startTag {
			continue
		}
		switch local(m.name.of(b)) {
		case "rPh", "rPr":
			if m, err = elementEnd(b, m); err != nil {
				return "", err
			}
			p = m.hi
		case "t":
			end, err := elementEnd(b, m)
			if err != nil {
				return "", err
			}
			if content := b[m.hi:end.lo:end.lo]; to == nil && plainText(content) {
				to = content // most texts are in one piece
			} else if to, err = appendText(to, content); err != nil {
				return "", err
			}
			p = end.hi
		}
	}
}

// local returns a name without its prefix.
func local(name []byte) string { return string(name[bytes.IndexByte(name, ':')+1:]) }
