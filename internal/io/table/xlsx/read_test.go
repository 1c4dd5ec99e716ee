package xlsx_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

func openBook(t *testing.T, name string, o table.Options) table.Source {
	t.Helper()
	src, err := open.Open(name, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// titled returns a workbook with two rows above its header, a gap, and a row of numbers.
func titled(t *testing.T) string {
	return workbook(t, "in.xlsx", func(f *excelize.File) error {
		_, err := f.NewSheet("More")
		return errors.Join(err, setRows(f, "Sheet1", map[string][]any{
			"A1": {"Sales of the year"}, "A2": {"all figures in thousands"}, "B4": {"city", "2024", "2025", "note"}, "B5": {"Москва", 10, 20.5, "ok"}, "B6": {"Тверь", 1, 2}, "B9": {"Клин", 3, 4, "", "beyond"},
		}))
	})
}

func TestXLSXHeader(t *testing.T) {
	t.Parallel()
	name := titled(t)
	rows := tabletest.Grid{{"", "Москва", "10", "20.5", "ok"}, {"", "Тверь", "1", "2", ""}, {"", "Клин", "3", "4", ""}}
	head := []string{"", "city", "2024", "2025", "note"}
	tests := []struct {
		options table.Options
		want    tabletest.Grid
		first   int
		dialect string
	}{
		{table.Options{}, append(tabletest.Grid{head}, rows...), 5, `sheet "Sheet1" (of 2 sheets), header in row 4 (3 title rows above it)`},
		{table.Options{Sheet: "1"}, append(tabletest.Grid{head}, rows...), 5, `sheet "Sheet1", header in row 4 (3 title rows above it)`},
		{table.Options{Sheet: "Sheet1", HeaderRow: 5}, tabletest.Grid{{"", "Москва", "10", "20.5", "ok"}, rows[1], rows[2]}, 6, `sheet "Sheet1", header in row 5 (4 title rows above it)`},
		{table.Options{Sheet: "1", HeaderRow: 6}, tabletest.Grid{{"", "Тверь", "1", "2"}, {"", "Клин", "3", "4"}}, 9, `sheet "Sheet1", header in row 6 (5 title rows above it)`},
		{table.Options{Sheet: "1", HeaderRow: 1}, tabletest.Grid{{"Sales of the year"}, {"all figures in thousands"}, {""}, {""}, {""}, {""}}, 2, `sheet "Sheet1", header in row 1`},
		{table.Options{NoHeader: true, Sheet: "1"}, tabletest.Grid{{"A", "B", "C", "D", "E", "F"}, {"Sales of the year", "", "", "", "", ""}, {"all figures in thousands", "", "", "", "", ""},
			{"", "city", "2024", "2025", "note", ""}, {"", "Москва", "10", "20.5", "ok", ""}, {"", "Тверь", "1", "2", "", ""}, {"", "Клин", "3", "4", "", "beyond"}}, 1,
			`sheet "Sheet1", no header: columns A to F`},
	}
	for _, tt := range tests {
		src := openBook(t, name, tt.options)
		tabletest.Want(t, tabletest.Rows(t, src), tt.want)
		if got := src.Dialect().String(); got != tt.dialect {
			t.Errorf("%+v: got %q, want %q", tt.options, got, tt.dialect)
		}
		for row := range src.Rows() {
			if row.Line != tt.first || row.Sheet != "" {
				t.Errorf("%+v: got first row %d of sheet %q, want %d", tt.options, row.Line, row.Sheet, tt.first)
			}
			break
		}
	}
	_, err := open.Open(name, table.Options{HeaderRow: 8})
	wantHint(t, err, "row 8", "--header-row 4")
	_, err = open.Open(name, table.Options{HeaderRow: 900})
	wantHint(t, err, "row 900", "--header-row 4")
}

// wantHint checks for an *Error whose message and hint contain those words.
func wantHint(t *testing.T, err error, msg, hint string) {
	t.Helper()
	var e *table.Error
	if !errors.As(err, &e) || !strings.Contains(e.Error(), msg) || !strings.Contains(e.Hint.String(), hint) {
		t.Errorf("got %v, want one with %q and the hint %q", err, msg, hint)
		if e != nil {
			t.Errorf("got the hint %q", e.Hint)
		}
	}
}

// A sheet whose first row is like those below it has no header.
func TestXLSXHeadless(t *testing.T) {
	t.Parallel()
	name := workbook(t, "in.xlsx", func(f *excelize.File) error {
		return setRows(f, "Sheet1", map[string][]any{"A1": {1, "one"}, "A2": {2, "two"}, "A3": {3, "three"}})
	})
	src := openBook(t, name, table.Options{})
	tabletest.Want(t, tabletest.Rows(t, src), tabletest.Grid{{"A", "B"}, {"1", "one"}, {"2", "two"}, {"3", "three"}})
	if got, want := src.Dialect().String(), `sheet "Sheet1", no header: columns A to B`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The header of the only table is the header of the sheet, even below rows that look like one. Its totals are not rows. A table that
// is not all of the data does not count.
func TestXLSXTable(t *testing.T) {
	t.Parallel()
	name := workbook(t, "in.xlsx", func(f *excelize.File) error {
		return errors.Join(setRows(f, "Sheet1", map[string][]any{"A1": {"report", "by", "Анна"}, "A3": {"id", "text", "n"}, "A4": {1, "a", 5}, "A5": {2, "b", 6}}),
			f.AddTable("Sheet1", &excelize.Table{Range: "A3:C5", Name: "T"}))
	})
	tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, name)), tabletest.Grid{{"id", "text", "n"}, {"1", "a", "5"}, {"2", "b", "6"}})
	for base, want := range map[string]tabletest.Grid{
		"table-beside.xlsx": tableGrid, "table.xlsx": tableGrid, "table-totals.xlsx": {{"item", "price"}, {"tea", "10"}, {"cake", "20.5"}},
	} {
		tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, filepath.Join(workbooksDir, base))), want)
	}
	totals := filepath.Join(workbooksDir, "table-totals.xlsx")
	if got := tabletest.Rows(t, openBook(t, totals, table.Options{NoHeader: true})); len(got) != 5 {
		t.Errorf("without a header: got %q, want all rows", got)
	}
}

// several returns a workbook of sheets with different columns, one of them empty and one hidden.
func several(t *testing.T) string {
	return workbook(t, "in.xlsx", func(f *excelize.File) error {
		var err error
		for _, sheet := range []string{"Empty", "Отзывы", "Hidden", "Only a header"} {
			_, err2 := f.NewSheet(sheet)
			err = errors.Join(err, err2)
		}
		return errors.Join(err, setRows(f, "Sheet1", map[string][]any{"A1": {"id", "text", "text"}, "A2": {1, "a", "b"}, "A3": {2, "c"}}),
			setRows(f, "Отзывы", map[string][]any{"A1": {"Отзывы за год"}, "A3": {"text", "sheet", "id"}, "A4": {"d", "e", 3}, "A5": {"f", "", 4, "beyond"}}),
			setRows(f, "Hidden", map[string][]any{"A1": {"id"}, "A2": {9}}), f.SetSheetVisible("Hidden", false), setRows(f, "Only a header", map[string][]any{"A1": {"other"}}))
	})
}

func TestXLSXAllSheets(t *testing.T) {
	t.Parallel()
	name := several(t)
	src := openBook(t, name, table.Options{AllSheets: true})
	tabletest.Want(t, tabletest.Rows(t, src), tabletest.Grid{{"id", "text", "text", "sheet"}, {"1", "a", "b", ""}, {"2", "c", "", ""}, {"3", "d", "", "e"}, {"4", "f", "", ""}})
	if got, want := src.Dialect().String(), `2 sheets: "Sheet1", header in row 1; "Отзывы", header in row 3 (2 title rows above it)`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var places []string
	for row := range src.Rows() {
		places = append(places, fmt.Sprint(row.Sheet, row.Line, row.Extra()))
	}
	if want := []string{"Sheet12 0", "Sheet13 0", "Отзывы4 0", "Отзывы5 1"}; !slices.Equal(places, want) {
		t.Errorf("got %q, want %q", places, want)
	}
	dst := filepath.Join(t.TempDir(), "out.csv")
	tabletest.Fill(t, src, dst, []string{"answer", "sheet 2"}, func(row table.Row) []any { return []any{row.Index, "x"} })
	want := "sheet 3,id,text,text,sheet,answer,sheet 2\nSheet1,1,a,b,,0,x\nSheet1,2,c,,,1,x\nОтзывы,3,d,,e,2,x\nОтзывы,4,f,,,3,x,beyond\n"
	if got := tabletest.Read(t, dst); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	_, err := open.Open(name, table.Options{AllSheets: true, HeaderRow: 2})
	wantHint(t, err, "[Отзывы]:2: row 2", "--header-row 3")
	src = openBook(t, name, table.Options{AllSheets: true, HeaderRow: 3})
	tabletest.Want(t, tabletest.Rows(t, src), tabletest.Grid{{"text", "sheet", "id"}, {"d", "e", "3"}, {"f", "", "4"}})
	src = openBook(t, name, table.Options{AllSheets: true, NoHeader: true})
	if got, want := src.Dialect().String(), `3 sheets: "Sheet1", no header: columns A to C; "Отзывы", no header: columns A to D; "Only a header", no header: column A`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestXLSXNoSheet(t *testing.T) {
	t.Parallel()
	name := several(t)
	for sheet, hint := range map[string]string{"отзыв": `did you mean "Отзывы"?`, "Empty": `--sheet: "Sheet1", "Отзывы", "Hidden", "Only a header"`, "6": `"Hidden"`, "zzzzzzzzz": `the sheets are "Sheet1"`} {
		_, err := open.Open(name, table.Options{Sheet: sheet})
		wantHint(t, err, "sheet ", hint)
	}
	empty := workbook(t, "in.xlsx", func(f *excelize.File) error { return f.SetCellStr("Sheet1", "A1", "") })
	for _, o := range []table.Options{{}, {AllSheets: true}, {NoHeader: true}, {HeaderRow: 1}} {
		_, err := open.Open(empty, o)
		wantHint(t, err, "", "")
	}
	parts := pack(bareSheet, member{"xl/workbook.xml", strings.ReplaceAll(workbookXML(`<sheet name="Лист1" sheetId="1" r:id="rId1"/>`), `sheetId="1"`, `sheetId="1" state="veryHidden"`)})
	hidden := filepath.Join(t.TempDir(), "in.xlsx")
	tabletest.Write(t, hidden, string(zipped(parts)(t)))
	_, err := open.Open(hidden, table.Options{})
	wantHint(t, err, "no visible sheet", `--sheet: "Лист1"`)
	tabletest.Want(t, tabletest.Rows(t, openBook(t, hidden, table.Options{Sheet: "1"})), tabletest.Grid{{"q", "n"}, {"one", "1"}, {"two", "2.5"}})
}

// If no visible sheet has rows, the hint names the hidden sheets that have some, and no others.
func TestXLSXNoVisibleRows(t *testing.T) {
	t.Parallel()
	for _, hidden := range []bool{true, false} {
		name := workbook(t, "in.xlsx", func(f *excelize.File) error {
			err := setRows(f, "Sheet1", map[string][]any{"A1": {"only", "a header"}})
			for _, sheet := range []string{"Empty", "Nothing", "Full"} {
				_, wrong := f.NewSheet(sheet)
				err = errors.Join(err, wrong)
			}
			err = errors.Join(err, f.SetSheetVisible("Nothing", false))
			if hidden {
				err = errors.Join(err, setRows(f, "Full", map[string][]any{"A1": {"q"}, "A2": {"one"}}))
			}
			return errors.Join(err, f.SetSheetVisible("Full", false))
		})
		_, err := open.Open(name, table.Options{AllSheets: true})
		want := "choose a hidden one with --sheet: \"Full\""
		if !hidden {
			want = "add rows below the header, or save the table on a visible sheet"
		}
		var e *table.Error
		if !errors.As(err, &e) || e.Hint.String() != want {
			t.Errorf("hidden rows %v: got %v with hint %q, want %q", hidden, err, tabletest.Hint(err), want)
		}
	}
}

// A formula that no program has calculated is distinguished from an empty cell.
func TestXLSXUncalculated(t *testing.T) {
	t.Parallel()
	places := map[int][]int{}
	for row, err := range tabletest.Open(t, filepath.Join(workbooksDir, "uncached.xlsx")).Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if len(row.Uncalculated) > 0 {
			places[row.Line] = slices.Clone(row.Uncalculated)
		}
	}
	if len(places) != 1 || !slices.Equal(places[2], []int{1}) {
		t.Errorf("got %v, want the second column of row 2", places)
	}
}

// Values as stored, and as shown.
func TestXLSXValues(t *testing.T) {
	t.Parallel()
	name := workbook(t, "in.xlsx", func(f *excelize.File) error {
		style := func(code string) int {
			id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		var err error
		for cell, code := range map[string]string{"A2": "dd.mm.yyyy", "B2": "0.0%", "C2": "#,##0.00\" ₽\"", "D2": "\"№ \"@", "E2": "General", "F2": "000000"} {
			err = errors.Join(err, f.SetCellStyle("Sheet1", cell, cell, style(code)))
		}
		return errors.Join(err, setRows(f, "Sheet1", map[string][]any{"A1": {"date", "share", "sum", "text", "id", "zip", "ok", "float"},
			"A2": {time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC), 0.125, 1234.5, "A", 500100732259, 1234, true}}), f.SetCellDefault("Sheet1", "H2", "0.30000000000000004"),
			f.SetRowVisible("Sheet1", 2, false), f.SetCellStyle("Sheet1", "A2", "A2", style("dd.mm.yyyy")))
	})
	head := []string{"date", "share", "sum", "text", "id", "zip", "ok", "float"}
	tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, name)), tabletest.Grid{head, {"2026-03-04", "12.5%", "1,234.50 ₽", "№ A", "500100732259", "001234", "TRUE", "0.3"}})
	tabletest.Want(t, tabletest.Rows(t, openBook(t, name, table.Options{RawValues: true})), tabletest.Grid{head, {"46085", "0.125", "1234.5", "A", "500100732259", "1234", "1", "0.30000000000000004"}})
	for row := range tabletest.Open(t, name).Rows() {
		if !row.Hidden {
			t.Error("the hidden row is not")
		}
	}
}

// A pass does not read a file other than the one that was opened.
func TestXLSXChanged(t *testing.T) {
	t.Parallel()
	name := titled(t)
	src := tabletest.Open(t, name)
	tabletest.Rows(t, src)
	if err := os.Chtimes(name, time.Time{}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	wantHint(t, tabletest.Each(src, func(table.Row) { t.Error("got a row") }), "changed while it was being read", "again")
}
