package ooxml

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func openPackage(t testing.TB, b []byte) *Package {
	t.Helper()
	p, err := OpenPackage(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Errors name the part. A refusal for a reason other than damage has a hint.
func TestBookRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		part, text, want string
		refusal          bool
	}{
		{"_rels/.rels", "", "_rels/.rels: the part is empty", false},
		{"_rels/.rels", "<Relationships/>", "without a workbook", true},
		{"_rels/.rels", strings.Replace(minimal()["_rels/.rels"], "workbook.xml", "workbook.bin", 1), ".xlsb", true},
		{"_rels/.rels", strings.Replace(minimal()["_rels/.rels"], "workbook.xml", "other.xml", 1), `"xl/other.xml" is missing`, false},
		{"xl/workbook.xml", "<document/>", "is a document, not a workbook", true},
		{"xl/workbook.xml", "<workbook><sheets>", "xl/workbook.xml: XML syntax error", false},
		{"xl/workbook.xml", "<!DOCTYPE a><workbook/>", "document type", true},
		{"xl/workbook.xml", "\xFE\xFF\x00<", "UTF-16", true},
		{"xl/sharedStrings.xml", "<sst><si><t>a</t></si>", "xl/sharedStrings.xml", false},
		{"xl/sharedStrings.xml", "<sst><si><t>\xEE</t></si></sst>", "not valid UTF-8", false},
		{"xl/sharedStrings.xml", "<?xml version='1.0' encoding='windows-1251'?><sst/>", "windows-1251", true},
		{"xl/styles.xml", "<styleSheet><cellXfs>", "xl/styles.xml: the part ends unexpectedly", false},
		{"XL/Workbook.xml", "<workbook/>", "two parts", true},
	}
	for _, tt := range tests {
		parts := minimal()
		parts["xl/worksheets/sheet1.xml"] = sheetOf("<sheetData/>")
		parts[tt.part] = tt.text
		b, err := OpenBook(openPackage(t, zipped(t, parts)))
		var r *Refusal
		if err == nil || !strings.Contains(err.Error(), tt.want) || errors.As(err, &r) != tt.refusal {
			t.Errorf("%s %q: got %v, error %v, want %q", tt.part, tt.text, b, err, tt.want)
		}
		if r != nil && r.Hint.IsZero() {
			t.Errorf("%s %q: got no hint", tt.part, tt.text)
		}
	}
}

// Only the requested sheet is read: damage of another sheet does not matter.
func TestOtherSheetDamaged(t *testing.T) {
	t.Parallel()
	parts := minimal()
	parts["xl/workbook.xml"] = strings.Replace(parts["xl/workbook.xml"], "</sheets>", `<sheet name="T" sheetId="2" r:id="r9" state="hidden"/><sheet name="chart" sheetId="3" r:id="r8"/></sheets>`, 1)
	parts["xl/_rels/workbook.xml.rels"] = strings.Replace(parts["xl/_rels/workbook.xml.rels"], "</", `<Relationship Id="r9" Type="`+relSpace+`/worksheet" Target="/xl\worksheets/Sheet2.xml"/><Relationship Id="r8" Type="`+relSpace+`/chartsheet" Target="c.xml"/></`, 1)
	parts["xl/worksheets/sheet1.xml"] = sheetOf(`<sheetData><row r="2"><c r="C2"><v>1</v></c></row>`)
	parts["xl/worksheets/sheet2.xml"] = sheetOf(`<sheetData><row r="2"><c r="C2"><v>1</v></c><c r="D2"/></row></sheetData>`)
	p, book := openBytes(t, zipped(t, parts))
	if len(book.Sheets) != 2 || !book.Sheets[0].Visible || book.Sheets[1].Visible || book.Sheets[1].Name != "T" {
		t.Fatalf("got sheets %+v", book.Sheets)
	}
	v, err := p.Survey(book.Sheets[1])
	if err != nil || v.Rows != 1 || v.First != 2 || v.Last != 2 || v.Left != 3 || v.Columns != 3 || v.Right != 4 {
		t.Errorf("got %+v, error %v", v, err)
	}
	if _, err := p.Survey(book.Sheets[0]); err == nil || !strings.HasPrefix(err.Error(), "xl/worksheets/sheet1.xml: ") {
		t.Errorf("got error %v, want one that names the part", err)
	}
}
