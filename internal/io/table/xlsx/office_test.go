package xlsx_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/tabletest"
)

// csvOfEverySheet specifies UTF-8, commas, cells as shown, and a file for each sheet.
const csvOfEverySheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"

// LibreOffice opens every copy, and finds the old cells and the new ones. LibreOffice silently shows only the beginning of a damaged
// sheet. What it shows of the copy is therefore compared with what it shows of the workbook, cell by cell and to the end.
func TestOffice(t *testing.T) {
	t.Parallel()
	s, work := tabletest.NewOffice(t), t.TempDir()
	copies, files := officeCopies(t, work)
	torn := filepath.Join(work, "torn.xlsx")
	content := tabletest.Read(t, files[0])
	tabletest.Write(t, torn, content[:len(content)-100])

	sheets, said := s.Convert(t, csvOfEverySheet, append(files, torn)...)
	if n := strings.Count(said, "could not be loaded"); n != 1 {
		t.Errorf("got %d files that could not be loaded, want only the torn one\n%s", n, said)
	}
	var outputs []string
	for n, c := range copies {
		t.Run(c.String(), func(t *testing.T) { c.checkOffice(t, sheets, n) })
		outputs = append(outputs, c.dst)
	}
	pages, said := s.Convert(t, "pdf", outputs...)
	if strings.Contains(said, "Error") {
		t.Error(said)
	}
	for _, name := range outputs {
		wantPages(t, filepath.Join(pages, strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))+".pdf"))
	}
}

func wantPages(t *testing.T, pdf string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "pdfinfo", pdf).CombinedOutput()
	if err != nil || !regexp.MustCompile(`(?m)^Pages: +[1-9]`).Match(out) {
		t.Errorf("%s: got error %v\n%s", pdf, err, out)
	}
}

// officeCopies returns the copies of all workbooks, and the files to convert: the originals and their copies.
func officeCopies(t *testing.T, dir string) (copies []*bookCopy, files []string) {
	t.Helper()
	for _, s := range subjects(t) {
		if s.options.AllSheets && !s.must {
			continue // the same parts as with one sheet, and slow
		}
		n := len(copies)
		c, err := s.copyTo(t, filepath.Join(dir, fmt.Sprintf("is-%d%s", n, table.Extension(s.name))))
		if err != nil {
			if s.must {
				t.Errorf("%s: %v", s, err)
			}
			continue
		}
		was := filepath.Join(dir, fmt.Sprintf("was-%d%s", n, table.Extension(s.name)))
		tabletest.Write(t, was, tabletest.Read(t, s.name))
		copies, files = append(copies, c), append(files, was, c.dst)
	}
	return copies, files
}

// checkOffice compares the sheets of the workbook and its copy, as LibreOffice shows them.
func (c *bookCopy) checkOffice(t *testing.T, sheets string, n int) {
	was, is := officeSheets(t, sheets, fmt.Sprintf("was-%d-", n)), officeSheets(t, sheets, fmt.Sprintf("is-%d-", n))
	if len(was) == 0 || len(was) != len(is) {
		t.Fatalf("got %d sheets, want %d", len(is), len(was))
	}
	patched := 0
	for name, a := range was {
		b, ok := is[name]
		if !ok {
			t.Errorf("got no sheet %q", name)
		}
		sameOldCells(t, name, a, b)
		if at := columnOf(b, ourAnswer); at >= 0 {
			patched++
			c.checkOurs(t, name, b, at)
		} else if !slices.EqualFunc(a, b, slices.Equal) {
			t.Errorf("the sheet %q shows otherwise", name)
		}
	}
	if patched != c.sheetsRead() {
		t.Errorf("got our columns on %d sheets, want %d", patched, c.sheetsRead())
	}
}

func columnOf(sheet [][]string, name string) int {
	for _, row := range sheet {
		if i := slices.Index(row, name); i >= 0 {
			return i
		}
	}
	return -1
}

// checkOurs finds the new cells on a sheet, the first in column at.
func (c *bookCopy) checkOurs(t *testing.T, name string, sheet [][]string, at int) {
	t.Helper()
	for _, row := range c.rows {
		if row.Sheet != "" && row.Sheet != name {
			continue
		}
		for i, cell := range ourCells(row) {
			got := ""
			if row.Line <= len(sheet) && at+i < len(sheet[row.Line-1]) {
				got = sheet[row.Line-1][at+i]
			}
			if officeText(got) != officeText(shown(cell)) {
				t.Errorf("sheet %q, row %d: got %.80q, want %.80q", name, row.Line, got, shown(cell))
			}
		}
	}
}

// officeText returns a text without what LibreOffice reads in its own way: control characters, and escapes that are meant literally.
func officeText(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(unescape(s))
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}

// officeSheets returns the sheets that were written to files with that prefix, by name.
func officeSheets(t *testing.T, dir, prefix string) map[string][][]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	sheets := map[string][][]string{}
	for _, e := range entries {
		if sheet, ok := strings.CutPrefix(strings.TrimSuffix(e.Name(), ".csv"), prefix); ok {
			sheets[sheet] = officeRows(tabletest.Read(t, filepath.Join(dir, e.Name())))
		}
	}
	return sheets
}

// officeRows reads the output of LibreOffice. encoding/csv omits empty lines and would lose count of the rows.
func officeRows(text string) (rows [][]string) {
	var row []string
	var cell strings.Builder
	for quoted := false; text != ""; text = text[1:] {
		switch c := text[0]; {
		case c == '"' && quoted && strings.HasPrefix(text, `""`):
			cell.WriteByte(c)
			text = text[1:]
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ',' || c == '\n'):
			row = append(row, cell.String())
			cell.Reset()
			if c == '\n' {
				rows, row = append(rows, row), nil
			}
		default:
			cell.WriteByte(c)
		}
	}
	return rows
}
