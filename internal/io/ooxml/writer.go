package ooxml

import (
	"archive/zip"
	"errors"
	"io"
	"slices"
	"strings"
)

// Writer rewrites a workbook. Parts that no edit changes keep their bytes, including compressed ones. Rewritten parts come last.
type Writer struct {
	zip   *zip.Writer
	from  *Package
	book  *Book
	edits []*Edit
	looks *looks
}

// NewWriter begins a copy of p with the parts that the edits do not change. The sheets of the edits must then be written, in order,
// with Sheet.
func NewWriter(w io.Writer, p *Package, b *Book, edits ...*Edit) (*Writer, error) {
	x := &Writer{zip: zip.NewWriter(w), from: p, book: b, edits: edits, looks: &looks{styles: b.Styles, known: map[look]int{}}}
	x.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return newDeflater(w), nil })
	for _, e := range edits {
		if err := e.Check(); err != nil {
			return nil, err
		}
	}
	touched := x.touched()
	for _, f := range p.zip.File {
		if slices.Contains(touched, partName(f.Name)) {
			continue
		}
		if err := x.keep(f); err != nil {
			return nil, err
		}
	}
	return x, x.zip.SetComment(p.zip.Comment)
}

// hasDescriptor is the flag of a part that is followed by its sizes.
const hasDescriptor = 1 << 3

// keep copies a part unchanged. A folder, which some writers compress to two bytes, is written as an empty one.
func (x *Writer) keep(f *zip.File) error {
	if !strings.HasSuffix(f.Name, "/") {
		return x.zip.Copy(f)
	}
	h := f.FileHeader
	h.Method, h.Flags, h.CRC32, h.CompressedSize64, h.UncompressedSize64 = zip.Store, h.Flags&^hasDescriptor, 0, 0, 0
	_, err := x.zip.CreateRaw(&h)
	return err
}

// touched returns the names of the parts that may be rewritten.
func (x *Writer) touched() []string {
	names := []string{partName(x.book.styles)}
	for _, e := range x.edits {
		names = append(names, partName(e.Sheet.Part))
		for _, t := range e.Survey.Tables {
			names = append(names, partName(t.Part))
		}
	}
	return names
}

// create begins a part that replaces an old one.
func (x *Writer) create(part string) (io.Writer, error) {
	f, err := x.from.part(part)
	if err != nil {
		return nil, err
	}
	return x.zip.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: f.Modified})
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
	return errors.Join(x.replace(x.book.styles, x.looks.patched()), x.zip.Close())
}

// replace writes a part with the given content. A nil content leaves the part unchanged.
func (x *Writer) replace(part string, content []byte) error {
	f, err := x.from.part(part)
	if f == nil || err != nil {
		return err
	}
	if content == nil {
		return x.zip.Copy(f)
	}
	w, err := x.create(part)
	if err == nil {
		_, err = w.Write(content)
	}
	return err
}
