package ooxml

import (
	"bytes"
	"errors"
	"io"

	"gigabatch/internal/io/stream"
)

// maxElement limits the size of a row, a shared string, and the head and tail of a sheet. Programs write far smaller ones.
const maxElement = 128 << 20

// elements iterates over the elements with one name in a container, while the part streams by.
type elements struct {
	stream.Window
	prefix string // of the container, with its colon
	within string // the name of the container, with the prefix
	name   string // the wanted name, with the prefix
	raw    []byte // of the element that next has returned
	ended  bool
}

// enter reads up to the container and returns everything before its content, including its start tag. An empty container has no
// elements.
func (e *elements) enter(container, name string) ([]byte, error) {
	for {
		head, err := e.lexHead(container)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			if err != nil {
				return nil, err
			}
			e.within, e.name = e.prefix+container, e.prefix+name
			e.raw = head
			return head, nil
		}
		if err := e.more(); err != nil {
			return nil, err
		}
	}
}

// lexHead finds the container in what has been read so far.
func (e *elements) lexHead(container string) ([]byte, error) {
	b := e.Bytes()
	if utf16(b) {
		return nil, checkProlog(b)
	}
	for p, root := 0, true; ; {
		m, err := next(b, p)
		if err != nil {
			return nil, err
		}
		if root && m.kind <= emptyTag {
			if err := checkProlog(b[:m.hi]); err != nil {
				return nil, err
			}
			e.prefix, root = prefixOf(m.name.of(b)), false
		}
		if m.kind != endTag && m.kind <= emptyTag && string(m.name.of(b)) == e.prefix+container {
			e.ended = m.kind == emptyTag
			return b[:m.hi], nil
		}
		p = m.hi
	}
}

func prefixOf(name []byte) string { return string(name[:bytes.IndexByte(name, ':')+1]) }

// next finds the next element. raw contains the element and what precedes it, and is valid until the next call. accept is asked
// whether a candidate is the complete element, because the first end tag may be inside a CDATA section. After the last element next
// returns io.EOF, and the unread rest begins with the rest of the container.
func (e *elements) next(accept func(raw []byte, m markup) (bool, error)) error {
	e.Skip(len(e.raw))
	e.raw = nil
	if e.ended {
		return io.EOF
	}
	m, err := e.begin()
	if err != nil {
		return err
	}
	end := m.hi
	if m.kind != emptyTag {
		if end, err = e.closing(end); err != nil {
			return err
		}
	}
	whole, err := accept(e.Bytes()[:end], m)
	if !whole && err == nil && m.kind != emptyTag {
		if end, err = e.pass(m); err != nil {
			return err
		}
		whole, err = accept(e.Bytes()[:end], m)
	}
	if !whole && err == nil {
		err = errXML
	}
	if err == nil {
		e.raw = e.Bytes()[:end]
	}
	return err
}

// begin finds the start tag of the next element. It skips other elements.
func (e *elements) begin() (markup, error) {
	for p := 0; ; {
		m, err := next(e.Bytes(), p)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = e.more()
			if err == nil {
				continue
			}
		}
		switch {
		case err != nil:
			return m, err
		case m.kind == endTag && string(m.name.of(e.Bytes())) != e.within:
			return m, errXML
		case m.kind == endTag:
			e.ended = true
			return m, io.EOF
		case m.kind <= emptyTag && string(m.name.of(e.Bytes())) == e.name:
			return m, nil
		case m.kind == startTag:
			if p, err = e.pass(m); err != nil {
				return m, err
			}
		default:
			p = m.hi
		}
	}
}

// pass returns the position after the foreign element that begins with m.
func (e *elements) pass(m markup) (int, error) {
	for {
		end, err := elementEnd(e.Bytes(), m)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			return end.hi, err
		}
		if err := e.more(); err != nil {
			return 0, err
		}
	}
}

// closing returns the position after the next end tag of the wanted name at or after p.
func (e *elements) closing(p int) (int, error) {
	mark := []byte("</" + e.name)
	for {
		b := e.Bytes()
		if i := bytes.Index(b[p:], mark); i >= 0 {
			m, err := lexMarkup(b, p+i)
			if err == nil && string(m.name.of(b)) == e.name {
				return m.hi, nil
			}
			if err == nil {
				p = m.hi
				continue
			}
			p += i
		} else {
			p = max(p, len(b)-len(mark))
		}
		if err := e.more(); err != nil {
			return 0, err
		}
	}
}

// more reads more. At the end of the stream it returns io.ErrUnexpectedEOF, because the element is incomplete.
func (e *elements) more() error {
	if err := e.More(); !errors.Is(err, io.EOF) {
		return err
	}
	return io.ErrUnexpectedEOF
}
