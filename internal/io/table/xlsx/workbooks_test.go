package xlsx_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

var workbooksDir = filepath.Join("..", "..", "..", "..", "testdata", "workbooks")

// specimen is a workbook of testdata/workbooks: how it is created, and what a reader sees in it.
type specimen struct {
	base    string
	build   func(t *testing.T) []byte
	options table.Options
	want    tabletest.Grid
	refused bool // a reader may also refuse it with its name
}

// name returns the file of the specimen.
func (s specimen) name() string { return filepath.Join(workbooksDir, s.base) }

func specimens() []specimen { return slices.Concat(builtBooks, writtenBooks) }

// The workbooks are written here, part by part. go test -update creates them.
func TestWorkbooks(t *testing.T) {
	t.Parallel()
	var bases []string
	for _, s := range specimens() {
		bases = append(bases, s.base)
		t.Run(s.base, func(t *testing.T) {
			t.Parallel()
			made := s.build(t)
			if *update {
				writeSpecimen(t, s, made)
			}
			wantSameParts(t, []byte(tabletest.Read(t, s.name())), made)
			if again := s.build(t); !bytes.Equal(again, made) {
				t.Error("made twice, it differs")
			}
			if len(made) > 40<<10 {
				t.Errorf("got %d bytes, want a small file", len(made))
			}
		})
	}
	slices.Sort(bases)
	if !*update {
		tabletest.OnlyFiles(t, workbooksDir, bases...)
	}
}

func writeSpecimen(t *testing.T, s specimen, made []byte) {
	t.Helper()
	if err := os.MkdirAll(workbooksDir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.name(), made, 0o644); err != nil {
		t.Fatal(err)
	}
}

// wantSameParts tolerates another version of the compressor.
func wantSameParts(t *testing.T, kept, made []byte) {
	t.Helper()
	a, b := partsOf(t, kept), partsOf(t, made)
	same := slices.EqualFunc(a, b, func(a, b part) bool { return a.Name == b.Name && bytes.Equal(a.content, b.content) })
	if !same {
		t.Error("the file is not what is written here; run go test -update")
	}
}

// part is an entry of a zip archive, with its bytes as stored and as unpacked.
type part struct {
	*zip.File
	raw, content []byte
}

func partsOf(t *testing.T, book []byte) []part {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	parts := make([]part, len(zr.File))
	for i, f := range zr.File {
		raw, err := f.OpenRaw()
		if err != nil {
			t.Fatal(err)
		}
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		parts[i] = part{File: f, raw: readAll(t, raw)}
		if parts[i].content, err = io.ReadAll(content); err != nil { // damaged, but perhaps nothing reads it
			parts[i].content = nil
		}
		content.Close()
	}
	return parts
}

// The content of the specimens is read as a user sees it.
func TestWorkbooksRead(t *testing.T) {
	t.Parallel()
	for _, s := range specimens() {
		t.Run(s.base, func(t *testing.T) {
			t.Parallel()
			src, err := open.Open(s.name(), s.options)
			if err != nil && s.refused {
				tabletest.WantError(t, err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			tabletest.Want(t, tabletest.Rows(t, src), s.want)
		})
	}
}

func readAll(t *testing.T, r io.Reader) []byte {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
