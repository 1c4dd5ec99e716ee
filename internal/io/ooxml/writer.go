package ooxml

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"gigabatch/internal/io/deflate"
)

// Writer rewrites a workbook. Parts that no edit changes keep their bytes, including compressed ones. Rewritten parts come last.
type Writer struct {
	zip   *zip.Writer
	from  *Package
	book  *Book
	edits []*Edit
	looks *looks
	named bool   // the part of the workbook has a name of a filter that an edit may widen
	names []byte // that part, if it changes
	done  map[*zip.File]bool
}

// NewWriter begins a copy of p with the parts that the edits do not change. The sheets of the edits must then be written, in order,
// with Sheet.
func NewWriter(w io.Writer, p *Package, b *Book, edits ...*Edit) (*Writer, error) {
	x := &Writer{zip: zip.NewWriter(w), from: p, book: b, edits: edits, done: map[*zip.File]bool{}}
	x.looks = &looks{styles: b.Styles, known: map[look]int{}}
	x.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return deflate.NewWriter(w), nil })
	for _, e := range edits {
		if err := e.Check(); err != nil {
			return nil, err
		}
	}
	if err := x.rename(); err != nil {
		return nil, err
	}
	touched := x.touched()
	for _, f := range p.zip.File {
		if slices.Contains(touched, partName(f.Name)) {
			continue
		}
		write := x.keep
		if x.backslashed() && strings.HasSuffix(f.Name, ".rels") {
			write = x.relate
		}
		if err := write(f); err != nil {
			return nil, err
		}
	}
	return x, x.zip.SetComment(p.zip.Comment)
}

// hasDescriptor is the flag of a part that is followed by its sizes.
const hasDescriptor = 1 << 3

// slashes returns the name of a part with slashes. Some writers use backslashes.
func slashes(name string) string { return strings.ReplaceAll(name, `\`, "/") }

// backslashed reports whether the writer of the workbook used backslashes throughout. LibreOffice cannot open such a workbook.
func (x *Writer) backslashed() bool {
	root := x.from.parts["_rels/.rels"]
	return root != nil && strings.Contains(root.Name, `\`)
}

// nameOf returns the name of a part in the copy.
func (x *Writer) nameOf(f *zip.File) string {
	if x.backslashed() {
		return slashes(f.Name)
	}
	return f.Name
}

// relate writes the relationships of a workbook with backslashes, with slashes in the names of parts.
func (x *Writer) relate(f *zip.File) error {
	b, err := x.from.read(f.Name)
	if err != nil {
		return err
	}
	root, err := next(b, prologEnd(b))
	if err != nil {
		return breaksOffAs(err)
	}
	var changes []splice
	err = eachChild(b, span{root.hi, len(b)}, func(m markup, _ span) error {
		for p := m.attrs.lo; !strings.EqualFold(string(m.attribute(b, "TargetMode")), "external"); {
			a, ok := nextAttr(b, m.attrs, &p)
			if !ok {
				break
			}
			if string(a.name.of(b)) == "Target" {
				changes = append(changes, splice{a.value, slashes(string(a.value.of(b)))})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return x.replace(f.Name, applied(b, changes))
}

// keep copies a part unchanged. A folder, which some writers compress to two bytes, is written as an empty one.
func (x *Writer) keep(f *zip.File) error {
	h := f.FileHeader
	if h.Name = x.nameOf(f); !strings.HasSuffix(h.Name, "/") {
		raw, err := f.OpenRaw()
		if err != nil {
			return err
		}
		w, err := x.zip.CreateRaw(&h)
		if err == nil {
			_, err = io.Copy(w, raw)
		}
		return err
	}
	h.Method, h.Flags, h.CRC32, h.CompressedSize64, h.UncompressedSize64 = zip.Store, h.Flags&^hasDescriptor, 0, 0, 0
	_, err := x.zip.CreateRaw(&h)
	return err
}

// touched returns the names of the parts that may be rewritten.
func (x *Writer) touched() []string {
	names := []string{partName(x.book.styles)}
	if x.named {
		names = append(names, partName(x.book.part))
	}
	for _, e := range x.edits {
		names = append(names, partName(e.Sheet.Part))
		for _, t := range e.Survey.Tables {
			names = append(names, partName(t.Part))
		}
	}
	return names
}

// filterName is the hidden name of the cells of a filter, which LibreOffice takes for the filter itself (ECMA-376 part 1, 18.2.5).
const filterName = "_xlnm._FilterDatabase"

// rename widens the hidden names of the filters that the edits widen.
func (x *Writer) rename() error {
	b, err := x.from.read(x.book.part)
	if err != nil {
		return err
	}
	list, ok := child(b, "definedNames")
	if !ok || list.kind != startTag {
		return nil
	}
	end, err := elementEnd(b, list)
	if err != nil {
		return breaksOffAs(err)
	}
	var changes []splice
	err = eachChild(b, span{list.hi, end.lo}, func(m markup, e span) error {
		if m.kind != startTag || string(m.attribute(b, "name")) != filterName {
			return nil
		}
		at := bytes.LastIndexByte(b[:e.hi], '<') // of the end tag
		from := m.hi + bytes.LastIndexByte(b[m.hi:at], '!') + 1
		for _, edit := range x.edits {
			if string(m.attribute(b, "localSheetId")) != strconv.Itoa(edit.Sheet.index) {
				continue
			}
			x.named = true // also in the next run, which widens nothing, and keeps the order of the parts
			if a, ok := parseArea(string(b[from:at])); ok && a == edit.Survey.Filter && edit.joins(a) {
				changes = append(changes, splice{span{from, at}, edit.widened(a).absolute()})
			}
		}
		return nil
	})
	if len(changes) > 0 {
		x.names = applied(b, changes)
	}
	return err
}

// create begins a part that replaces an old one.
func (x *Writer) create(part string) (io.Writer, error) {
	f, err := x.from.part(part)
	if err != nil {
		return nil, err
	}
	return x.zip.CreateHeader(&zip.FileHeader{Name: x.nameOf(f), Method: zip.Deflate, Modified: f.Modified})
}

// Close writes the parts that depend on the sheets, and ends the archive. Every sheet of the edits must have been written.
func (x *Writer) Close() error {
	written := map[string]bool{}
	for _, e := range x.edits {
		for _, t := range e.Survey.Tables {
			if name := partName(t.Part); written[name] {
				continue
			} else {
				written[name] = true
			}
			if err := x.table(e, t); err != nil {
				return err
			}
		}
	}
	if x.named {
		if err := x.replace(x.book.part, x.names); err != nil {
			return err
		}
	}
	return errors.Join(x.replace(x.book.styles, x.looks.patched()), x.zip.Close())
}

// replace writes a part with the given content. A nil content leaves the part unchanged.
func (x *Writer) replace(part string, content []byte) error {
	f, err := x.from.part(part)
	if f == nil || err != nil || x.done[f] {
		return err
	}
	x.done[f] = true
	if content == nil {
		return x.keep(f)
	}
	w, err := x.create(part)
	if err == nil {
		_, err = w.Write(content)
	}
	return err
}
