package xlsx_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/tabletest"
)

// rawCell returns what a cell stores, its type and its number format.
func rawCell(t *testing.T, name, sheet, at string) (raw string, kind excelize.CellType, format string) {
	t.Helper()
	f, err := excelize.OpenFile(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	raw, errRaw := f.GetCellValue(sheet, at, excelize.Options{RawCellValue: true})
	kind, errKind := f.GetCellType(sheet, at)
	id, errStyle := f.GetCellStyle(sheet, at)
	style, err := f.GetStyle(id)
	if err != nil || errRaw != nil || errKind != nil || errStyle != nil {
		t.Fatal(errRaw, errKind, errStyle, err)
	}
	format = fmt.Sprint(style.NumFmt)
	if style.CustomNumFmt != nil {
		format = *style.CustomNumFmt
	}
	return raw, kind, format
}

// In a workbook, dates are numbers shown as dates, both in a new workbook and in one that is rewritten, twice.
func TestDatesOfWorkbook(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{".csv", ".xlsx"} {
		name := filepath.Join(t.TempDir(), "in"+ext)
		if ext == ".csv" {
			tabletest.WriteCSV(t, name, tabletest.Sample)
		} else {
			tabletest.WriteXLSX(t, name, tabletest.Sample)
		}
		dst := filepath.Join(filepath.Dir(name), "out.xlsx")
		tabletest.Fill(t, tabletest.Open(t, name), dst, []string{"day", "time"}, tabletest.DayCells)
		once := tabletest.Read(t, dst)
		wantDay := func() {
			t.Helper()
			for at, want := range map[string]string{"D2": "46085", "D3": "61", "D6": "2958465"} {
				if raw, kind, format := rawCell(t, dst, "Sheet1", at); raw != want || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber || format != "yyyy-mm-dd" {
					t.Errorf("%s: %s: got %q, type %v, format %q, want %s", ext, at, raw, kind, format, want)
				}
			}
			if raw, kind, _ := rawCell(t, dst, "Sheet1", "D4"); raw != "1900-02-28" || kind != excelize.CellTypeInlineString {
				t.Errorf("%s: got %q, type %v for a day before the first", ext, raw, kind)
			}
			if raw, _, format := rawCell(t, dst, "Sheet1", "E2"); !strings.HasPrefix(raw, "46085.6458333333") || format == "0" {
				t.Errorf("%s: got time %q, format %q", ext, raw, format)
			}
		}
		wantDay()
		tabletest.Fill(t, tabletest.Open(t, dst), dst, []string{"day", "time"}, tabletest.DayCells)
		wantDay()
		if twice := tabletest.Read(t, dst); ext == ".xlsx" && twice != once {
			tabletest.Fill(t, tabletest.Open(t, dst), dst, []string{"day", "time"}, tabletest.DayCells)
			if tabletest.Read(t, dst) != twice {
				t.Errorf("%s: the file changes each time", ext)
			}
		}
	}
}

// A column of dates that was empty, or text, shows dates after it is refilled. Cells with a number format keep it.
func TestDateRefilled(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "in.xlsx")
	tabletest.WriteXLSX(t, name, tabletest.Grid{{"id", "day"}, {"1", "unknown"}, {"2", ""}})
	tabletest.Fill(t, tabletest.Open(t, name), name, []string{"day", "more"}, func(table.Row) []any { return []any{nil, nil} })
	tabletest.Fill(t, tabletest.Open(t, name), name, []string{"day", "more"}, func(table.Row) []any { return []any{tabletest.Day(2026, 3, 4), tabletest.SampleTime} })
	tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, name)), tabletest.Grid{{"id", "day", "more"}, {"1", "2026-03-04", "2026-03-04 15:30"}, {"2", "2026-03-04", "2026-03-04 15:30"}})
}

// The number format of dates is added to those of the workbook, whatever their form.
func TestDateFormats(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, list, want string }{
		{"none", "", `<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts>`},
		{"empty", `<numFmts count="0"/>`, `<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts>`},
		{"other", `<numFmts count="1"><numFmt numFmtId="170" formatCode="0.0"/></numFmts>`,
			`<numFmts count="2"><numFmt numFmtId="170" formatCode="0.0"/><numFmt numFmtId="171" formatCode="yyyy-mm-dd"/></numFmts>`},
		{"there", `<numFmts count="1"><numFmt numFmtId="180" formatCode="YYYY\-mm\-dd"/></numFmts>`, ""},
	}
	for _, tt := range tests {
		name := filepath.Join(t.TempDir(), "in.xlsx")
		tabletest.WriteXLSX(t, name, tabletest.Sample)
		parts := members(t, []byte(tabletest.Read(t, name)))
		for i, p := range parts {
			if p.name == "xl/styles.xml" {
				parts[i].text = strings.Replace(p.text, "<fonts", tt.list+"<fonts", 1)
			}
		}
		tabletest.Write(t, name, string(zipped(parts)(t)))
		tabletest.Fill(t, tabletest.Open(t, name), name, []string{"day", "time"}, tabletest.DayCells)
		for _, p := range members(t, []byte(tabletest.Read(t, name))) {
			if want := tt.want; p.name == "xl/styles.xml" {
				if want == "" {
					want = tt.list
				}
				if !strings.Contains(p.text, want+"<fonts") || strings.Count(p.text, "<numFmts") != 1 {
					t.Errorf("%s: got %.600s, want %s", tt.name, p.text, want)
				}
			}
		}
		if got := tabletest.Rows(t, tabletest.Open(t, name))[1][3]; got != "2026-03-04" {
			t.Errorf("%s: got %q", tt.name, got)
		}
	}
}

func TestDates1904(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "in.xlsx")
	tabletest.WriteXLSX(t, name, tabletest.Sample)
	parts := members(t, []byte(tabletest.Read(t, name)))
	for i, p := range parts {
		if p.name == "xl/workbook.xml" {
			parts[i].text = strings.Replace(p.text, "<workbookPr", `<workbookPr date1904="1"`, 1)
			if parts[i].text == p.text {
				t.Fatalf("no properties in %s", p.text)
			}
		}
	}
	tabletest.Write(t, name, string(zipped(parts)(t)))
	tabletest.Fill(t, tabletest.Open(t, name), name, []string{"day", "time"}, tabletest.DayCells)
	for i, row := range tabletest.Rows(t, tabletest.Open(t, name))[1:] {
		if want := tabletest.SampleDays[i].String(); row[3] != want {
			t.Errorf("got %q, want %q", row[3], want)
		}
	}
	if raw, _, _ := rawCell(t, name, "Sheet1", "D2"); raw != "44623" {
		t.Errorf("got %s", raw)
	}
}
