package ooxml

import (
	"bytes"
	"io"

	"gigabatch/internal/messages"
)

// errXML reports XML that is not well-formed.
var errXML = messages.Errorf("malformed XML")

var errDTD = refuse(hintSave, "the workbook contains a document type declaration, which no spreadsheet program writes")

// markup is a piece of XML between < and >.
type markup struct {
	span
	kind  kind
	name  span // with prefix
	attrs span // of start and empty-element tags
}

type kind byte

const (
	startTag kind = iota
	endTag
	emptyTag
	cdata
	other // comment or processing instruction
)

// lexMarkup reads the markup that begins at p, where b has a '<'. If b ends too early, it returns io.ErrUnexpectedEOF.
func lexMarkup(b []byte, p int) (m markup, err error) {
	m.lo = p
	if p+1 >= len(b) {
		return m, io.ErrUnexpectedEOF
	}
	switch b[p+1] {
	case '/':
		return lexEnd(b, p)
	case '!':
		return lexBang(b, p)
	case '?':
		m.kind = other
		m.hi, err = after(b, p, "?>")
		return m, err
	}
	return lexStart(b, p)
}

func lexEnd(b []byte, p int) (m markup, err error) {
	i := bytes.IndexByte(b[p:], '>')
	if i < 0 {
		return m, io.ErrUnexpectedEOF
	}
	m = markup{span: span{p, p + i + 1}, kind: endTag, name: span{p + 2, p + i}}
	for m.name.hi > m.name.lo && space(b[m.name.hi-1]) {
		m.name.hi--
	}
	if m.name.empty() {
		err = errXML
	}
	return m, err
}

func lexBang(b []byte, p int) (m markup, err error) {
	m = markup{span: span{lo: p}, kind: other}
	switch rest := b[p:]; {
	case bytes.HasPrefix(rest, []byte("<!--")):
		m.hi, err = after(b, p+4, "-->")
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		m.kind = cdata
		m.hi, err = after(b, p+9, "]]>")
	case len(rest) < 9:
		err = io.ErrUnexpectedEOF
	case bytes.HasPrefix(rest, []byte("<!DOCTYPE")):
		err = errDTD
	default:
		err = errXML
	}
	return m, err
}

// after returns the position after the next occurrence of mark at or after p.
func after(b []byte, p int, mark string) (int, error) {
	i := bytes.Index(b[min(p, len(b)):], []byte(mark))
	if i < 0 {
		return 0, io.ErrUnexpectedEOF
	}
	return p + i + len(mark), nil
}

// lexStart reads a start or empty-element tag and checks the form of its attributes.
func lexStart(b []byte, p int) (m markup, err error) {
	m = markup{span: span{lo: p}}
	q := p + 1
	for q < len(b) && nameByte(b[q]) {
		q++
	}
	m.name = span{p + 1, q}
	if m.name.empty() {
		return m, errXML
	}
	m.attrs.lo = q
	for {
		if q = skipSpace(b, q); q >= len(b) {
			return m, io.ErrUnexpectedEOF
		}
		switch b[q] {
		case '>':
			m.attrs.hi, m.hi = q, q+1
			return m, nil
		case '/':
			if q+1 >= len(b) {
				return m, io.ErrUnexpectedEOF
			}
			if b[q+1] != '>' {
				return m, errXML
			}
			m.kind, m.attrs.hi, m.hi = emptyTag, q, q+2
			return m, nil
		}
		a, err := lexAttr(b, q)
		if err != nil {
			return m, err
		}
		q = a.value.hi + 1
	}
}

// attr is an attribute. value is the text between its quotes.
type attr struct{ name, value span }

// lexAttr reads the attribute that begins at p.
func lexAttr(b []byte, p int) (a attr, err error) {
	q := p
	for q < len(b) && nameByte(b[q]) {
		q++
	}
	a.name = span{p, q}
	if q = skipSpace(b, q); q >= len(b) {
		return a, io.ErrUnexpectedEOF
	}
	if a.name.empty() || b[q] != '=' {
		return a, errXML
	}
	if q = skipSpace(b, q+1); q >= len(b) {
		return a, io.ErrUnexpectedEOF
	}
	if b[q] != '"' && b[q] != '\'' {
		return a, errXML
	}
	i := bytes.IndexByte(b[q+1:], b[q])
	if i < 0 {
		return a, io.ErrUnexpectedEOF
	}
	a.value = span{q + 1, q + 1 + i}
	if bytes.IndexByte(a.value.of(b), '<') >= 0 {
		return a, errXML
	}
	return a, nil
}

// nextAttr reads the attribute at or after *p in the attributes of a tag that has been lexed.
func nextAttr(b []byte, attrs span, p *int) (attr, bool) {
	q := skipSpace(b[:attrs.hi], *p)
	if q >= attrs.hi {
		return attr{}, false
	}
	a, err := lexAttr(b[:attrs.hi], q)
	*p = a.value.hi + 1
	return a, err == nil
}

// attribute returns the value of an attribute as it is written, or nil.
func (m *markup) attribute(b []byte, name string) []byte {
	for p := m.attrs.lo; ; {
		a, ok := nextAttr(b, m.attrs, &p)
		if !ok {
			return nil
		}
		if string(a.name.of(b)) == name {
			return a.value.of(b)
		}
	}
}

func space(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func skipSpace(b []byte, p int) int {
	for p < len(b) && space(b[p]) {
		p++
	}
	return p
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == ':' || c == '_' || c == '-' || c == '.' || c >= 0x80
}

// next returns the next markup at or after p, or io.ErrUnexpectedEOF.
func next(b []byte, p int) (markup, error) {
	i := bytes.IndexByte(b[p:], '<')
	if i < 0 {
		return markup{}, io.ErrUnexpectedEOF
	}
	return lexMarkup(b, p+i)
}

// elementEnd returns the end tag of the element whose start tag is m.
func elementEnd(b []byte, m markup) (markup, error) {
	depth := 0
	for p := m.hi; ; {
		t, err := next(b, p)
		if err != nil {
			return t, err
		}
		p = t.hi
		switch {
		case t.kind == startTag:
			depth++
		case t.kind == endTag && depth > 0:
			depth--
		case t.kind == endTag:
			if !bytes.Equal(t.name.of(b), m.name.of(b)) {
				return t, errXML
			}
			return t, nil
		}
	}
}
