package xlsx_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/numfmt"
	"gigabatch/internal/io/table/tabletest"
	"gigabatch/internal/io/table/xlsx"
)

// lookExcelize reads the same sheets with excelize.
func lookExcelize(t *testing.T, name string, sheets map[string]bool) xlsx.Seen {
	t.Helper()
	all := xlsx.Seen{map[string]string{}, map[string]error{}}
	f, err := excelize.OpenFile(name, excelize.Options{ShortDatePattern: "yyyy-mm-dd"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, sheet := range f.GetSheetList() {
		if !sheets[sheet] {
			continue
		}
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for i, cells := range rows {
			all.Put(sheet, i+1, cells)
		}
	}
	return all
}

// deviation is a cell that excelize shows wrongly.
type deviation struct{ ours, excelize, why string }

const (
	padsNothing = "excelize shows an empty text with the spaces that its format puts around a text"
	padsText    = "excelize takes the space that a format puts around a text for a part of it"
	knows1904   = "excelize takes the first two months that a workbook from 1904 can hold for others"
	// Number formats are tested in TestXLSXFormatCodes.
	knowsNoEngineering = "excelize shows numbers as they are stored where the exponent has one place"
	takesFarFraction   = "excelize seldom takes the nearest fraction, and shows a whole 0 before it"
	roundsSeconds      = "excelize rounds seconds that have decimals"
	countsNoTime       = "excelize shows how long something took as a number where it is below zero, drops a zero, or runs over"
	takesSpace         = "excelize drops the space between a number and its currency"
	gluesMinus         = "excelize mixes the brackets of a telephone number with a minus"
	keepsCR            = "excelize keeps a line end of two characters, of which LibreOffice saves one"
	knowsISO           = "excelize does not know a date with a T in it"
)

var deviations = map[string]map[string]deviation{
	"number_format_russian.xlsm": numberFormatRussian,
	"rich.xlsx":                  {"Лист1!B3": {"x\ny", "x\r\ny", keepsCR}},
	"has_x000D_.xlsx":            {"Sheet1!A1": {"ABC\nDEF", "ABC\r\nDEF", keepsCR}},
	"accounting.xlsx":            {"Sheet1!B1": {"sum", " sum ", padsText}},
	"dates1904.xlsx":             {"Лист1!B2": {"1904-01-02", "1900-01-03", knows1904}},
	"strict.xlsx":                {"Лист1!B3": {"2026-11-22", "2026-11-22T00:00:00", knowsISO}},
}

// unread are the workbooks and sheets that are refused, whatever excelize makes of them.
var unread = map[string]map[string]string{
	"issue252.xlsx":           {"": "not a valid zip file"},
	"encryptSHA512.xlsx":      {"": "not a valid zip file"},
	"duplicate-filename.xlsx": {"v1": "two parts named"},
	"twice.xlsx":              {"Лист1": "two parts named"},
	"poc-xmlbomb.xlsx":        {"": "document type"},
	"xlsx-corrupted.xlsx":     {"": "the part is empty"},
	"clusterfuzz-testcase-minimized-POIXSSFFuzzer-5937385319563264.xlsx": {"Exp8": "row 231999999999940"},
}

// Every cell is shown as excelize shows it, except where excelize is wrong.
func TestXLSXShown(t *testing.T) {
	t.Parallel()
	mine, err := filepath.Glob(filepath.Join(workbooksDir, "*.xls?"))
	if err != nil || len(mine) == 0 {
		t.Fatalf("got %d workbooks, error %v", len(mine), err)
	}
	compare(t, append(mine, filepath.Join("..", "..", "..", "..", "testdata", "questions.xlsx")))
	t.Run("shared", func(t *testing.T) {
		t.Parallel()
		compare(t, tabletest.Shared(t, ".xlsx", ".xlsm"))
	})
}

func compare(t *testing.T, names []string) {
	for _, name := range names {
		base := filepath.Base(name)
		t.Run(base, func(t *testing.T) {
			t.Parallel()
			if raceDetector && slowWithRace[base] {
				t.Skip("excelize takes minutes with the race detector; run without it")
			}
			wantShown(t, name, deviations[base], unread[base])
		})
	}
}

func wantShown(t *testing.T, name string, known map[string]deviation, refused map[string]string) {
	t.Helper()
	got := xlsx.Look(t, name)
	for sheet, err := range got.Errors {
		if want, ok := refused[sheet]; !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("sheet %q: got error %v, want %q", sheet, err, want)
		}
	}
	if len(got.Errors) != len(refused) {
		t.Errorf("got errors %v, want %v", got.Errors, refused)
	}
	if len(got.Cells) == 0 {
		return
	}
	want := lookExcelize(t, name, sheetsOf(got))
	for cell, d := range known {
		if got.Cells[cell] != d.ours || want.Cells[cell] != d.excelize {
			t.Errorf("%s: got %q, excelize %q, want %q and %q: %s", cell, got.Cells[cell], want.Cells[cell], d.ours, d.excelize, d.why)
		}
	}
	for cell := range union(got.Cells, want.Cells) {
		if _, ok := known[cell]; !ok && got.Cells[cell] != want.Cells[cell] {
			t.Errorf("%s: got %q, excelize %q", cell, got.Cells[cell], want.Cells[cell])
		}
	}
}

func union(a, b map[string]string) map[string]bool {
	all := map[string]bool{}
	for k := range a {
		all[k] = true
	}
	for k := range b {
		all[k] = true
	}
	return all
}

// numberFormatCodes are typical codes, and the numbers of built-in ones.
var numberFormatCodes = []string{
	"0", "0.00", "#,##0", "#,##0.00", "0%", "0.00%", "0.00E+00", "# ?/?", "# ??/??", "##0.0E+0", "@", "General", "000000", "0.0\" шт\"", "#,##0.00\\ \"₽\"", "#,##0.00 [$₽-419]",
	"[Red]0;[Blue]-0;\"zero\"", "0;-0;;@", "0;-0;\"-\";\"text: \"@", ";;;", "_-* #,##0.00_-;\\-* #,##0.00_-;_-* \"-\"??_-;_-@_-", "#,##0 ;(#,##0)", "[>100]\"many\";\"few\"", "\"№ \"0", "+7 (000) 000-00-00",
	"dd.mm.yyyy", "dd/mm/yy;@", "yyyy-mm-dd hh:mm:ss", "d mmmm yyyy", "[$-419]d mmmm yyyy", "[$-F800]dddd, mmmm dd, yyyy", "h:mm AM/PM", "[h]:mm:ss", "[mm]:ss", "mm:ss.0", "dddd", "mmm yy", "hh:mm", "yyyy\"г.\"",
	"m/d/yyyy", "dd.mm.yyyy;@", "dd\\.mm\\.yyyy\\ h:mm", "[$-409]d\\-mmm\\-yy;@", "yyyy. mm. dd", "[$-1010419]dd/mm/yyyy", "[$-409]m/d/yy h:mm AM/PM;@", "yyyymmdd",
}

var storedValues = []string{"0", "1", "-1", "0.5", "-0.125", "12", "61", "99.9", "1234.5678", "-1234567.891", "46085", "46085.75", "79161234567", "500100732259", "1E-7", "1.5E+300", "0.30000000000000004", "123456789012345678"}

// formatSheet returns a sheet that shows each of the values in each of the formats, with or without dates from 1904, and a text and a
// Boolean.
func formatSheet(t *testing.T, workbookProperties string) string {
	t.Helper()
	var xfs, fmts, rows strings.Builder
	style := 0
	row := func(format int) {
		style++
		fmt.Fprintf(&xfs, `<xf numFmtId="%d" fontId="0" fillId="0" borderId="0" xfId="0"/>`, format)
		fmt.Fprintf(&rows, `<row r="%d">`, style)
		for _, v := range storedValues {
			fmt.Fprintf(&rows, `<c s="%d"><v>%s</v></c>`, style, v)
		}
		fmt.Fprintf(&rows, `<c s="%d" t="inlineStr"><is><t>text</t></is></c><c s="%d" t="b"><v>1</v></c><c s="%d" t="e"><v>#N/A</v></c><c s="%d" t="str"><v>x</v></c></row>`, style, style, style, style)
	}
	for id := range 82 {
		row(id)
	}
	for i, code := range numberFormatCodes {
		fmt.Fprintf(&fmts, `<numFmt numFmtId="%d" formatCode="%s"/>`, 164+i, strings.NewReplacer(`"`, "&quot;", ">", "&gt;").Replace(code))
		row(164 + i)
	}
	styles := strings.NewReplacer(`<numFmts count="1">`, "<numFmts>"+fmts.String(), `<numFmt numFmtId="164" formatCode="0.0&quot; шт&quot;"/></numFmts>`, "</numFmts>", `<cellXfs count="3">`, "<cellXfs>",
		plainStyles[strings.Index(plainStyles, `<xf numFmtId="0" fontId="1"`):strings.Index(plainStyles, "</cellXfs>")], xfs.String()).Replace(plainStyles)
	name := filepath.Join(t.TempDir(), "formats.xlsx")
	book := strings.Replace(workbookXML(`<sheet name="S" sheetId="1" r:id="rId1"/>`), "<sheets>", workbookProperties+"<sheets>", 1)
	tabletest.Write(t, name, string(zipped(pack(sheetTag+"<sheetData>"+rows.String()+"</sheetData></worksheet>", member{"xl/styles.xml", styles}, member{"xl/workbook.xml", book}))(t)))
	return name
}

// styledCode is a number format by its number and its code.
type styledCode struct {
	id   int
	code string
}

func (c styledCode) isDate() bool {
	f, in := numfmt.Parse(c.code), &numfmt.Workbook{Foreign: func(string, string) string { return "" }}
	shown := func(day int) bool { return f.Number(strconv.Itoa(day), in) == strconv.Itoa(day) }
	return shown(lastDay) && !shown(lastDay-1) && !strings.HasPrefix(c.code, "[h]") && !strings.HasPrefix(c.code, "[mm]")
}

// rule is a reason why cells of the sheet of formats are shown differently from excelize.
type rule struct {
	why   string
	holds func(f styledCode, kind, stored string, from1904 bool) bool
}

const (
	days1904 = 1462    // between the two date systems
	lastDay  = 2958466 // the first day that is not shown, after 9999
)

var rules = []rule{
	{"excelize shows General with 10 digits in a cell that has a style", func(f styledCode, kind, stored string, _ bool) bool {
		return (f.code == "" || f.code == "General") && kind == "n" && strings.Trim(stored, "-0123456789.") == "" && len(stored) > 11
	}},
	{"excelize shows integers with 15 digits", func(_ styledCode, kind, stored string, _ bool) bool {
		return kind == "n" && stored == "123456789012345678"
	}},
	{"excelize shows hours with two digits", func(f styledCode, kind, _ string, _ bool) bool {
		return kind == "n" && (f.id == 20 || f.id == 21)
	}},
	{"excelize does not know the formats 5 to 8, 27 to 36 and 50 to 81", func(f styledCode, kind, _ string, _ bool) bool {
		return kind == "n" && (f.id >= 5 && f.id <= 8 || f.id >= 27 && f.id <= 36 || f.id >= 50 && f.id <= 81)
	}},
	{"excelize shows days after the year 9999", func(f styledCode, kind, stored string, _ bool) bool {
		n, err := strconv.ParseFloat(stored, 64)
		return kind == "n" && f.isDate() && err == nil && n+days1904 >= lastDay
	}},
	{padsText, func(f styledCode, kind, _ string, _ bool) bool {
		return kind == "inlineStr" && strings.HasPrefix(f.code, "_")
	}},
	{"excelize gives an error the format of a text", func(_ styledCode, kind, _ string, _ bool) bool { return kind == "e" }},
	{"excelize gives what a formula has come to no format", func(_ styledCode, kind, _ string, _ bool) bool { return kind == "str" }},
	{knows1904, func(f styledCode, kind, stored string, from1904 bool) bool {
		n, err := strconv.ParseFloat(stored, 64)
		return kind == "n" && f.isDate() && from1904 && err == nil && n < 62
	}},
	{"excelize takes no section but the first two, and no condition", func(f styledCode, kind, stored string, _ bool) bool {
		return kind == "n" && (stored == "0" && strings.Count(f.code, ";") > 1 || strings.HasPrefix(f.code, "[>"))
	}},
	{knowsNoEngineering, func(f styledCode, kind, _ string, _ bool) bool { return kind == "n" && f.code == "##0.0E+0" }},
	{takesFarFraction, func(f styledCode, kind, _ string, _ bool) bool { return kind == "n" && strings.Contains(f.code, "?/") }},
	{roundsSeconds, func(f styledCode, kind, _ string, _ bool) bool { return kind == "n" && f.code == "mm:ss.0" }},
	{"excelize gives nothing a minus", func(f styledCode, kind, stored string, _ bool) bool {
		return kind == "n" && stored == "-0.125" && strings.Contains(f.code, "0") && !strings.Contains(f.code, ".")
	}},
	{"excelize counts a share with a float", func(f styledCode, kind, stored string, _ bool) bool {
		return kind == "n" && stored == "1.5E+300" && strings.HasSuffix(f.code, "%")
	}},
	{countsNoTime, func(f styledCode, kind, stored string, _ bool) bool {
		n, err := strconv.ParseFloat(stored, 64)
		return kind == "n" && err == nil && (n < 0 || n < 0.01 || n >= lastDay) && (strings.HasPrefix(f.code, "[h]") || strings.HasPrefix(f.code, "[mm]"))
	}},
	{"excelize takes how long something took for days from 1904", func(f styledCode, kind, _ string, from1904 bool) bool {
		return kind == "n" && from1904 && (strings.HasPrefix(f.code, "[h]") || strings.HasPrefix(f.code, "[mm]"))
	}},
}

// Dates in languages whose names this package does not have are formatted by excelize.
func TestXLSXForeignDates(t *testing.T) {
	t.Parallel()
	show, end := xlsx.Scratch()
	defer end()
	for _, tt := range [][3]string{{"[$-407]d. mmmm yyyy", "45292", "1. Januar 2024"}, {"[$-407]d. mmmm yyyy", "45352", "1. März 2024"},
		{"[$-422]d mmmm yyyy", "45292", "1 січень 2024"}, {`[$-FC22]d\ mmmm\ yyyy`, "45413", "1 травень 2024"}} {
		if got := numfmt.Parse(tt[0]).Number(tt[1], &numfmt.Workbook{Foreign: show}); got != tt[2] {
			t.Errorf("%s of %s: got %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
}

// Dates that are not formatted by excelize look as if they were, and times are exact to the second.
func TestXLSXDates(t *testing.T) {
	t.Parallel()
	show, end := xlsx.Scratch()
	defer end()
	r := rand.New(rand.NewPCG(5, 6))
	codes := []string{"dd.mm.yyyy", "yyyy-mm-dd hh:mm:ss", "d/m/yy h:mm;@", "hh:mm", "mm:ss", "h:m", "DD\\.MM\\.YYYY\\ HH:MM", "yyyy mm", "m.d.yy", "hh:mm:ss dd-mm-yy", "mm, yyyy"}
	for _, code := range codes {
		f, in := numfmt.Parse(code), &numfmt.Workbook{Foreign: func(string, string) string { return "not known" }}
		for i := range 300 {
			days := 61 + float64(r.IntN(100_000)) + float64(r.IntN(86400*4))/(86400*4)*float64(min(i, 1))
			stored := strconv.FormatFloat(days, 'f', -1, 64)
			if len(stored) > 16 { // the digits that a sheet keeps, and the point
				stored = strconv.FormatFloat(days, 'G', 15, 64)
			}
			if got, want := f.Number(stored, in), show(code, stored); got != want {
				t.Errorf("%s of %s: got %q, want %q", code, stored, got, want)
			}
		}
	}
}

// The same is true for any number in any format.
func TestXLSXFormats(t *testing.T) {
	t.Parallel()
	applied := map[string]bool{}
	for _, from1904 := range []bool{false, true} {
		properties := map[bool]string{true: `<workbookPr date1904="1"/>`}[from1904]
		name := formatSheet(t, properties)
		got, want := xlsx.Look(t, name), lookExcelize(t, name, map[string]bool{"S": true})
		if len(got.Errors) > 0 || len(got.Cells) < 100*len(storedValues) {
			t.Fatalf("got %d cells, errors %v", len(got.Cells), got.Errors)
		}
		for cell := range union(got.Cells, want.Cells) {
			if got.Cells[cell] == want.Cells[cell] {
				continue
			}
			why := ruleFor(t, strings.TrimPrefix(cell, "S!"), from1904)
			if applied[why] = true; why == "" {
				t.Errorf("%s from 1904 %v: got %q, excelize %q", cell, from1904, got.Cells[cell], want.Cells[cell])
			}
		}
	}
	for _, r := range rules {
		if !applied[r.why] {
			t.Errorf("no cell shows that %s", r.why)
		}
	}
}

func ruleFor(t *testing.T, cell string, from1904 bool) string {
	t.Helper()
	column, row, err := excelize.CellNameToCoordinates(cell)
	if err != nil {
		t.Fatal(err)
	}
	f, kind, stored := formatCell(column, row)
	for _, r := range rules {
		if r.holds(f, kind, stored, from1904) {
			return r.why
		}
	}
	return ""
}

// formatCell returns the format of a cell of the sheet of formats, its type, and the value that it stores if it is a number.
func formatCell(column, row int) (f styledCode, kind, stored string) {
	f = styledCode{row - 1, numfmt.Code(row-1, "")}
	if row > 82 {
		f.code = numberFormatCodes[row-83]
	}
	if column <= len(storedValues) {
		return f, "n", storedValues[column-1]
	}
	return f, []string{"inlineStr", "b", "e", "str"}[column-1-len(storedValues)], ""
}

// sheetsOf returns the sheets with text.
func sheetsOf(a xlsx.Seen) map[string]bool {
	sheets := map[string]bool{}
	for cell := range a.Cells {
		sheets[cell[:strings.LastIndexByte(cell, '!')]] = true
	}
	return sheets
}
