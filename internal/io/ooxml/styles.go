package ooxml

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"gigabatch/internal/messages"
)

// Styles is the styles part of a workbook, which defines the look of cells. The style of a cell is an index into its cell formats.
type Styles struct {
	Raw     []byte // the part as it is written; nil if the workbook has none
	formats []span // the elements xf of cellXfs
	list    span   // the content of cellXfs
	tag     markup // the start tag of cellXfs
	codes   map[int]string
	root    markup
	numFmts markup // the start or empty-element tag of numFmts; the zero markup if the part has none
	numbers span   // the content of numFmts
}

// readStyles reads the part with that name. If the part does not exist, there are no formats.
func readStyles(p *Package, name string) (*Styles, error) {
	s := &Styles{codes: map[int]string{}}
	if name == "" {
		return s, nil
	}
	var err error
	if s.Raw, err = p.read(name); err == nil && s.Raw != nil {
		err = s.find()
	}
	if err != nil {
		return nil, messages.Errorf("%s: %w", name, breaksOffAs(err))
	}
	return s, nil
}

func breaksOffAs(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return messages.Errorf("the part ends unexpectedly")
	}
	return err
}

// find iterates over the children of the root.
func (s *Styles) find() error {
	b := s.Raw
	m, err := next(b, prologEnd(b))
	if err != nil || m.kind == emptyTag {
		return err
	}
	s.root = m
	for p := m.hi; ; {
		if m, err = next(b, p); err != nil || m.kind == endTag {
			return err
		}
		p = m.hi
		if m.kind == emptyTag && local(m.name.of(b)) == "numFmts" {
			s.numFmts, s.numbers = m, span{m.hi, m.hi}
		}
		if m.kind != startTag {
			continue
		}
		end, err := elementEnd(b, m)
		if err != nil {
			return err
		}
		switch local(m.name.of(b)) {
		case "numFmts":
			s.numFmts, s.numbers = m, span{m.hi, end.lo}
			err = eachChild(b, s.numbers, s.addCode)
		case "cellXfs":
			s.tag, s.list = m, span{m.hi, end.lo}
			err = eachChild(b, s.list, func(m markup, e span) error { s.formats = append(s.formats, e); return nil })
		}
		if err != nil {
			return err
		}
		p = end.hi
	}
}

// eachChild calls do with each element of a range: its tag, and the whole element.
func eachChild(b []byte, content span, do func(m markup, e span) error) error {
	for p := content.lo; ; {
		i := bytes.IndexByte(b[p:content.hi], '<')
		if i < 0 {
			return nil
		}
		m, err := lexMarkup(b, p+i)
		if err != nil {
			return err
		}
		p = m.hi
		if m.kind > emptyTag {
			continue
		}
		e := m.span
		if m.kind == startTag {
			end, err := elementEnd(b, m)
			if err != nil {
				return err
			}
			e.hi, p = end.hi, end.hi
		}
		if err := do(m, e); err != nil {
			return err
		}
	}
}

func (s *Styles) addCode(m markup, _ span) error {
	id, err := strconv.Atoi(string(m.attribute(s.Raw, "numFmtId")))
	if err != nil {
		return nil // not a number format that a cell could refer to
	}
	s.codes[id], err = text(m.attribute(s.Raw, "formatCode"))
	return err
}

// Len returns the number of cell formats.
func (s *Styles) Len() int { return len(s.formats) }

// NumberFormat returns the number format of a style: its number, and its code if the workbook defines it. 0 is General.
func (s *Styles) NumberFormat(style int) (id int, code string) {
	if style < 0 || style >= len(s.formats) {
		return 0, ""
	}
	e := s.formats[style]
	m, err := lexMarkup(s.Raw, e.lo)
	if err != nil {
		return 0, ""
	}
	id, _ = strconv.Atoi(string(m.attribute(s.Raw, "numFmtId")))
	return id, s.codes[id]
}

// withCode returns the changes that add a number format. The list of number formats is the first element of the part.
func (s *Styles) withCode(id int, code string) []splice {
	prefix := prefixOf(s.root.name.of(s.Raw))
	format := "<" + prefix + `numFmt numFmtId="` + strconv.Itoa(id) + `" formatCode="` + code + `"/>`
	list := "<" + prefix + `numFmts count="1">` + format + "</" + prefix + "numFmts>"
	switch m := s.numFmts; {
	case m.span.empty():
		return []splice{{span{s.root.hi, s.root.hi}, list}}
	case m.kind == emptyTag:
		return []splice{{m.span, list}}
	}
	number := len(s.codes) + 1
	return []splice{{span{s.numbers.hi, s.numbers.hi}, format}, countOf(s.Raw, s.numFmts, number)}
}
