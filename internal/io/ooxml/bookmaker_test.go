package ooxml

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

const (
	mainSpace = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	relSpace  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
)

// minimal returns the parts of a workbook with one sheet, without the sheet itself.
func minimal() map[string]string {
	return map[string]string{
		"_rels/.rels":                `<Relationships><Relationship Id="r1" Type="` + relSpace + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook ` + mainSpace + ` xmlns:r="` + relSpace + `"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="` + relSpace + `/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="` + relSpace + `/styles" Target="styles.xml"/><Relationship Id="r3" Type="` + relSpace + `/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
	}
}

// zipped returns a zip archive of those parts, by name.
func zipped(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	addParts(t, z, parts)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// addParts adds parts to a zip archive, by name.
func addParts(t testing.TB, z *zip.Writer, parts map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(keys(parts)) {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, parts[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func keys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// openBytes opens a workbook for the duration of a test.
func openBytes(t testing.TB, b []byte) (*Package, *Book) {
	t.Helper()
	p, err := OpenPackage(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	book, err := OpenBook(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close() })
	return p, book
}

// sheetBook returns a workbook with that sheet and additional parts.
func sheetBook(t testing.TB, sheet string, more ...string) []byte {
	t.Helper()
	parts := minimal()
	if !strings.HasPrefix(sheet, "<") {
		t.Fatalf("%q is no sheet", sheet)
	}
	parts["xl/worksheets/sheet1.xml"] = sheet
	for i := 0; i+1 < len(more); i += 2 {
		parts[more[i]] = more[i+1]
	}
	return zipped(t, parts)
}

// edited returns the workbook after an edit of its first sheet that writes those cells to the rows.
func edited(t testing.TB, b []byte, header int, names []string, cells map[int][]any) []byte {
	t.Helper()
	p, book := openBytes(t, b)
	v, err := p.Survey(book.Sheets[0])
	if err != nil {
		t.Fatal(err)
	}
	e := &Edit{Sheet: book.Sheets[0], Survey: v, Header: header, Beside: v.Columns}
	free, _ := v.Free(header, v.Last, len(names))
	if len(v.Tables) > 0 {
		e.Table = v.Tables[0].Part
	}
	for i, name := range names {
		e.Columns = append(e.Columns, Column{Number: free + i, Name: name, New: true})
	}
	return written(t, p, book, e, cells)
}

// written returns the workbook after an edit.
func written(t testing.TB, p *Package, book *Book, e *Edit, cells map[int][]any) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, p, book, e)
	if err != nil {
		t.Fatal(err)
	}
	s, err := w.Sheet(e)
	if err != nil {
		t.Fatal(err)
	}
	for row := 1; row <= e.Survey.Bottom; row++ {
		if c, ok := cells[row]; ok {
			if err := s.Row(row, c); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(s.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// partOf returns the content of a part.
func partOf(t testing.TB, b []byte, name string) string {
	t.Helper()
	p, err := OpenPackage(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	rc, err := p.open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer rc.Close()
	content, err := io.ReadAll(rc)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
