package table

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// day is a date late in the evening, far from Greenwich.
func day(y int, m time.Month, d int) Date {
	return Date(time.Date(y, m, d, 23, 59, 0, 0, time.FixedZone("", -11*60*60)))
}

var (
	sampleDays = []Date{day(2026, 3, 4), day(1900, 3, 1), day(1900, 2, 28), day(1812, 9, 7), day(9999, 12, 31), day(2400, 2, 29)}
	sampleTime = time.Date(2026, 3, 4, 15, 30, 0, 0, time.UTC)
)

func dayCells(row Row) []any { return []any{sampleDays[row.Index], sampleTime} }

// A date reads back as itself, whatever the format it was written from and to.
func TestDates(t *testing.T) {
	t.Parallel()
	for _, c := range formatCases {
		for _, to := range []string{".csv", ".jsonl", ".xlsx"} {
			name := c.sample(t)
			dst := filepath.Join(filepath.Dir(name), "out"+to)
			fill(t, open(t, name), dst, []string{"day", "time"}, dayCells)
			when := "2026-03-04T15:30:00Z"
			if to == ".xlsx" {
				when = "2026-03-04 15:30:00"
			}
			if c.format == XLSX && to == ".xlsx" {
				when = "2026-03-04 15:30" // as the built-in format shows it
			}
			for i, row := range rowsOf(t, open(t, dst))[1:] {
				if got, want := row[3], sampleDays[i].String(); got != want || row[4] != when {
					t.Errorf("%s%s to %s: got %q and %q, want %q and %q", c.format, c.variant, to, got, row[4], want, when)
				}
			}
		}
	}
}

func TestDateCell(t *testing.T) {
	t.Parallel()
	d := day(2026, 3, 4)
	if got := cellText(d); got != "2026-03-04" {
		t.Errorf("got %q", got)
	}
	if got := string(appendJSON(nil, d)); got != `"2026-03-04"` {
		t.Errorf("got %s", got)
	}
	if got := fmt.Sprint(d); got != "2026-03-04" {
		t.Errorf("got %q", got)
	}
}

// rawCell is what a cell stores, its type and its number format.
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

// In a workbook dates are numbers that are shown as dates, in a new one and in one that is written again, twice.
func TestDatesOfWorkbook(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{".csv", ".xlsx"} {
		name := filepath.Join(t.TempDir(), "in"+ext)
		if ext == ".csv" {
			writeCSVGrid(t, name, sampleGrid)
		} else {
			writeXLSXGrid(t, name, sampleGrid)
		}
		dst := filepath.Join(filepath.Dir(name), "out.xlsx")
		fill(t, open(t, name), dst, []string{"day", "time"}, dayCells)
		once := readFile(t, dst)
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
		fill(t, open(t, dst), dst, []string{"day", "time"}, dayCells)
		wantDay()
		if twice := readFile(t, dst); ext == ".xlsx" && twice != once {
			fill(t, open(t, dst), dst, []string{"day", "time"}, dayCells)
			if readFile(t, dst) != twice {
				t.Errorf("%s: the file changes each time", ext)
			}
		}
	}
}

// A column of dates that was empty, or text, shows dates when it is refilled; cells that show numbers in some way keep it.
func TestDateRefilled(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "in.xlsx")
	writeXLSXGrid(t, name, grid{{"id", "day"}, {"1", "unknown"}, {"2", ""}})
	fill(t, open(t, name), name, []string{"day", "more"}, func(Row) []any { return []any{nil, nil} })
	fill(t, open(t, name), name, []string{"day", "more"}, func(Row) []any { return []any{day(2026, 3, 4), sampleTime} })
	wantGrid(t, rowsOf(t, open(t, name)), grid{{"id", "day", "more"}, {"1", "2026-03-04", "2026-03-04 15:30"}, {"2", "2026-03-04", "2026-03-04 15:30"}})
}

// The number format of dates joins those that the workbook has, in whatever form it has them.
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
		writeXLSXGrid(t, name, sampleGrid)
		parts := members(t, []byte(readFile(t, name)))
		for i, p := range parts {
			if p.name == "xl/styles.xml" {
				parts[i].text = strings.Replace(p.text, "<fonts", tt.list+"<fonts", 1)
			}
		}
		writeFile(t, name, string(zipped(parts)(t)))
		fill(t, open(t, name), name, []string{"day", "time"}, dayCells)
		for _, p := range members(t, []byte(readFile(t, name))) {
			if want := tt.want; p.name == "xl/styles.xml" {
				if want == "" {
					want = tt.list
				}
				if !strings.Contains(p.text, want+"<fonts") || strings.Count(p.text, "<numFmts") != 1 {
					t.Errorf("%s: got %.600s, want %s", tt.name, p.text, want)
				}
			}
		}
		if got := rowsOf(t, open(t, name))[1][3]; got != "2026-03-04" {
			t.Errorf("%s: got %q", tt.name, got)
		}
	}
}

func TestDates1904(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "in.xlsx")
	writeXLSXGrid(t, name, sampleGrid)
	parts := members(t, []byte(readFile(t, name)))
	for i, p := range parts {
		if p.name == "xl/workbook.xml" {
			parts[i].text = strings.Replace(p.text, "<workbookPr", `<workbookPr date1904="1"`, 1)
			if parts[i].text == p.text {
				t.Fatalf("no properties in %s", p.text)
			}
		}
	}
	writeFile(t, name, string(zipped(parts)(t)))
	fill(t, open(t, name), name, []string{"day", "time"}, dayCells)
	for i, row := range rowsOf(t, open(t, name))[1:] {
		if want := sampleDays[i].String(); row[3] != want {
			t.Errorf("got %q, want %q", row[3], want)
		}
	}
	if raw, _, _ := rawCell(t, name, "Sheet1", "D2"); raw != "44623" {
		t.Errorf("got %s", raw)
	}
}
