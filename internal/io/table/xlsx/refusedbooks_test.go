package xlsx_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

// badSheet returns the bare workbook with something replaced in its sheet.
func badSheet(old, new string) []member { return pack(strings.Replace(bareSheet, old, new, 1)) }

// badPart returns the bare workbook with another, invalid part. The styles and shared strings are related to it.
func badPart(name, text string) []member {
	parts := pack(bareSheet, member{"xl/styles.xml", plainStyles}, member{"xl/sharedStrings.xml", sharedStrings("<t>a</t>")},
		member{"[Content_Types].xml", contentTypes("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", partType+"sharedStrings+xml")},
		member{"xl/_rels/workbook.xml.rels", relations(relNS+"/worksheet", "worksheets/sheet1.xml", relNS+"/sharedStrings", "sharedStrings.xml")})
	for i := range parts {
		if parts[i].name == name {
			parts[i].text = text
		}
	}
	return parts
}

const (
	doctype  = `<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>`
	external = `<!DOCTYPE worksheet SYSTEM "file:///etc/hostname">`
)

// badBooks are workbooks that cannot be read, or are dangerous to read. None may yield a row.
var badBooks = map[string][]member{
	"row 1048577":              badSheet(`<row r="3"`, `<row r="1048577"`),
	"row 1048577 without r":    badSheet(`</row></sheetData>`, `</row><row r="1048576"/><row><c><v>1</v></c></row></sheetData>`),
	"row 0":                    badSheet(`<row r="3"`, `<row r="0"`),
	"row -1":                   badSheet(`<row r="3"`, `<row r="-1"`),
	"row of letters":           badSheet(`<row r="3"`, `<row r="three"`),
	"row over 64 bits":         badSheet(`<row r="3"`, `<row r="99999999999999999999"`),
	"rows backwards":           badSheet(`<row r="3"`, `<row r="1"`),
	"column XFE":               badSheet(`r="B3"`, `r="XFE3"`),
	"column of many letters":   badSheet(`r="B3"`, `r="AAAAAAAAAAAAAAAAAAAA3"`),
	"column after XFD":         badSheet(`r="B3"><v>2.5</v></c>`, `r="XFD3"><v>2.5</v></c><c><v>1</v></c>`),
	"cells backwards":          badSheet(`r="B3"`, `r="A3"`),
	"cell of another row":      badSheet(`r="B3"`, `r="B2"`),
	"cell without number":      badSheet(`r="B3"`, `r="B"`),
	"DTD":                      badSheet(`<worksheet`, doctype+`<worksheet`),
	"DTD from outside":         badSheet(`<worksheet`, external+`<worksheet`),
	"entity":                   badSheet(`<t>one`, `<t>&b;`),
	"attribute without value":  badSheet(`r="B3"`, `r="B3" &`),
	"end tag missing":          badSheet(`</row><row r="3"`, `<row r="3"`),
	"end tag of another":       badSheet(`</is></c><c r="B2"`, `</si></c><c r="B2"`),
	"cut in the rows":          pack(bareSheet[:strings.Index(bareSheet, `<row r="3"`)]),
	"cut after the rows":       pack(strings.TrimSuffix(bareSheet, "</worksheet>")),
	"malformed after the rows": badSheet(`</worksheet>`, `<pageMargins left=></worksheet>`),
	"text after the end":       pack(bareSheet + "<worksheet/>"),
	"no rows":                  badSheet(bareSheet[strings.Index(bareSheet, "<sheetData>"):], "</worksheet>"),
	"not UTF-8":                badSheet("<t>one", "<t>\xEE\xE4\xE8\xED"),
	"a control character":      badSheet("<t>one", "<t>\x01"),
	"UTF-16":                   pack(utf16Text(strings.Replace(bareSheet, "UTF-8", "UTF-16", 1))),
	"windows-1251":             badSheet("UTF-8", "windows-1251"),
	"no sheet part":            pack(""),
	"no sheets":                pack(bareSheet, member{"xl/workbook.xml", workbookXML("")}),
	"no workbook":              pack(bareSheet, member{"xl/workbook.xml", ""}),
	"no relations":             pack(bareSheet, member{"_rels/.rels", ""}, member{"xl/_rels/workbook.xml.rels", ""}),
	"DTD in the workbook":      badPart("xl/workbook.xml", xmlHead+doctype+`<workbook xmlns="`+mainNS+`"/>`),
	"DTD in the strings":       badPart("xl/sharedStrings.xml", xmlHead+doctype+`<sst xmlns="`+mainNS+`"><si><t>&b;</t></si></sst>`),
	"DTD in the styles":        badPart("xl/styles.xml", xmlHead+doctype+`<styleSheet xmlns="`+mainNS+`"/>`),
	"strings cut":              badPart("xl/sharedStrings.xml", strings.TrimSuffix(sharedStrings("<t>a</t>"), "</si></sst>")),
	"styles cut":               badPart("xl/styles.xml", plainStyles[:len(plainStyles)-40]),
	"workbook cut":             badPart("xl/workbook.xml", xmlHead+"<workbook><sheets>"),
	"UTF-16 strings":           badPart("xl/sharedStrings.xml", utf16Text(strings.Replace(sharedStrings("<t>a</t>"), "UTF-8", "UTF-16", 1))),
}

// utf16Text returns a text in UTF-16 with a byte order mark.
func utf16Text(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune("\uFEFF" + s)) {
		b.Write([]byte{byte(u), byte(u >> 8)})
	}
	return b.String()
}

// A workbook that cannot be read completely is refused when it is opened, with a hint.
func TestWorkbooksRefused(t *testing.T) {
	t.Parallel()
	for name, parts := range badBooks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefused(t, zipped(parts)(t))
		})
	}
	good := zipped(badPart("", ""))(t)
	file := filepath.Join(t.TempDir(), "good.xlsx")
	tabletest.Write(t, file, string(good))
	tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, file)), tabletest.Grid{{"q", "n"}, {"one", "1"}, {"two", "2.5"}})
}

func wantRefused(t *testing.T, book []byte) {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "bad.xlsx")
	tabletest.Write(t, name, string(book))
	src, err := open.Open(name, table.Options{})
	if err == nil {
		src.Close()
	}
	var e *table.Error
	if !errors.As(err, &e) || e.Name != name || e.Msg.IsZero() || e.Hint.IsZero() {
		t.Errorf("got %v, want an *Error with a hint", err)
	}
	tabletest.OnlyFiles(t, dir, "bad.xlsx")
}

// A truncated archive is not a workbook.
func TestWorkbooksTruncated(t *testing.T) {
	t.Parallel()
	whole := zipped(pack(bareSheet))(t)
	for n := 8; n < len(whole); n += 67 {
		wantRefused(t, whole[:n])
	}
	for _, mark := range []string{"xl/worksheets/sheet1.xml", "xl/workbook.xml"} {
		damaged := bytes.Clone(whole)
		damaged[bytes.Index(damaged, []byte(mark))+len(mark)+40] ^= 0x10
		wantRefused(t, damaged)
	}
}

// A part that unpacks to an implausible size is refused by the size in the directory, and one with a false size in the directory by
// its actual size.
func TestWorkbooksBomb(t *testing.T) {
	t.Parallel()
	spaces := strings.Replace(bareSheet, "<sheetData>", strings.Repeat(" ", 300<<10)+"<sheetData>", 1)
	for _, declared := range []uint64{300 << 20, 1 << 40, 1000} {
		parts := pack(spaces)
		book := partsOf(t, zipped(parts)(t))
		var b bytes.Buffer
		zw := zip.NewWriter(&b)
		for _, p := range book {
			h := p.FileHeader
			if p.Name == "xl/worksheets/sheet1.xml" {
				h.UncompressedSize64 = declared
			}
			h.Flags &^= 8 // the sizes precede the part
			w, err := zw.CreateRaw(&h)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(p.raw); err != nil {
				t.Fatal(err)
			}
		}
		if err := zw.Close(); err != nil {
			t.Fatal(err)
		}
		wantRefused(t, b.Bytes())
	}
}

// oleMagic begins workbooks of the old format, and encrypted ones.
const oleMagic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

func TestWorkbooksEncrypted(t *testing.T) {
	t.Parallel()
	const stream = "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"
	for want, content := range map[string]string{
		"encrypted": oleMagic + strings.Repeat("\x00", 1016) + stream + strings.Repeat("\x00", 512),
		"xls":       oleMagic + strings.Repeat("\x00", 2040),
	} {
		wantRefused(t, []byte(content))
		name := filepath.Join(t.TempDir(), "in.xlsx")
		tabletest.Write(t, name, content)
		if _, err := open.Open(name, table.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q named", err, want)
		}
	}
}
