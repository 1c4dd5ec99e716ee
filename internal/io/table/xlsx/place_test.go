package xlsx_test

import (
	"archive/zip"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

// placed is a sheet with a table in columns A and B, and the column in which its answers belong.
type placed struct {
	name, rows, tail string
	want             string // the first new column
	told             string // a part of the note, "" if there is none
	more             []member
}

// text is a cell with a text.
func textCell(at, text string) string {
	return fmt.Sprintf(`<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`, at, text)
}

// twoRows is a table in A1:B3.
func twoRows(beside ...string) string {
	s := ""
	for i := range 3 {
		n := i + 1
		s += fmt.Sprintf(`<row r="%d">%s%s`, n, textCell(fmt.Sprint("A", n), []string{"id", "1", "2"}[i]), textCell(fmt.Sprint("B", n), []string{"question", "q1", "q2"}[i]))
		if i < len(beside) {
			s += beside[i]
		}
		s += "</row>"
	}
	return s
}

// related returns a part that the sheet refers to.
func related(kind, text string) []member {
	return []member{{"xl/part.xml", xmlHead + text}, {"xl/worksheets/_rels/sheet1.xml.rels", relations(relNS+"/"+kind, "../part.xml")}}
}

const (
	filterTail = `<autoFilter ref="A1:B3"/>`
	drawing    = `<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"><xdr:twoCellAnchor><xdr:from><xdr:col>3</xdr:col><xdr:colOff>0</xdr:colOff>` +
		`<xdr:row>%d</xdr:row></xdr:from><xdr:to><xdr:col>8</xdr:col><xdr:row>20</xdr:row></xdr:to><xdr:%s/></xdr:twoCellAnchor></xdr:wsDr>`
)

var placedSheets = []placed{
	{name: "nothing beside", rows: twoRows(), want: "C"},
	{name: "array formula", rows: twoRows("", `<c r="C2"><f t="array" ref="C2:E3">{1,2,3;4,5,6}</f><v>1</v></c>`), want: "F"},
	{name: "spill of a formula of the table", rows: strings.Replace(twoRows(), textCell("B2", "q1"), `<c r="B2" cm="1"><f t="array" ref="B2:D2">X()</f><v>1</v></c>`, 1), want: "E"},
	{name: "data table", rows: twoRows("", `<c r="C2"><f t="dataTable" ref="C2:D3" dt2D="1" r1="A1" r2="A2"/><v>1</v></c>`), want: "E"},
	{name: "sparklines", rows: twoRows(), want: "D", tail: `<extLst><ext><x14:sparklineGroups xmlns:x14="x"><x14:sparklineGroup><x14:sparklines><x14:sparkline><xm:f>Sheet1!A1:B1</xm:f>` +
		`<xm:sqref>C2</xm:sqref></x14:sparkline></x14:sparklines></x14:sparklineGroup></x14:sparklineGroups></ext><ext><x14:conditionalFormatting><xm:sqref>F2</xm:sqref></x14:conditionalFormatting></ext></extLst>`},
	{name: "link", rows: twoRows(), want: "D", tail: `<hyperlinks><hyperlink ref="C3" r:id="rId1"/></hyperlinks>`},
	{name: "link below", rows: twoRows(), want: "C", tail: `<hyperlinks><hyperlink ref="C9" r:id="rId1"/></hyperlinks>`},
	{name: "comment", rows: twoRows(), want: "D", more: related("comments", `<comments xmlns="`+mainNS+`"><authors/><commentList><comment ref="A1"/><comment ref="C2"><text/></comment></commentList></comments>`)},
	{name: "pivot table", rows: twoRows(), want: "H", more: related("pivotTable", `<pivotTableDefinition xmlns="`+mainNS+`"><location ref="E1:G9"/></pivotTableDefinition>`)},
	{name: "broken comments", rows: twoRows(), want: "C", more: related("comments", `<comments><commentList><comment ref="C2"`)},
	{name: "cell beside a row", rows: twoRows("", "", textCell("D3", "a note")), want: "E"},
	{name: "cell beside a row, with a filter", rows: twoRows("", "", textCell("D3", "a note")), tail: filterTail, want: "E", told: "columns E to F, outside the table or filter A1:B3"},
	{name: "note above", rows: strings.NewReplacer(`"A`, `"A1`, `"B`, `"B1`, `"H`, `"H1`, `<row r="`, `<row r="1`).Replace(`<row r="0">` + textCell("A0", "Report") + textCell("H0", "Appendix 1") + "</row>" + twoRows()), tail: `<autoFilter ref="A11:B13"/>`, want: "C"},
	{name: "merged title above", rows: strings.NewReplacer(`"A`, `"A1`, `"B`, `"B1`, `<row r="`, `<row r="1`).Replace(`<row r="0">` + textCell("A0", "Report") + "</row>" + twoRows()), tail: `<mergeCells><mergeCell ref="A10:H10"/></mergeCells>`, want: "C"},
	{name: "merge below a gap", rows: twoRows() + `<row r="5">` + textCell("A5", "Signature") + `</row>`, tail: `<mergeCells><mergeCell ref="A5:H5"/></mergeCells>`, want: "C"},
	{name: "merges below a gap, one of which is asked", rows: twoRows() + `<row r="5">` + textCell("A5", "x") + `</row><row r="6">` + textCell("B6", "y") + `</row>`, tail: `<mergeCells><mergeCell ref="A5:H5"/><mergeCell ref="B6:K6"/></mergeCells>`, want: "L"},
	{name: "merge below the filter", rows: twoRows() + `<row r="4">` + textCell("A4", "Signature") + `</row>`, tail: filterTail + `<mergeCells><mergeCell ref="A4:H4"/></mergeCells>`, want: "C"},
	{name: "merged row that is not asked", rows: twoRows() + `<row r="4">` + textCell("A4", "wide") + `</row>`, tail: `<mergeCells><mergeCell ref="A4:H4"/></mergeCells>`, want: "C"},
	{name: "rows after a merged one", rows: twoRows() + `<row r="5">` + textCell("A5", "part 2") + `</row><row r="6">` + textCell("A6", "3") + textCell("B6", "q3") + `</row>`, tail: `<mergeCells><mergeCell ref="A5:D5"/></mergeCells>`, want: "E"},
	{name: "note below to the right", rows: twoRows() + `<row r="5">` + textCell("D5", "checked") + `</row>`, want: "E"},
	{name: "note below far to the right", rows: twoRows() + `<row r="5">` + textCell("E5", "checked") + `</row>`, want: "C"},
	{name: "wide filter", rows: twoRows(), tail: `<autoFilter ref="A1:C3"/>`, want: "C"},
	{name: "chart", rows: twoRows(), want: "C", told: "a chart over D2:I21", more: related("drawing", fmt.Sprintf(drawing, 1, "graphicFrame"))},
	{name: "picture", rows: twoRows(), want: "C", told: "a picture over D2:I21", more: related("drawing", fmt.Sprintf(drawing, 1, "pic"))},
	{name: "chart below", rows: twoRows(), want: "C", more: related("drawing", fmt.Sprintf(drawing, 8, "graphicFrame"))},
}

var newCell = regexp.MustCompile(`r="([A-Z]+)\d+"[^>]*><is><t>ours`)

// New columns are right of everything between the header and the last row of the table, and nothing else is changed.
func TestPlace(t *testing.T) {
	t.Parallel()
	for _, tt := range placedSheets {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			name := filepath.Join(t.TempDir(), "in.xlsx")
			tabletest.Write(t, name, string(zipped(pack(sheetTag+"<sheetData>"+tt.rows+"</sheetData>"+tt.tail+"</worksheet>", tt.more...))(t)))
			asked := table.Options{Hints: table.Hints{Asked: []string{"question"}}}
			src := openBook(t, name, asked)
			dst := filepath.Join(t.TempDir(), "out.xlsx")
			columns := []string{"ours", "ours too"}
			told := ""
			for _, n := range src.(table.Noter).Notes(dst, columns...) {
				told += n.String() + "\n"
			}
			if (told == "") != (tt.told == "") || !strings.Contains(told, tt.told) {
				t.Errorf("told %q, want %q", told, tt.told)
			}
			tabletest.Fill(t, src, dst, columns, func(row table.Row) []any {
				if row.Values[1] == "" {
					return []any{nil, nil}
				}
				return []any{"ours " + row.Values[1], "ours"}
			})
			sheet := sheetOf(t, dst)
			got := ""
			if m := newCell.FindStringSubmatch(sheet); m != nil {
				got = m[1]
			}
			if got != tt.want {
				t.Errorf("got column %s, want %s", got, tt.want)
			}
			for _, cell := range regexp.MustCompile(`<c r=.*?</c>`).FindAllString(tt.rows, -1) {
				if !strings.Contains(sheet, cell) {
					t.Errorf("lost %s in %s", cell, sheet)
				}
			}
			once := tabletest.Read(t, dst)
			again := openBook(t, dst, asked)
			if notes := again.(table.Noter).Notes(dst, columns...); len(notes) > 0 {
				t.Errorf("told %q of columns that are there", notes)
			}
			tabletest.Fill(t, again, dst, columns, func(table.Row) []any { return []any{table.Keep, table.Keep} })
			if tabletest.Read(t, dst) != once {
				t.Error("the file changes when it is written again")
			}
		})
	}
}

// sheetOf returns the first sheet of a workbook.
func sheetOf(t *testing.T, name string) string {
	t.Helper()
	for _, p := range members(t, []byte(tabletest.Read(t, name))) {
		if p.name == "xl/worksheets/sheet1.xml" {
			return p.text
		}
	}
	t.Fatal("no sheet")
	return ""
}

// The cell that leaves no room for more columns is named.
func TestTooWide(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ rows, tail, want string }{
		{twoRows("", textCell("XFD2", "far")), "", "cell XFD2 has content"},
		{twoRows(), `<mergeCells><mergeCell ref="B2:XFD2"/></mergeCells>`, "the cells B2:XFD2 belong together"},
	} {
		name := filepath.Join(t.TempDir(), "in.xlsx")
		tabletest.Write(t, name, string(zipped(pack(sheetTag+"<sheetData>"+tt.rows+"</sheetData>"+tt.tail+"</worksheet>"))(t)))
		_, err := tabletest.Open(t, name).Sink(filepath.Join(t.TempDir(), "out.xlsx"), "new")
		wantHint(t, err, tt.want, ".csv")
	}
	name := filepath.Join(t.TempDir(), "in.xlsx")
	tabletest.Write(t, name, string(zipped(pack(sheetTag+"<sheetData>"+twoRows("", textCell("XFE2", "far"))+"</sheetData></worksheet>"))(t)))
	_, err := open.Open(name, table.Options{})
	wantHint(t, err, "cell XFE2 of the sheet is in column 16385", "damaged")
}

// The hidden name of a filter is widened with the filter, whatever the position and the name of its sheet.
func TestFilterName(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "in.xlsx")
	const names = `<definedNames><definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">Other!$A$1:$B$3</definedName><definedName name="x">S!$A$1:$B$3</definedName>` +
		`<definedName name="_xlnm._FilterDatabase" localSheetId="1" hidden="1">'It''s &amp; !'!$A$1:$B$3</definedName></definedNames></workbook>`
	book := strings.Replace(workbookXML(`<sheet name="Other" sheetId="2" r:id="rId7"/><sheet name="It's &amp; !" sheetId="1" r:id="rId1"/>`), "</workbook>", names, 1)
	parts := pack(sheetTag+"<sheetData>"+twoRows()+"</sheetData>"+filterTail+"</worksheet>", member{"xl/workbook.xml", book})
	tabletest.Write(t, name, string(zipped(parts)(t)))
	dst := filepath.Join(t.TempDir(), "out.xlsx")
	tabletest.Fill(t, tabletest.Open(t, name), dst, []string{"new", "newer"}, func(table.Row) []any { return []any{"x", "y"} })
	for _, p := range members(t, []byte(tabletest.Read(t, dst))) {
		if want := strings.Replace(book, "'It''s &amp; !'!$A$1:$B$3", "'It''s &amp; !'!$A$1:$D$3", 1); p.name == "xl/workbook.xml" && p.text != want {
			t.Errorf("got %s, want %s", p.text, want)
		}
		if p.name == "xl/worksheets/sheet1.xml" && !strings.Contains(p.text, `<autoFilter ref="A1:D3"/>`) {
			t.Errorf("got %s", p.text)
		}
	}
}

// A part that declares ASCII declares UTF-8 once it has other letters, and only then.
func TestASCIIParts(t *testing.T) {
	t.Parallel()
	parts := pack(sheetTag+"<sheetData>"+twoRows()+"</sheetData></worksheet>", member{"xl/styles.xml", plainStyles})
	for i := range parts {
		parts[i].text = strings.Replace(parts[i].text, `encoding="UTF-8"`, `encoding='us-ascii'`, 1)
	}
	name := filepath.Join(t.TempDir(), "in.xlsx")
	tabletest.Write(t, name, string(zipped(parts)(t)))
	dst := filepath.Join(t.TempDir(), "out.xlsx")
	tabletest.Fill(t, tabletest.Open(t, name), dst, []string{"ответ"}, func(table.Row) []any { return []any{"да"} })
	for _, p := range members(t, []byte(tabletest.Read(t, dst))) {
		if rewritten := strings.Contains(p.name, "sheet1.xml") && strings.HasPrefix(p.name, "xl/worksheets/sheet") || p.name == "xl/styles.xml"; rewritten == strings.Contains(p.text, "us-ascii") {
			t.Errorf("%s: got %.80s", p.name, p.text)
		}
	}
}

// Attributes that are empty, and states that no program writes, are what spreadsheet programs take them for.
func TestOddAttributes(t *testing.T) {
	t.Parallel()
	rows := strings.NewReplacer(`<row r="2">`, `<row r="" s="">`, `<c r="A2" t="inlineStr">`, `<c r="" s="x" t="inlineStr">`).Replace(twoRows("n", `<c r="C2" t="" s=""><v>5</v></c>`))
	rows = strings.Replace(rows, "n</row>", textCell("C1", "n")+"</row>", 1)
	parts := pack(sheetTag+"<sheetData>"+rows+"</sheetData></worksheet>", member{"xl/workbook.xml", workbookXML(`<sheet name="Лист1" sheetId="1" state="show" r:id="rId1"/>`)})
	name := filepath.Join(t.TempDir(), "in.xlsx")
	tabletest.Write(t, name, string(zipped(parts)(t)))
	tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, name)), tabletest.Grid{{"id", "question", "n"}, {"1", "q1", "5"}, {"2", "q2", ""}})
}

// A workbook whose part names have backslashes becomes one that other programs open, and two relations to one table do not write it twice.
func TestPartNames(t *testing.T) {
	t.Parallel()
	tablePart := xmlHead + `<table xmlns="` + mainNS + `" id="1" name="T" displayName="T" ref="A1:B3"><tableColumns count="2"><tableColumn id="1" name="id"/><tableColumn id="2" name="question"/></tableColumns></table>`
	parts := pack(sheetTag+"<sheetData>"+twoRows()+"</sheetData></worksheet>", member{"xl/tables/t.xml", tablePart},
		member{"xl/worksheets/_rels/sheet1.xml.rels", relations(relNS+"/table", `..\tables\t.xml`, relNS+"/table", `../tables/t.xml`)})
	for _, backslashes := range []bool{false, true} {
		if backslashes {
			for i := range parts {
				parts[i].name = strings.ReplaceAll(parts[i].name, "/", `\`)
			}
		}
		name := filepath.Join(t.TempDir(), "in.xlsx")
		tabletest.Write(t, name, string(zipped(parts)(t)))
		dst := filepath.Join(t.TempDir(), "out.xlsx")
		tabletest.Fill(t, tabletest.Open(t, name), dst, []string{"new"}, func(table.Row) []any { return []any{"x"} })
		r, err := zip.OpenReader(dst)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		seen := map[string]bool{}
		for _, f := range r.File {
			if seen[f.Name] || strings.Contains(f.Name, `\`) {
				t.Errorf("backslashes %v: got a part %q", backslashes, f.Name)
			}
			seen[f.Name] = true
		}
		if len(seen) != len(parts) {
			t.Errorf("backslashes %v: got %d parts, want %d", backslashes, len(seen), len(parts))
		}
		for _, p := range members(t, []byte(tabletest.Read(t, dst))) {
			if backslashes && strings.HasSuffix(p.name, ".rels") && strings.Contains(p.text, `\`) {
				t.Errorf("got %s", p.text)
			}
		}
	}
}

// LibreOffice takes the hidden name for the filter, so the filter includes the answers there, too.
func TestFilterInOffice(t *testing.T) {
	t.Parallel()
	office := tabletest.NewOffice(t)
	name := filepath.Join(t.TempDir(), "in.xlsx")
	book := strings.Replace(workbookXML(`<sheet name="S" sheetId="1" r:id="rId1"/>`), "</workbook>",
		`<definedNames><definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">S!$A$1:$B$3</definedName></definedNames></workbook>`, 1)
	parts := pack(sheetTag+"<sheetData>"+twoRows()+"</sheetData>"+filterTail+"</worksheet>", member{"xl/workbook.xml", book})
	tabletest.Write(t, name, string(zipped(parts)(t)))
	dst := filepath.Join(t.TempDir(), "out.xlsx")
	tabletest.Fill(t, tabletest.Open(t, name), dst, []string{"new", "newer"}, func(table.Row) []any { return []any{"x", "y"} })
	saved, said := office.Convert(t, "xlsx", dst)
	if sheet := sheetOf(t, filepath.Join(saved, "out.xlsx")); !strings.Contains(sheet, `<autoFilter ref="A1:D3"`) {
		t.Errorf("got %s\n%s", sheet, said)
	}
}

// In a new workbook, too, the new columns are as wide as their content.
func TestWidthsOfNewWorkbook(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "in.csv")
	tabletest.WriteCSV(t, name, tabletest.Sample)
	dst := filepath.Join(t.TempDir(), "out.xlsx")
	tabletest.Fill(t, tabletest.Open(t, name), dst, []string{"word", "text"}, func(table.Row) []any { return []any{"да", strings.Repeat("слово ", 50)} })
	if sheet := sheetOf(t, dst); !strings.Contains(sheet, `<col customWidth="1" max="4" min="4" width="9"/>`) || !strings.Contains(sheet, `<col customWidth="1" max="5" min="5" width="60"/>`) {
		t.Errorf("got %.800s", sheet)
	}
}

// Files of other kinds with the extension of a workbook are called what they are.
func TestDisguised(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"\uFEFF <HTML xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><table>": "a web page (HTML)",
		"<!DOCTYPE html>\n<p>": "a web page (HTML)",
		"<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\">": "a web page (HTML)",
		"<table border=1><tr>":                               "a web page (HTML)",
		"\xFF\xFE<\x00h\x00t\x00m\x00l\x00>\x00":             "a web page (HTML)",
		"MIME-Version: 1.0\nContent-Type: multipart/related": "a web archive",
		"<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">": "the XML format of Excel 2003",
		"<?xml version=\"1.0\"?><orders/>": "the file is XML",
		"a;b\n1;2\n":                       "",
	} {
		for _, extension := range []string{".xls", ".xlsx", ".XLSM"} {
			name := filepath.Join(t.TempDir(), "in"+extension)
			tabletest.Write(t, name, text)
			_, err := open.Open(name, table.Options{})
			if want == "" {
				if err == nil || strings.Contains(err.Error(), "HTML") {
					t.Errorf("%s: got %v", extension, err)
				}
				continue
			}
			wantHint(t, err, want, "save it as .xlsx")
		}
	}
}
