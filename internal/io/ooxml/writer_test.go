package ooxml

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

func sheetOf(rows string) string { return `<worksheet ` + mainSpace + `>` + rows + `</worksheet>` }

// The rows of the sheet before and after two cells, "x" and 1, are written into row 2.
func TestWriteRows(t *testing.T) {
	t.Parallel()
	const x, one = `t="inlineStr"><is><t>x</t></is></c>`, `><v>1</v></c>`
	tests := []struct{ name, before, after string }{
		{"plain",
			`<sheetData><row r="1"><c r="A1"><v>0</v></c></row><row r="2"><c r="A2"><v>5</v></c></row></sheetData>`,
			`<sheetData><row r="1"><c r="A1"><v>0</v></c><c r="B1" t="inlineStr"><is><t>p</t></is></c><c r="C1" t="inlineStr"><is><t>q</t></is></c></row><row r="2"><c r="A2"><v>5</v></c><c r="B2" ` + x + `<c r="C2"` + one + `</row></sheetData>`},
		{"no references, spans, spaces between",
			"<sheetData>\n <row spans=\"1:1\"> <c><v>0</v></c> </row>\n <row><c><v>5</v></c></row>\n</sheetData>",
			"<sheetData>\n <row spans=\"1:3\"> <c><v>0</v></c><c r=\"B1\" t=\"inlineStr\"><is><t>p</t></is></c><c r=\"C1\" t=\"inlineStr\"><is><t>q</t></is></c> </row>\n <row><c><v>5</v></c><c r=\"B2\" " + x + `<c r="C2"` + one + "</row>\n</sheetData>"},
		{"end tags in text, other elements",
			`<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t><![CDATA[</row></c>]]></t></is></c><extLst><ext/></extLst></row><!-- </row> --><row r="2"><c r="A2"><v>5</v></c></row></sheetData>`,
			`<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t><![CDATA[</row></c>]]></t></is></c><c r="B1" t="inlineStr"><is><t>p</t></is></c><c r="C1" t="inlineStr"><is><t>q</t></is></c><extLst><ext/></extLst></row><!-- </row> --><row r="2"><c r="A2"><v>5</v></c><c r="B2" ` + x + `<c r="C2"` + one + `</row></sheetData>`},
		{"empty cells in the way, ghost rows",
			`<sheetData><row r="1" spans="1:2"><c r="A1"><v>0</v></c><c r="B1" s="0"/></row><row r="2" spans='1:4'><c r="A2"><v>5</v></c><c r="C2"/><c r="D2"/></row><row r="7" ht="3"/></sheetData>`,
			`<sheetData><row r="1" spans="1:3"><c r="A1"><v>0</v></c><c r="B1" t="inlineStr"><is><t>p</t></is></c><c r="C1" t="inlineStr"><is><t>q</t></is></c></row><row r="2" spans='1:4'><c r="A2"><v>5</v></c><c r="B2" ` + x + `<c r="C2"` + one + `<c r="D2"/></row><row r="7" ht="3"/></sheetData>`},
		{"a dimension, columns, more behind",
			`<dimension ref="A1"/><cols><col min="1" max="16384" width="9" style="0"/></cols><sheetData><row r="1"><c r="A1"><v>0</v></c></row><row r="2"><c r="A2"><v>5</v></c></row></sheetData><autoFilter ref="A1:A2"/><pageMargins left="1"/>`,
			`<dimension ref="A1:C2"/><cols><col min="1" max="16384" width="9" style="0"/></cols><sheetData><row r="1"><c r="A1"><v>0</v></c><c r="B1" t="inlineStr"><is><t>p</t></is></c><c r="C1" t="inlineStr"><is><t>q</t></is></c></row><row r="2"><c r="A2"><v>5</v></c><c r="B2" ` + x + `<c r="C2"` + one + `</row></sheetData><autoFilter ref="A1:C2"/><pageMargins left="1"/>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out := edited(t, sheetBook(t, sheetOf(tt.before)), 1, []string{"p", "q"}, map[int][]any{2: {"x", int64(1)}})
			if got := partOf(t, out, "xl/worksheets/sheet1.xml"); got != sheetOf(tt.after) {
				t.Errorf("got\n%s\nwant\n%s", got, sheetOf(tt.after))
			}
		})
	}
}

// If the elements of a sheet have a prefix, new cells have it too.
func TestWritePrefix(t *testing.T) {
	t.Parallel()
	sheet := `<x:worksheet xmlns:x="m"><x:sheetData><x:row r="1"><x:c r="A1"><x:v>0</x:v></x:c></x:row></x:sheetData></x:worksheet>`
	out := edited(t, sheetBook(t, sheet), 1, []string{" p"}, nil)
	want := `<x:c r="B1" t="inlineStr"><x:is><x:t xml:space="preserve"> p</x:t></x:is></x:c></x:row>`
	if got := partOf(t, out, "xl/worksheets/sheet1.xml"); !strings.Contains(got, want) {
		t.Errorf("got %s, want it to hold %s", got, want)
	}
}

func TestWriteValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		value any
		want  string
	}{
		{nil, ""},
		{Keep, ""},
		{"", `t="inlineStr"><is><t></t></is></c>`},
		{"a<b>&\n\"\t", `t="inlineStr"><is><t xml:space="preserve">a&lt;b&gt;&amp;` + "\n\"\t</t>"},
		{"\x01\r_x0041_\uFFFF\xFF", `<t>_x0001__x000D__x005F_x0041__xFFFF_` + "\uFFFD</t>"},
		{0.1, "><v>0.1</v></c>"}, {1e21, "><v>1e+21</v></c>"}, {int64(-3), "><v>-3</v></c>"}, {true, ` t="b"><v>1</v></c>`},
		{time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), "><v>46348.5</v></c>"},
	}
	sheet := sheetOf(`<sheetData><row r="1"><c r="A1"><v>0</v></c></row><row r="2"><c r="A2"><v>5</v></c></row></sheetData>`)
	for _, tt := range tests {
		out := partOf(t, edited(t, sheetBook(t, sheet), 1, []string{"p"}, map[int][]any{2: {tt.value}}), "xl/worksheets/sheet1.xml")
		if got := strings.Contains(out, `<c r="B2"`); got != (tt.want != "") || !strings.Contains(out, tt.want) {
			t.Errorf("%#v: got %s, want %s", tt.value, out, tt.want)
		}
	}
}

// Refilled cells keep their style, even if they become empty. Kept cells keep every byte.
func TestWriteRefill(t *testing.T) {
	t.Parallel()
	b := sheetBook(t, sheetOf(`<sheetData><row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>`+
		`<row r="2"><c s="3" t="str"><v>old</v></c><c><v>1</v></c></row><row r="3"><c r="B3"><v>2</v></c></row><row r="4"><c r="A4" cm="1"><v>9</v></c></row></sheetData>`))
	p, book := openBytes(t, b)
	v, err := p.Survey(book.Sheets[0])
	if err != nil {
		t.Fatal(err)
	}
	e := &Edit{Sheet: book.Sheets[0], Survey: v, Header: 1, Columns: []Column{{Number: 1, Name: "a"}}}
	got := partOf(t, written(t, p, book, e, map[int][]any{2: {nil}, 3: {"new"}, 4: {Keep}}), "xl/worksheets/sheet1.xml")
	for _, want := range []string{
		`<c r="A2" s="3"/><c><v>1</v></c>`, `<row r="3"><c r="A3" t="inlineStr"><is><t>new</t></is></c><c r="B3">`, `<c r="A4" cm="1"><v>9</v></c>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want it to hold %s", got, want)
		}
	}
}

// An edit that would change other content is refused before anything is written.
func TestWriteRefused(t *testing.T) {
	t.Parallel()
	rows := `<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row><row r="3"><c r="A3"><v>1</v></c></row></sheetData>`
	tests := []struct {
		sheet  string
		column Column
		want   string
	}{
		{rows, Column{Number: 1}, "cell A2 contains a formula"},
		{rows + `<mergeCells><mergeCell ref="A3:B3"/></mergeCells>`, Column{Number: 2}, "cell B3 is merged with others"},
		{rows + `<mergeCells><mergeCell ref="B2:B3"/></mergeCells>`, Column{Number: 2}, "cell B3 is merged with others"},
		{rows + `<mergeCells><mergeCell ref="B1:B3"/></mergeCells>`, Column{Number: 2}, "cell B2 is merged with others"},
		{strings.Replace(rows, "<f>", `<f t="array" ref="A2:C3">`, 1), Column{Number: 3}, "cell C3 contains a formula"},
		{rows, Column{Number: MaxColumns + 1, New: true}, "no room for more columns"},
		{rows + `<mergeCells><mergeCell ref="A1:B1"/></mergeCells>`, Column{Number: 2}, ""},
	}
	for _, tt := range tests {
		p, book := openBytes(t, sheetBook(t, sheetOf(tt.sheet)))
		v, err := p.Survey(book.Sheets[0])
		if err != nil {
			t.Fatal(err)
		}
		e := &Edit{Sheet: book.Sheets[0], Survey: v, Header: 1, Columns: []Column{tt.column}}
		err = e.Check()
		var r *Refusal
		if tt.want == "" && err == nil {
			continue
		}
		if !errors.As(err, &r) || !strings.Contains(r.Msg.String(), tt.want) || r.Hint.IsZero() {
			t.Errorf("%s: got %v, want %q", tt.sheet, err, tt.want)
		}
	}
}

const stylesXML = `<styleSheet><numFmts count="1"><numFmt numFmtId="164" formatCode="0.00&quot; kg&quot;"/></numFmts><cellXfs count="4">` +
	`<xf numFmtId="0"/><xf numFmtId="164" fontId="2" applyNumberFormat="1" quotePrefix="1"/>` +
	`<xf numFmtId="0" fontId="1"><alignment horizontal="right" shrinkToFit="1"/><protection locked="0"/></xf>` +
	`<xf numFmtId="0" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf></cellXfs><dxfs/></styleSheet>`

// New cells look like their neighbours. Existing formats are reused, others are appended once.
func TestWriteStyles(t *testing.T) {
	t.Parallel()
	sheet := sheetOf(`<cols><col min="1" max="9" style="1"/></cols><sheetData><row r="1"><c r="A1" s="2"><v>0</v></c></row><row r="2"><c r="A2" s="1"><v>5</v></c></row>` +
		`<row r="3" s="2" customFormat="1"><c r="B3"><v>1</v></c></row><row r="4"><c r="A4"><v>1</v></c></row><row r="5" s="2"><c r="B5"><v>1</v></c></row></sheetData>`)
	b := sheetBook(t, sheet, "xl/styles.xml", stylesXML)
	p, book := openBytes(t, b)
	v, err := p.Survey(book.Sheets[0])
	if err != nil {
		t.Fatal(err)
	}
	e := &Edit{Sheet: book.Sheets[0], Survey: v, Header: 1, Beside: 1, Columns: []Column{{Number: 3, Name: "p", New: true}}}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	out := written(t, p, book, e, map[int][]any{2: {"text"}, 3: {1.5}, 4: {"text"}, 5: {now}})
	got := partOf(t, out, "xl/worksheets/sheet1.xml")
	for _, want := range []string{`<c r="C1" s="2"`, `<c r="C2" s="4" t`, `<c r="C3" s="2">`, `<c r="C4" s="3" t`, `<c r="C5" s="5">`} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want it to hold %s", got, want)
		}
	}
	added := `<xf numFmtId="0" fontId="2" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>` +
		`<xf numFmtId="22" fontId="2" applyNumberFormat="1"/>`
	want := strings.Replace(strings.Replace(stylesXML, `<cellXfs count="4">`, `<cellXfs count="6">`, 1), `</cellXfs>`, added+`</cellXfs>`, 1)
	if got := partOf(t, out, "xl/styles.xml"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// An alignment keeps its attributes, and also wraps.
func TestWrapped(t *testing.T) {
	t.Parallel()
	s := &Styles{Raw: []byte(stylesXML), codes: map[int]string{}}
	if err := s.find(); err != nil {
		t.Fatal(err)
	}
	want := `<xf numFmtId="0" fontId="1" applyAlignment="1"><alignment horizontal="right" wrapText="1"/><protection locked="0"/></xf>`
	if got := s.derive(look{2, prose}, ""); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A table that ends directly before the new columns is extended by them. Any other table is unchanged.
func TestWriteTable(t *testing.T) {
	t.Parallel()
	const table = `<table id="1" displayName="T" ref="A1:B3"%s><autoFilter ref="A1:B3"/><tableColumns count="2"><tableColumn id="1" name="a"/><tableColumn id="7" name="b"/></tableColumns></table>`
	sheet := sheetOf(`<sheetData><row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row><row r="2"><c r="A2"><v>5</v></c></row></sheetData>`)
	rels := `<Relationships><Relationship Id="r1" Type="` + relSpace + `/table" Target="../tables/t.xml"/></Relationships>`
	tests := []struct {
		attrs, name string
		want        string
	}{
		{"", `say "<p>"` + "\n", `<table id="1" displayName="T" ref="A1:C3"><autoFilter ref="A1:C3"/><tableColumns count="3"><tableColumn id="1" name="a"/><tableColumn id="7" name="b"/><tableColumn id="8" name="say &quot;&lt;p&gt;&quot;_x000a_"/></tableColumns></table>`},
		{"", "B", ""},
		{"", "_x0041_nswer", `<table id="1" displayName="T" ref="A1:C3"><autoFilter ref="A1:C3"/><tableColumns count="3"><tableColumn id="1" name="a"/><tableColumn id="7" name="b"/><tableColumn id="8" name="_x005F_x0041_nswer"/></tableColumns></table>`},
		{"", strings.Repeat("n", 256), ""},
		{` headerRowCount="0"`, "p", ""},
		{` tableType="queryTable"`, "p", ""},
	}
	for _, tt := range tests {
		old := strings.Replace(table, "%s", tt.attrs, 1)
		b := sheetBook(t, sheet, "xl/tables/t.xml", old, "xl/worksheets/_rels/sheet1.xml.rels", rels)
		want := tt.want
		if want == "" {
			want = old
		}
		if got := partOf(t, edited(t, b, 1, []string{tt.name}, nil), "xl/tables/t.xml"); got != want {
			t.Errorf("%q: got\n%s\nwant\n%s", tt.name, got, want)
		}
	}
}

// A new column is as wide as the longest line of its content, up to its limit.
func TestWriteWidths(t *testing.T) {
	t.Parallel()
	rows := `<sheetData><row r="1"><c r="A1"><v>0</v></c></row><row r="2"><c r="A2"><v>0</v></c></row></sheetData>`
	for want, value := range map[string]any{
		"9": "да", "12": "ten\nletters ok", "14": int64(-12345678901), "60": strings.Repeat("длинный ответ ", 9), "21": time.Now(), "14.5": nil,
	} {
		name := "p"
		if value == nil {
			name, want = "a long name", "13"
		}
		p, book := openBytes(t, sheetBook(t, sheetOf(rows)))
		v, err := p.Survey(book.Sheets[0])
		if err != nil {
			t.Fatal(err)
		}
		e := &Edit{Sheet: book.Sheets[0], Survey: v, Header: 1, Columns: []Column{{Number: 2, Name: name, New: true, Width: 60}}}
		if got := partOf(t, written(t, p, book, e, map[int][]any{2: {value}}), "xl/worksheets/sheet1.xml"); !strings.Contains(got, `<col min="2" max="2" width="`+want+`" customWidth="1"/>`) {
			t.Errorf("%v: got %.300s, want the width %s", value, got, want)
		}
	}
}

// A new column within a range of columns gets its own range, and is not hidden.
func TestWriteColumns(t *testing.T) {
	t.Parallel()
	rows := `<sheetData><row r="1"><c r="A1"><v>0</v></c></row></sheetData>`
	tests := []struct {
		cols  string
		width float64
		want  string
	}{
		{"", 60, `<cols><col min="2" max="2" width="9" customWidth="1"/></cols><sheetData>`},
		{"", 5, `<cols><col min="2" max="2" width="5" customWidth="1"/></cols><sheetData>`},
		{`<cols><col min="1" max="1" width="5"/></cols>`, 60, `<cols><col min="1" max="1" width="5"/><col min="2" max="2" width="9" customWidth="1"/></cols>`},
		{`<cols><col min="1" max="16384" width="5" style="3" hidden="1"/></cols>`, 60,
			`<cols><col min="1" max="1" width="5" style="3" hidden="1"/><col min="2" max="2" width="9" style="3" customWidth="1"/><col min="3" max="16384" width="5" style="3" hidden="1"/></cols>`},
		{`<cols><col min="2" max="3" width="5" hidden="1"/></cols>`, 0, `<cols><col min="2" max="2" width="5"/><col min="3" max="3" width="5" hidden="1"/></cols>`},
		{`<cols><col min="2" max="3" width="5"/></cols>`, 0, `<cols><col min="2" max="3" width="5"/></cols>`},
	}
	for _, tt := range tests {
		p, book := openBytes(t, sheetBook(t, sheetOf(tt.cols+rows)))
		v, err := p.Survey(book.Sheets[0])
		if err != nil {
			t.Fatal(err)
		}
		e := &Edit{Sheet: book.Sheets[0], Survey: v, Header: 1, Columns: []Column{{Number: 2, Name: "p", New: true, Width: tt.width}}}
		if got := partOf(t, written(t, p, book, e, nil), "xl/worksheets/sheet1.xml"); !strings.Contains(got, tt.want) {
			t.Errorf("%q: got %s, want it to hold %s", tt.cols, got, tt.want)
		}
	}
}

// Rows are appended below the existing ones, even if there are none.
func TestAppend(t *testing.T) {
	t.Parallel()
	tests := []struct{ before, after string }{
		{`<dimension ref="A1"/><sheetData/><pageMargins/>`, `<sheetData><row r="1"><c r="A1" s="2" t="inlineStr"><is><t>a</t></is></c></row><row r="2"><c r="B2"><v>1</v></c></row></sheetData><pageMargins/>`},
		{`<dimension ref="A1"></dimension><sheetData></sheetData>`, `<sheetData><row r="1"><c r="A1" s="2" t="inlineStr"><is><t>a</t></is></c></row><row r="2"><c r="B2"><v>1</v></c></row></sheetData>`},
		{`<sheetData><row r="7"/></sheetData>`, `<sheetData><row r="7"/><row r="8"><c r="A8" s="2" t="inlineStr"><is><t>a</t></is></c></row><row r="9"><c r="B9"><v>1</v></c></row></sheetData>`},
	}
	for _, tt := range tests {
		p, book := openBytes(t, sheetBook(t, sheetOf(tt.before)))
		v, err := p.Survey(book.Sheets[0])
		if err != nil {
			t.Fatal(err)
		}
		e := &Edit{Sheet: book.Sheets[0], Survey: v, Grow: true}
		var out bytes.Buffer
		w, err := NewWriter(&out, p, book, e)
		if err != nil {
			t.Fatal(err)
		}
		s, err := w.Sheet(e)
		if err != nil {
			t.Fatal(err)
		}
		err = errors.Join(s.Append([]Styled{{"a", 2}}), s.Append([]Styled{{nil, 3}, {int64(1), 0}}), s.Close(), w.Close())
		if got := partOf(t, out.Bytes(), "xl/worksheets/sheet1.xml"); err != nil || got != sheetOf(tt.after) {
			t.Errorf("got\n%s\nerror %v, want\n%s", got, err, sheetOf(tt.after))
		}
	}
}

// Parts that no edit changes keep their compressed bytes and their order, even parts with the same name. The comment is kept.
func TestWriteOthers(t *testing.T) {
	t.Parallel()
	var in bytes.Buffer
	z := zip.NewWriter(&in)
	parts := minimal()
	parts["xl/worksheets/sheet1.xml"] = sheetOf(`<sheetData><row r="1"><c r="A1"><v>0</v></c></row></sheetData>`)
	names := append(slices.Sorted(keys(parts)), "docProps/", "xl/media/1.png", "xl/media/1.png", `xl\odd.bin`)
	for i, name := range names {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: uint16(8 * (i % 2)), Modified: time.Date(2020, 1, i+1, 0, 0, 0, 0, time.UTC), Comment: "c"})
		if err == nil && !strings.HasSuffix(name, "/") {
			_, err = io.WriteString(w, cmp.Or(parts[name], strings.Repeat("x", i)))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.SetComment("kept"), z.Close()); err != nil {
		t.Fatal(err)
	}
	out := edited(t, in.Bytes(), 1, []string{"p"}, nil)
	before, after := directory(t, in.Bytes()), directory(t, out)
	if before.Comment != after.Comment {
		t.Errorf("got comment %q, want %q", after.Comment, before.Comment)
	}
	var want, got []string
	for _, f := range before.File {
		if f.Name != "xl/worksheets/sheet1.xml" {
			want = append(want, stored(t, f))
		}
	}
	for _, f := range after.File[:len(after.File)-1] {
		got = append(got, stored(t, f))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got parts\n%q\nwant\n%q", got, want)
	}
	if last := after.File[len(after.File)-1]; last.Name != "xl/worksheets/sheet1.xml" {
		t.Errorf("got %s last, want the sheet", last.Name)
	}
}

func directory(t *testing.T, b []byte) *zip.Reader {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// stored returns the directory entry of a part, and its bytes as they are stored in the archive.
func stored(t *testing.T, f *zip.File) string {
	t.Helper()
	r, err := f.OpenRaw()
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(f.Name, f.Method, f.Modified, f.Comment, f.CRC32, f.UncompressedSize64, b)
}

// New names that differ only in case cannot both be names of table columns.
func TestWriteTableTwice(t *testing.T) {
	t.Parallel()
	const old = `<table id="1" displayName="T" ref="A1:A2"><tableColumns count="1"><tableColumn id="1" name="a"/></tableColumns></table>`
	b := sheetBook(t, sheetOf(`<sheetData><row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="2"><c r="A2"><v>5</v></c></row></sheetData>`), "xl/tables/t.xml", old,
		"xl/worksheets/_rels/sheet1.xml.rels", `<Relationships><Relationship Id="r1" Type="`+relSpace+`/table" Target="../tables/t.xml"/></Relationships>`)
	if got := partOf(t, edited(t, b, 1, []string{"Error", "error"}, nil), "xl/tables/t.xml"); got != old {
		t.Errorf("got %s, want it untouched", got)
	}
}

// Folders that a writer has compressed, as Java does, become empty ones.
func TestWriteFolders(t *testing.T) {
	t.Parallel()
	var in bytes.Buffer
	z := zip.NewWriter(&in)
	parts := minimal()
	parts["xl/worksheets/sheet1.xml"] = sheetOf(`<sheetData><row r="1"><c r="A1"><v>0</v></c></row></sheetData>`)
	addParts(t, z, parts)
	w, err := z.CreateRaw(&zip.FileHeader{Name: "xl-", Method: zip.Deflate, CompressedSize64: 2})
	if err == nil {
		_, err = w.Write([]byte{3, 0})
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	b := bytes.ReplaceAll(in.Bytes(), []byte("xl-"), []byte("xl/"))
	files := directory(t, edited(t, b, 1, []string{"p"}, nil)).File
	i := slices.IndexFunc(files, func(f *zip.File) bool { return f.Name == "xl/" })
	if i < 0 || files[i].Method != zip.Store || files[i].CompressedSize64 != 0 || files[i].Flags&8 != 0 {
		t.Errorf("got folder %d of %+v, want an empty one", i, files)
	}
}
