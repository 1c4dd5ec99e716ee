package xlsx_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/io/table/tabletest"
)

// writtenBooks are the workbooks that no library creates: what other programs write, and what the standard allows.
var writtenBooks = []specimen{
	{base: "bare.xlsx", build: zipped(pack(bareSheet)), want: tabletest.Grid{{"q", "n"}, {"one", "1"}, {"two", "2.5"}}},
	{base: "formulas.xlsx", build: zipped(formulaParts()), want: tabletest.Grid{
		{"a", "b", "sum", "text"}, {"1", "2", "3", "x1"}, {"3", "4", "7", "x3"}, {"5", "6", "11", "x5"}, {"7", "8", "15", ""},
	}},
	{base: "uncached.xlsx", build: zipped(pack(uncachedSheet)), want: tabletest.Grid{{"a", "double"}, {"4", ""}, {"5", "10"}}},
	{base: "inline.xlsx", build: zipped(pack(inlineSheet)), want: tabletest.Grid{{"вопрос", "note", "n"}, {" spaces ", "two runs", "1"}, {"a\nb", "", "2"}, {"", "_x0041_", "TRUE"}}},
	{base: "rich.xlsx", build: zipped(richParts()), want: tabletest.Grid{
		{"text", "other"}, {"bold and red", "A"}, {"_x0041_", "x\ny"}, {" kept ", "東京"}, {"tab\there", "<&>\"'"},
	}},
	{base: "dates1904.xlsx", build: zipped(dates1904Parts()), want: tabletest.Grid{{"event", "when"}, {"first", "1904-01-02"}, {"later", "2026-03-04"}}},
	{base: "prefixed.xlsx", build: zipped(prefixedParts()), want: tabletest.Grid{{"q", "n"}, {"one", "1"}, {"two", "2"}}},
	{base: "strict.xlsx", build: zipped(strictParts()), want: tabletest.Grid{{"q", "when"}, {"one", "2026-03-04"}, {"two", "2026-11-22"}}},
	{base: "columns.xlsx", build: zipped(pack(columnsSheet, member{"xl/styles.xml", plainStyles})), want: tabletest.Grid{{"q", "n"}, {"one", "1"}, {"two", "2"}}},
	{base: "ghosts.xlsx", build: zipped(ghostParts()), want: tabletest.Grid{{"q", "n"}, {"one", "1"}, {"two", "2.5"}}},
	{base: "macros.xlsm", build: zipped(macroParts()), want: tabletest.Grid{{"q", "n"}, {"one", "1"}, {"two", "2.5"}}},
	{base: "paths.xlsx", build: zipped(pathParts()), want: tabletest.Grid{{"q", "n"}, {"one", "1"}, {"two", "2.5"}}},
	{base: "verbose.xlsx", build: zipped(pack(verboseSheet, member{"xl/styles.xml", plainStyles})), want: tabletest.Grid{{"q", "n & m"}, {"one", "1"}, {"<two>", "2"}}},
	{base: "filter.xlsx", build: zipped(filterParts()), want: tabletest.Grid{{"q", "n"}, {"one", "1"}, {"two", "2"}, {"three", "1"}}},
	{base: "table-totals.xlsx", build: zipped(totalsParts()), want: tabletest.Grid{{"item", "price"}, {"tea", "10"}, {"cake", "20.5"}}},
	{base: "stored.xlsx", build: storedBook, want: tabletest.Grid{{"q", "n"}, {"one", "1"}, {"two", "2.5"}}},
	{base: "twice.xlsx", build: twiceBook, want: tabletest.Grid{{"q", "n"}, {"one", "1"}, {"two", "2.5"}}, refused: true},
}

// member is a part of a workbook that is being written.
type member struct{ name, text string }

const (
	xmlHead  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n"
	mainNS   = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relNS    = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packNS   = "http://schemas.openxmlformats.org/package/2006/relationships"
	sheetTag = xmlHead + `<worksheet xmlns="` + mainNS + `" xmlns:r="` + relNS + `">`
	partType = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

// pack returns the minimal parts of a workbook with one sheet, with parts replaced or added. A part without text is omitted.
func pack(sheet string, more ...member) []member {
	parts := []member{
		{"[Content_Types].xml", contentTypes("xl/worksheets/sheet1.xml")},
		{"_rels/.rels", relations(relNS+"/officeDocument", "xl/workbook.xml")},
		{"xl/workbook.xml", workbookXML(`<sheet name="Лист1" sheetId="1" r:id="rId1"/>`)},
		{"xl/_rels/workbook.xml.rels", relations(relNS+"/worksheet", "worksheets/sheet1.xml")},
		{"xl/worksheets/sheet1.xml", sheet},
	}
	for _, m := range more {
		if i := slices.IndexFunc(parts, func(p member) bool { return p.name == m.name }); i >= 0 {
			parts[i] = m
		} else {
			parts = append(parts, m)
		}
	}
	if slices.ContainsFunc(more, func(m member) bool { return m.name == "xl/styles.xml" }) {
		parts[3].text = strings.Replace(parts[3].text, "</R", `<Relationship Id="rId9" Type="`+relNS+`/styles" Target="styles.xml"/></R`, 1)
	}
	return slices.DeleteFunc(parts, func(m member) bool { return m.text == "" })
}

func workbookXML(sheets string) string {
	return xmlHead + `<workbook xmlns="` + mainNS + `" xmlns:r="` + relNS + `"><sheets>` + sheets + `</sheets></workbook>`
}

// contentTypes returns the content types of the parts that the specimens have. Further ones are pairs of name and type.
func contentTypes(sheet string, more ...string) string {
	s := xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + partType + `sheet.main+xml"/><Override PartName="/` + sheet + `" ContentType="` + partType + `worksheet+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="` + partType + `styles+xml"/>`
	for i := 0; i+1 < len(more); i += 2 {
		s += `<Override PartName="/` + more[i] + `" ContentType="` + more[i+1] + `"/>`
	}
	return s + `</Types>`
}

// relations returns relationships from pairs of type and target, with the IDs rId1, rId2 and so on.
func relations(pairs ...string) string {
	s := xmlHead + `<Relationships xmlns="` + packNS + `">`
	for i := 0; i+1 < len(pairs); i += 2 {
		s += fmt.Sprintf(`<Relationship Id="rId%d" Type="%s" Target="%s"/>`, i/2+1, pairs[i], pairs[i+1])
	}
	return s + `</Relationships>`
}

// zipped returns a function that packs the parts in order, without dates.
func zipped(parts []member) func(*testing.T) []byte {
	return func(t *testing.T) []byte {
		t.Helper()
		return zipMembers(t, parts, func(name string) *zip.FileHeader { return &zip.FileHeader{Name: name, Method: zip.Deflate} })
	}
}

func zipMembers(t *testing.T, parts []member, header func(name string) *zip.FileHeader) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for _, m := range parts {
		w, err := zw.CreateHeader(header(m.name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// storedBook returns an archive as archivers write it: nothing compressed, folders as entries, a comment.
func storedBook(t *testing.T) []byte {
	parts := append([]member{{"xl/", ""}, {"xl/worksheets/", ""}}, pack(bareSheet)...)
	book := zipMembers(t, parts, func(name string) *zip.FileHeader {
		return &zip.FileHeader{Name: name, Method: zip.Store, Comment: "made by hand", Extra: []byte{0xFE, 0xCA, 2, 0, 7, 7}}
	})
	const comment = "a comment of the archive"
	book[len(book)-2] = byte(len(comment)) // the end record ends with the length of the comment
	return append(book, comment...)
}

// twiceBook has a part name twice, as some programs leave it: readers differ in which part they use.
func twiceBook(t *testing.T) []byte {
	return zipped(append([]member{{"xl/worksheets/sheet1.xml", strings.Replace(bareSheet, "one", "old", 1)}}, pack(bareSheet)...))(t)
}

// bareSheet needs no styles and no shared strings.
const bareSheet = sheetTag + `<dimension ref="A1:B3"/><sheetData>` +
	`<row r="1" spans="1:2"><c r="A1" t="inlineStr"><is><t>q</t></is></c><c r="B1" t="inlineStr"><is><t>n</t></is></c></row>` +
	`<row r="2" spans="1:2"><c r="A2" t="inlineStr"><is><t>one</t></is></c><c r="B2"><v>1</v></c></row>` +
	`<row r="3" spans="1:2"><c r="A3" t="str"><v>two</v></c><c r="B3"><v>2.5</v></c></row></sheetData></worksheet>`

// inlineSheet omits dimension, spans and the positions of rows and cells. A row and a cell are skipped by a position.
const inlineSheet = sheetTag + `<sheetData><row><c t="inlineStr"><is><t>вопрос</t></is></c><c t="inlineStr"><is><t>note</t></is></c><c t="inlineStr"><is><t>n</t></is></c></row>` +
	`<row><c t="inlineStr"><is><t xml:space="preserve"> spaces </t></is></c><c t="inlineStr"><is><r><t xml:space="preserve">two </t></r><r><rPr><b/></rPr><t>runs</t></r></is></c><c><v>1</v></c></row>` +
	`<row/><row r="5"><c t="inlineStr"><is><t>a&#10;b</t></is></c><c r="C5"><v>2</v></c></row>` +
	`<row><c r="B6" t="inlineStr"><is><t>_x005F_x0041_</t></is></c><c t="b"><v>1</v></c></row></sheetData></worksheet>`

const uncachedSheet = sheetTag + `<dimension ref="A1:B3"/><sheetData>` +
	`<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>double</t></is></c></row>` +
	`<row r="2"><c r="A2"><v>4</v></c><c r="B2"><f>A2*2</f></c></row><row r="3"><c r="A3"><v>5</v></c><c r="B3"><f>A3*2</f><v>10</v></c></row></sheetData></worksheet>`

// columnsSheet has columns with a style up to the last one, a default style of a row, and a wide last column.
const columnsSheet = sheetTag + `<dimension ref="A1:B3"/><sheetFormatPr defaultRowHeight="15"/><cols><col min="1" max="1" width="30" style="1" customWidth="1"/>` +
	`<col min="2" max="16384" width="12.7109375" style="2" customWidth="1"/></cols><sheetData>` +
	`<row r="1" spans="1:2" s="1" customFormat="1" ht="20" customHeight="1"><c r="A1" s="1" t="inlineStr"><is><t>q</t></is></c><c r="B1" s="1" t="inlineStr"><is><t>n</t></is></c></row>` +
	`<row r="2" spans="1:2"><c r="A2" s="1" t="inlineStr"><is><t>one</t></is></c><c r="B2" s="2"><v>1</v></c></row>` +
	`<row r="3" spans="1:2"><c r="A3" s="1" t="inlineStr"><is><t>two</t></is></c><c r="B3" s="2"><v>2</v></c><c r="C3" s="1"/></row></sheetData>` +
	`<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/></worksheet>`

// plainStyles has three cell formats, and everything that may surround them.
const plainStyles = xmlHead + `<styleSheet xmlns="` + mainNS + `"><numFmts count="1"><numFmt numFmtId="164" formatCode="0.0&quot; шт&quot;"/></numFmts>` +
	`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><color rgb="FF9C0006"/><name val="Calibri"/></font></fonts>` +
	`<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFE2EFDA"/></patternFill></fill></fills>` +
	`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
	`<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1"/>` +
	`<xf numFmtId="0" fontId="0" fillId="2" borderId="0" xfId="0" applyFill="1"><alignment horizontal="right"/></xf></cellXfs>` +
	`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles><dxfs count="0"/><tableStyles count="0" defaultTableStyle="TableStyleMedium2"/></styleSheet>`

// verboseSheet is valid XML that no program writes: a BOM, comments, CDATA, quotes of both kinds, entities, spaces everywhere,
// extensions that must be ignored, and known names in them.
const verboseSheet = "\uFEFF<?xml version='1.0' encoding='utf-8'?>\n<!-- <sheetData><row r='9'/></sheetData> -->\n" +
	"<worksheet\n  xmlns='" + mainNS + "' xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006' mc:Ignorable='x14ac'\n" +
	"  xmlns:x14ac='http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac' >\n  <sheetPr><tabColor rgb='FFFF0000' /></sheetPr>\n  <dimension ref='A1:B3' />\n" +
	"  <sheetFormatPr defaultRowHeight='15' x14ac:dyDescent='0.25'/>\n  <cols><col min='1' max='1' width='20' customWidth='1'/></cols>\n  <sheetData>\n" +
	"    <row r='1' x14ac:dyDescent='0.25' ><c r='A1' t='inlineStr' ><is><t>q</t></is></c>\n      <c t='inlineStr' r='B1'><is><t>n &#38; m</t></is></c ></row >\n" +
	"    <!-- between > rows --><row r='2'><c r='A2' t='str'><v><![CDATA[one]]></v></c><c r='B2' s='2'><v>1</v></c></row>\n" +
	"    <row\n r='3'\n spans='1:2'><c r='A3' t='str'><v>&lt;t&#x77;o></v></c><!-- </row> --><c r='B3'><v>2</v></c></row>\n  </sheetData>\n" +
	"  <!-- <autoFilter ref='A1:B9'/> --><printOptions gridLines='1'/><pageMargins left='.7' right='.7' top='.7' bottom='.7' header='.3' footer='.3'/>\n" +
	"  <extLst><ext uri='{00000000-0000-0000-0000-000000000001}' xmlns:o='urn:ours'><o:sheetData><o:row r='1'/></o:sheetData></ext></extLst>\n</worksheet>\n<!-- the end -->"

func formulaParts() []member {
	const sheet = sheetTag + `<dimension ref="A1:D5"/><sheetViews><sheetView tabSelected="1" workbookViewId="0"/></sheetViews><sheetData>` +
		`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c></row>` +
		`<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>2</v></c><c r="C2"><f t="shared" ref="C2:C5" si="0">A2+B2</f><v>3</v></c><c r="D2" t="str"><f>"x"&amp;A2</f><v>x1</v></c></row>` +
		`<row r="3"><c r="A3"><v>3</v></c><c r="B3"><v>4</v></c><c r="C3"><f t="shared" si="0"/><v>7</v></c><c r="D3" t="str"><f>"x"&amp;A3</f><v>x3</v></c></row>` +
		`<row r="4"><c r="A4"><v>5</v></c><c r="B4"><v>6</v></c><c r="C4"><f t="shared" si="0"/><v>11</v></c><c r="D4" t="str"><f t="array" ref="D4">"x"&amp;A4</f><v>x5</v></c></row>` +
		`<row r="5"><c r="A5"><v>7</v></c><c r="B5"><v>8</v></c><c r="C5"><f t="shared" si="0"/><v>15</v></c></row></sheetData></worksheet>`
	const calc = xmlHead + `<calcChain xmlns="` + mainNS + `"><c r="C2" i="1"/><c r="C3" i="1"/><c r="C4" i="1"/><c r="C5" i="1"/><c r="D2" i="1"/><c r="D3" i="1"/><c r="D4" i="1" a="1"/></calcChain>`
	return pack(sheet, member{"xl/sharedStrings.xml", sharedStrings("<t>a</t>", "<t>b</t>", "<t>sum</t>", "<t>text</t>")}, member{"xl/calcChain.xml", calc},
		member{"[Content_Types].xml", contentTypes("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", partType+"sharedStrings+xml", "xl/calcChain.xml", partType+"calcChain+xml")},
		member{"xl/_rels/workbook.xml.rels", relations(relNS+"/worksheet", "worksheets/sheet1.xml", relNS+"/sharedStrings", "sharedStrings.xml", relNS+"/calcChain", "calcChain.xml")})
}

func sharedStrings(items ...string) string {
	n := len(items)
	return xmlHead + fmt.Sprintf(`<sst xmlns="%s" count="%d" uniqueCount="%d"><si>`, mainNS, n, n) + strings.Join(items, "</si><si>") + `</si></sst>`
}

// richParts has texts in several runs, escapes, text that only looks like an escape, and a phonetic hint that is not part of the text.
func richParts() []member {
	texts := []string{"<t>text</t>", "<t>other</t>", `<r><rPr><b/></rPr><t>bold</t></r><r><t xml:space="preserve"> and </t></r><r><rPr><color rgb="FFFF0000"/></rPr><t>red</t></r>`,
		"<t>_x0041_</t>", "<t>_x005F_x0041_</t>", "<t>x_x000D_&#10;y</t>", `<t xml:space="preserve"> kept </t>`,
		`<t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="0"/>`, "<t>tab\there</t>", `<t>&lt;&amp;&gt;"'</t>`}
	var rows strings.Builder
	for i := range len(texts) / 2 {
		fmt.Fprintf(&rows, `<row r="%d"><c r="A%d" t="s"><v>%d</v></c><c r="B%d" t="s"><v>%d</v></c></row>`, i+1, i+1, 2*i, i+1, 2*i+1)
	}
	return pack(sheetTag+`<dimension ref="A1:B5"/><sheetData>`+rows.String()+`</sheetData></worksheet>`, member{"xl/sharedStrings.xml", sharedStrings(texts...)},
		member{"[Content_Types].xml", contentTypes("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", partType+"sharedStrings+xml")},
		member{"xl/_rels/workbook.xml.rels", relations(relNS+"/worksheet", "worksheets/sheet1.xml", relNS+"/sharedStrings", "sharedStrings.xml")})
}

// dates1904Parts counts days from 1904, as workbooks from old Macs do.
func dates1904Parts() []member {
	const sheet = sheetTag + `<dimension ref="A1:B3"/><sheetData>` +
		`<row r="1"><c r="A1" t="inlineStr"><is><t>event</t></is></c><c r="B1" t="inlineStr"><is><t>when</t></is></c></row>` +
		`<row r="2"><c r="A2" t="inlineStr"><is><t>first</t></is></c><c r="B2" s="1"><v>1</v></c></row>` +
		`<row r="3"><c r="A3" t="inlineStr"><is><t>later</t></is></c><c r="B3" s="1"><v>44623</v></c></row></sheetData></worksheet>`
	return pack(sheet, member{"xl/styles.xml", dateStyles},
		member{"xl/workbook.xml", strings.Replace(workbookXML(`<sheet name="Лист1" sheetId="1" r:id="rId1"/>`), "<sheets>", `<workbookPr date1904="1"/><sheets>`, 1)})
}

var dateStyles = strings.Replace(plainStyles, `numFmtId="0" fontId="1" fillId="2"`, `numFmtId="14" fontId="1" fillId="2"`, 1)

// prefixedParts names the namespaces as the standard allows and one well-known library does.
func prefixedParts() []member {
	const sheet = xmlHead + `<x:worksheet xmlns:x="` + mainNS + `"><x:dimension ref="A1:B3"/><x:sheetData>` +
		`<x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>q</x:t></x:is></x:c><x:c r="B1" t="inlineStr"><x:is><x:t>n</x:t></x:is></x:c></x:row>` +
		`<x:row r="2"><x:c r="A2" s="1" t="inlineStr"><x:is><x:t>one</x:t></x:is></x:c><x:c r="B2" s="1"><x:v>1</x:v></x:c></x:row>` +
		`<x:row r="3"><x:c r="A3" t="inlineStr"><x:is><x:t>two</x:t></x:is></x:c><x:c r="B3"><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>`
	book := workbookXML(`<sheet name="Лист1" sheetId="1" r:id="rId1"/>`)
	return pack(sheet, member{"xl/workbook.xml", prefixed(book)}, member{"xl/styles.xml", prefixed(plainStyles)})
}

// prefixed adds the prefix x to every element without a prefix.
func prefixed(xml string) string {
	s := strings.NewReplacer("</", "</x:", "<?", "<?", "<", "<x:").Replace(xml)
	return strings.Replace(s, `xmlns="`, `xmlns:x="`, 1)
}

// strictParts is a workbook of ISO 29500 Strict: other namespaces, and dates as text.
func strictParts() []member {
	const sheet = sheetTag + `<dimension ref="A1:B3"/><sheetData>` +
		`<row r="1"><c r="A1" t="inlineStr"><is><t>q</t></is></c><c r="B1" t="inlineStr"><is><t>when</t></is></c></row>` +
		`<row r="2"><c r="A2" t="inlineStr"><is><t>one</t></is></c><c r="B2" s="1" t="d"><v>2026-03-04</v></c></row>` +
		`<row r="3"><c r="A3" t="inlineStr"><is><t>two</t></is></c><c r="B3" s="1" t="d"><v>2026-11-22T00:00:00</v></c></row></sheetData></worksheet>`
	parts := pack(sheet, member{"xl/styles.xml", dateStyles})
	iso := strings.NewReplacer(mainNS, "http://purl.oclc.org/ooxml/spreadsheetml/main", relNS, "http://purl.oclc.org/ooxml/officeDocument/relationships", "<workbook ", `<workbook conformance="strict" `)
	for i := range parts {
		parts[i].text = iso.Replace(parts[i].text)
	}
	return parts
}

// ghostParts has 50,000 rows below the data with nothing but a style. The later ones omit their number.
func ghostParts() []member {
	var ghosts strings.Builder
	for i := range 500 {
		fmt.Fprintf(&ghosts, `<row r="%d" s="1" customFormat="1"><c r="A%d" s="1"/><c r="B%d" s="1"/></row>`, i+4, i+4, i+4)
	}
	ghosts.WriteString(strings.Repeat(`<row s="1" customFormat="1" ht="15"><c s="1"/><c s="1"/></row>`, 49_500) + "</sheetData>")
	sheet := strings.NewReplacer("</sheetData>", ghosts.String(), "A1:B3", "A1:B50003").Replace(bareSheet)
	return pack(sheet, member{"xl/styles.xml", plainStyles})
}

// macroParts contains a macro project, which is not read.
func macroParts() []member {
	types := contentTypes("xl/worksheets/sheet1.xml", "xl/vbaProject.bin", "application/vnd.ms-office.vbaProject")
	return pack(bareSheet, member{"[Content_Types].xml", strings.Replace(types, partType+"sheet.main+xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml", 1)},
		member{"xl/vbaProject.bin", "no project, but as good as one to a reader of tables: \x00\x01\x02\xFF"},
		member{"xl/_rels/workbook.xml.rels", relations(relNS+"/worksheet", "worksheets/sheet1.xml", "http://schemas.microsoft.com/office/2006/relationships/vbaProject", "vbaProject.bin")})
}

// pathParts has its parts in unusual places, and targets relative to the root.
func pathParts() []member {
	return []member{
		{"[Content_Types].xml", strings.Replace(contentTypes("Data/Лист один.xml"), "/xl/workbook.xml", "/Book/main.xml", 1)},
		{"_rels/.rels", relations(relNS+"/officeDocument", "/Book/main.xml")},
		{"Book/main.xml", workbookXML(`<sheet name="Лист1" sheetId="7" r:id="rId1"/>`)},
		{"Book/_rels/main.xml.rels", relations(relNS+"/worksheet", "/Data/Лист один.xml", relNS+"/styles", "../Styles/s.xml")},
		{"Data/Лист один.xml", bareSheet},
		{"Styles/s.xml", plainStyles},
	}
}

// filterParts has a filter that hides a row, with the name that belongs to it, and merged cells below.
func filterParts() []member {
	const sheet = sheetTag + `<sheetPr filterMode="1"/><dimension ref="A1:B4"/><sheetData>` +
		`<row r="1"><c r="A1" t="inlineStr"><is><t>q</t></is></c><c r="B1" t="inlineStr"><is><t>n</t></is></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>one</t></is></c><c r="B2"><v>1</v></c></row>` +
		`<row r="3" hidden="1"><c r="A3" t="inlineStr"><is><t>two</t></is></c><c r="B3"><v>2</v></c></row><row r="4"><c r="A4" t="inlineStr"><is><t>three</t></is></c><c r="B4"><v>1</v></c></row></sheetData>` +
		`<autoFilter ref="A1:B4"><filterColumn colId="1"><filters><filter val="1"/></filters></filterColumn><sortState ref="A2:B4"><sortCondition ref="A2:A4"/></sortState></autoFilter></worksheet>`
	book := strings.Replace(workbookXML(`<sheet name="Лист1" sheetId="1" r:id="rId1"/>`), "</sheets>",
		`</sheets><definedNames><definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">Лист1!$A$1:$B$4</definedName></definedNames>`, 1)
	return pack(sheet, member{"xl/workbook.xml", book})
}

// totalsParts has an Excel table with a row of totals, the format of a computed column, and a filter.
func totalsParts() []member {
	const sheet = sheetTag + `<dimension ref="A1:B4"/><sheetData>` +
		`<row r="1"><c r="A1" t="inlineStr"><is><t>item</t></is></c><c r="B1" t="inlineStr"><is><t>price</t></is></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>tea</t></is></c><c r="B2"><v>10</v></c></row>` +
		`<row r="3"><c r="A3" t="inlineStr"><is><t>cake</t></is></c><c r="B3"><v>20.5</v></c></row>` +
		`<row r="4"><c r="A4" t="inlineStr"><is><t>Total</t></is></c><c r="B4"><f>SUBTOTAL(109,Prices[price])</f><v>30.5</v></c></row></sheetData>` +
		`<tableParts count="1"><tablePart r:id="rId1"/></tableParts></worksheet>`
	const table = xmlHead + `<table xmlns="` + mainNS + `" id="1" name="Prices" displayName="Prices" ref="A1:B4" totalsRowCount="1"><autoFilter ref="A1:B3"/>` +
		`<tableColumns count="2"><tableColumn id="1" name="item" totalsRowLabel="Total"/><tableColumn id="2" name="price" totalsRowFunction="sum"/></tableColumns>` +
		`<tableStyleInfo name="TableStyleMedium2" showFirstColumn="0" showLastColumn="0" showRowStripes="1" showColumnStripes="0"/></table>`
	return pack(sheet, member{"xl/tables/table1.xml", table}, member{"xl/worksheets/_rels/sheet1.xml.rels", relations(relNS+"/table", "../tables/table1.xml")},
		member{"[Content_Types].xml", contentTypes("xl/worksheets/sheet1.xml", "xl/tables/table1.xml", partType+"table+xml")})
}
