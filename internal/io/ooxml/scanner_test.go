package ooxml

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"gigabatch/internal/io/stream"
)

// scanAll scans a sheet from r, and returns what it saw: the bytes before the rows, each row with its cells, and the bytes after them.
// size is the initial size of the window.
func scanAll(r io.Reader, size int) (seen []string, err error) {
	n := &Scanner{elements: elements{Window: stream.Window{R: r, Hint: int64(size)}}, name: "sheet", part: io.NopCloser(r)}
	if err := n.enterRows(); err != nil {
		return nil, err
	}
	seen = append(seen, string(n.Head()))
	for {
		row, err := n.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return seen, err
		}
		seen = append(seen, string(row.Raw), describe(row))
	}
	tail, err := n.Tail()
	return append(seen, string(tail)), err
}

func describe(r *Row) string {
	s := fmt.Sprintf("%d hidden %v style %d:", r.Number, r.Hidden, r.Style)
	for _, c := range r.Cells {
		s += fmt.Sprintf(" %s type %d style %d formula %v value %v %q;", CellName(c.Column, r.Number), c.Type, c.Style, c.Formula, c.Stored(), c.value.of(r.Raw))
	}
	return s
}

func TestScan(t *testing.T) {
	t.Parallel()
	const sheet = "<?xml version='1.0'?><!-- <sheetData> --><worksheet><cols/><sheetData>" +
		"\n<row r='2' hidden='1' s='3'><c r='B2' s='4' t='s'><v>7</v></c><c><f>A1</f></c><c r='F2' t='str'><f>A2</f><v/></c></row>" +
		"<row s='5' customFormat='true'/><!-- between --><row r=\"9\"><c t='inlineStr'><is><t>a</t></is></c><c t='b'><v>1</v></c><c t='e'><v>#N/A</v></c><c t='d'><v>2026-01-02</v></c><c><v></v></c></row>" +
		"<other><row/></other></sheetData><pageMargins left='1'/></worksheet>\n"
	want := []string{
		"<?xml version='1.0'?><!-- <sheetData> --><worksheet><cols/><sheetData>",
		"\n<row r='2' hidden='1' s='3'><c r='B2' s='4' t='s'><v>7</v></c><c><f>A1</f></c><c r='F2' t='str'><f>A2</f><v/></c></row>",
		`2 hidden true style 0: B2 type 1 style 4 formula false value true "7"; C2 type 0 style 0 formula true value false ""; F2 type 4 style 0 formula true value true "";`,
		"<row s='5' customFormat='true'/>", "3 hidden false style 5:",
		"<!-- between --><row r=\"9\"><c t='inlineStr'><is><t>a</t></is></c><c t='b'><v>1</v></c><c t='e'><v>#N/A</v></c><c t='d'><v>2026-01-02</v></c><c><v></v></c></row>",
		`9 hidden false style 0: A9 type 5 style 0 formula false value true "<t>a</t>"; B9 type 2 style 0 formula false value true "1"; C9 type 3 style 0 formula false value true "#N/A"; D9 type 6 style 0 formula false value true "2026-01-02"; E9 type 0 style 0 formula false value false "";`,
		"<other><row/></other></sheetData><pageMargins left='1'/></worksheet>\n",
	}
	got, err := scanAll(strings.NewReader(sheet), 0)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// A sheet larger than the window, with a row that is also larger, is scanned in pieces of any size.
func TestScanLong(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("<worksheet><sheetData>")
	for i := range 3000 {
		fmt.Fprintf(&b, "<row r='%d'><c t='str'><v>%s</v></c></row>", i+1, strings.Repeat("x", i%400))
	}
	fmt.Fprintf(&b, "<row r='9000'><c t='str'><v>%s<![CDATA[%s]]></v></c></row></sheetData></worksheet>", strings.Repeat("y", 3*stream.Size), strings.Repeat("</row>", 100_000))
	want, err := scanAll(strings.NewReader(b.String()), 0)
	if err != nil || len(want) != 2*3001+2 {
		t.Fatalf("got %d pieces, error %v", len(want), err)
	}
	got, err := scanAll(iotest.HalfReader(strings.NewReader(b.String())), 7)
	if err != nil || strings.Join(got, "") != strings.Join(want, "") {
		t.Errorf("in halves: got %d pieces, error %v", len(got), err)
	}
}

func TestScanRefused(t *testing.T) {
	t.Parallel()
	sheet := func(rows string) string { return "<worksheet><sheetData>" + rows + "</sheetData></worksheet>" }
	for in, want := range map[string]string{
		sheet("<row r='3'/><row r='2'/>"):                     "out of order: row 2 is after row 3",
		sheet("<row r='3'/><row r='3'/>"):                     "out of order",
		sheet("<row r='1048577'/>"):                           "row 1048577, but the last possible row is 1048576",
		sheet("<row><c r='XFE1'/></row>"):                     "column 16385",
		sheet("<row><c r='B1'/><c r='A1'/></row>"):            "A is after B",
		sheet("<row r='4'><c r='B5'/></row>"):                 `a cell of row 4 is named "B5"`,
		sheet("<row><c t='x'/></row>"):                        `type "x"`,
		sheet("<row><c></row>"):                               "near row 1",
		"<worksheet><sheetData><row r='5'/>":                  "near row 5: the sheet ends unexpectedly",
		"<worksheet><sheetData/>":                             "ends unexpectedly",
		"<worksheet/>":                                        "ends unexpectedly",
		"":                                                    "ends unexpectedly",
		sheet("") + "<more/>":                                 "malformed",
		sheet("") + "more":                                    "malformed",
		"<worksheet><sheetData></worksheet></sheetData>":      "malformed",
		"<!DOCTYPE a><worksheet><sheetData/></worksheet>":     "document type",
		"\xFF\xFE<\x00":                                       "UTF-16",
		"<?xml version='1.0' encoding='KOI8-R'?>" + sheet(""): "koi8-r",
	} {
		_, err := scanAll(strings.NewReader(in), 0)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want %q", in, err, want)
		}
	}
}

// Nothing panics, the size of the pieces does not matter, and the pieces together are the sheet.
func FuzzScanner(f *testing.F) {
	for _, rows := range []string{"<row/>", "<row r='2' s='1' customFormat='1'><c r='A2' t='s'><v>1</v></c></row>", "<row><c t='inlineStr'><is><t>&lt;</t></is></c><c><f>a</f></c></row>",
		"<row><![CDATA[</row>]]></row>", "<a><row/></a><!-- --><row spans='1:1'/>", "<row><c><v>1</c></row>"} {
		f.Add([]byte("<worksheet><sheetData>" + rows + "</sheetData></worksheet>"))
	}
	f.Add([]byte("<x:worksheet><x:sheetData><x:row><x:c/></x:row></x:sheetData></x:worksheet>"))
	f.Add([]byte("<worksheet><sheetData/></worksheet>"))
	f.Fuzz(func(t *testing.T, in []byte) {
		seen, err := scanAll(strings.NewReader(string(in)), 0)
		again, err2 := scanAll(iotest.OneByteReader(strings.NewReader(string(in))), 1)
		if fmt.Sprintf("%q", seen) != fmt.Sprintf("%q", again) || fmt.Sprint(err) != fmt.Sprint(err2) {
			t.Fatalf("%q: got %q, %v, and byte by byte %q, %v", in, seen, err, again, err2)
		}
		if err == nil && joined(seen) != string(in) {
			t.Errorf("%q: got %q", in, seen)
		}
	})
}

// joined returns the sheet that was scanned.
func joined(seen []string) string {
	var b strings.Builder
	for i, s := range seen {
		if i == 0 || i == len(seen)-1 || i%2 == 1 {
			b.WriteString(s)
		}
	}
	return b.String()
}
