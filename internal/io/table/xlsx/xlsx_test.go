package xlsx_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/ooxml"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
	"gigabatch/internal/io/table/xlsx"
)

// workbook saves a new workbook filled by build.
func workbook(t *testing.T, base string, build func(*excelize.File) error) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), base)
	f := excelize.NewFile()
	defer f.Close()
	if err := errors.Join(build(f), f.SaveAs(name)); err != nil {
		t.Fatal(err)
	}
	return name
}

func setRows(f *excelize.File, sheet string, rows map[string][]any) error {
	for at, cells := range rows {
		if err := f.SetSheetRow(sheet, at, &cells); err != nil {
			return err
		}
	}
	return nil
}

func openSheet(t *testing.T, name, sheet string) table.Source {
	t.Helper()
	src, err := open.Open(name, table.Options{Sheet: sheet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

func TestXLSXSheets(t *testing.T) {
	t.Parallel()
	name := workbook(t, "in.xlsx", func(f *excelize.File) error {
		_, err := f.NewSheet("2")
		_, err2 := f.NewSheet("Лист")
		return errors.Join(err, err2, f.SetSheetRow("Sheet1", "A1", &[]any{"hidden"}), f.SetSheetRow("2", "A1", &[]any{"two"}),
			f.SetSheetRow("Лист", "A1", &[]any{"three"}), f.SetSheetVisible("2", true), func() error { f.SetActiveSheet(1); return f.SetSheetVisible("Sheet1", false) }())
	})
	for sheet, want := range map[string]string{"": "two", "1": "hidden", "2": "two", "3": "three", "Лист": "three", "Sheet1": "hidden"} {
		if got := openSheet(t, name, sheet).Columns(); len(got) != 1 || got[0] != want {
			t.Errorf("sheet %q: got columns %q, want %q", sheet, got, want)
		}
	}
	for _, sheet := range []string{"0", "4", "лист2"} {
		_, err := open.Open(name, table.Options{Sheet: sheet})
		var e *table.Error
		if !errors.As(err, &e) || !strings.Contains(e.Hint.String(), `"Лист"`) {
			t.Errorf("sheet %q: got error %v, want one with the sheets' names", sheet, err)
		}
	}
}

// Dates, numbers, formulas and Booleans read as the sheet shows them. Gaps, rows without content and cells without a header are in
// their places.
func TestXLSXRead(t *testing.T) {
	t.Parallel()
	name := workbook(t, "in.xlsx", func(f *excelize.File) error {
		percent, err := f.NewStyle(&excelize.Style{NumFmt: 10})
		date, err2 := f.NewStyle(&excelize.Style{NumFmt: 14})
		return errors.Join(err, err2, setRows(f, "Sheet1", map[string][]any{
			"A3":  {"id", "", "share", "when", "ok"},
			"A5":  {1, "extra", 0.125, time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC), true},
			"C9":  {0.5},
			"A12": {"", "", "", "", "", "", "far"},
		}), f.SetCellStyle("Sheet1", "C4", "C12", percent), f.SetCellStyle("Sheet1", "D5", "D5", date),
			f.SetCellFormula("Sheet1", "A9", "=1+1"), f.SetRowHeight("Sheet1", 40000, 30))
	})
	src := tabletest.Open(t, name)
	tabletest.Want(t, tabletest.Rows(t, src), tabletest.Grid{{"id", "", "share", "when", "ok"},
		{"1", "extra", "12.50%", "2026-03-04", "TRUE"}, {"", "", "50.00%", "", ""}, {"", "", "", "", ""}})
	var lines []int
	for row := range src.Rows() {
		lines = append(lines, row.Line)
	}
	if want := []int{5, 9, 12}; !slices.Equal(lines, want) {
		t.Errorf("got lines %v, want %v", lines, want)
	}
	dst := filepath.Join(t.TempDir(), "out.xlsx")
	tabletest.Fill(t, src, dst, []string{"new"}, func(row table.Row) []any { return []any{row.Line} })
	tabletest.WantCells(t, dst, map[string]string{"H3": "new", "H5": "5", "H9": "9", "H12": "12", "G12": "far", "B5": "extra", "F3": ""})
}

// The rest of the workbook is preserved after a column is added: other sheets, formulas, widths, comments. The new cells look like
// their neighbours.
func TestXLSXKeeps(t *testing.T) {
	t.Parallel()
	name := workbook(t, "in.xlsx", func(f *excelize.File) error {
		_, err := f.NewSheet("Other")
		bold, err2 := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Color: []string{"DDEEFF"}, Pattern: 1}})
		date, err3 := f.NewStyle(&excelize.Style{NumFmt: 14, Font: &excelize.Font{Italic: true}})
		return errors.Join(err, err2, err3, setRows(f, "Sheet1", map[string][]any{"A1": {"q", "when"}, "A2": {"one", 45000}, "A3": {"two", 45001}}),
			f.SetCellStyle("Sheet1", "A1", "B1", bold), f.SetCellStyle("Sheet1", "B2", "B3", date), f.SetColWidth("Sheet1", "A", "A", 33),
			f.SetCellFormula("Other", "B2", "SUM(Sheet1!B2:B3)"), f.AddComment("Sheet1", excelize.Comment{Cell: "A2", Author: "me", Text: "a note"}),
			f.MergeCell("Other", "A5", "C6"), f.AutoFilter("Sheet1", "A1:B3", nil))
	})
	dst := filepath.Join(t.TempDir(), "out.xlsx")
	tabletest.Fill(t, tabletest.Open(t, name), dst, []string{"completion", "tokens", "at"}, func(table.Row) []any {
		return []any{"an\nanswer", 17, time.Date(2026, 11, 22, 9, 40, 1, 0, time.UTC)}
	})
	tabletest.WantCells(t, dst, map[string]string{"C1": "completion", "C2": "an\nanswer", "D3": "17", "E3": "11/22/26 09:40", "B2": "03-15-23"})
	f, err := excelize.OpenFile(dst)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	formula, err := f.GetCellFormula("Other", "B2")
	comments, err2 := f.GetComments("Sheet1")
	width, err3 := f.GetColWidth("Sheet1", "A")
	if err := errors.Join(err, err2, err3); err != nil || formula != "SUM(Sheet1!B2:B3)" || len(comments) != 1 || width != 33 {
		t.Errorf("got formula %q, %d comments, width %v, error %v", formula, len(comments), width, err)
	}
	if s := styleOf(t, f, "C1"); s.Font == nil || !s.Font.Bold || len(s.Fill.Color) != 1 {
		t.Errorf("got header style %+v, want its neighbour's", s)
	}
	if s := styleOf(t, f, "C2"); s.Font == nil || !s.Font.Italic || s.NumFmt != 0 || !s.Alignment.WrapText {
		t.Errorf("got style %+v, want its neighbour's without number format, wrapped", s)
	}
	if kind, err := f.GetCellType("Sheet1", "D2"); err != nil || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("got type %v, error %v, want a number", kind, err)
	}
}

func styleOf(t *testing.T, f *excelize.File, cell string) *excelize.Style {
	t.Helper()
	id, err := f.GetCellStyle("Sheet1", cell)
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// New columns avoid merged cells, and a hidden merged cell is not refilled in the place of another.
func TestXLSXMerged(t *testing.T) {
	t.Parallel()
	name := workbook(t, "in.xlsx", func(f *excelize.File) error {
		return errors.Join(setRows(f, "Sheet1", map[string][]any{"A1": {"q", "x"}, "A2": {"one", "1"}, "A3": {"wide"}}), f.MergeCell("Sheet1", "A3", "D3"))
	})
	src := tabletest.Open(t, name)
	dst := filepath.Join(t.TempDir(), "out.xlsx")
	tabletest.Fill(t, src, dst, []string{"new"}, func(row table.Row) []any { return []any{"to " + row.Values[0]} })
	tabletest.WantCells(t, dst, map[string]string{"E1": "new", "E2": "to one", "E3": "to wide", "A3": "wide"})
	_, err := src.Sink(dst, "x")
	wantHint(t, err, "cell B3 is merged with others", "unmerge")
}

func TestXLSXMacros(t *testing.T) {
	t.Parallel()
	name := workbook(t, "in.xlsm", func(f *excelize.File) error {
		return setRows(f, "Sheet1", map[string][]any{"A1": {"q"}, "A2": {"one"}})
	})
	src := tabletest.Open(t, name)
	dst := filepath.Join(t.TempDir(), "out.xlsm")
	tabletest.Fill(t, src, dst, []string{"new"}, func(table.Row) []any { return []any{"answer"} })
	if !strings.Contains(partOf(t, dst, "[Content_Types].xml"), "macroEnabled") {
		t.Error("the copy of an .xlsm is none")
	}
	_, err := src.Sink(strings.TrimSuffix(dst, "m")+"x", "new")
	tabletest.WantError(t, err)
}

func partOf(t *testing.T, name, part string) string {
	t.Helper()
	zr, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer zr.Close()
	f, err := zr.Open(part)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCutText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		cut  bool
	}{
		{strings.Repeat("x", ooxml.MaxUnits), false}, {strings.Repeat("x", ooxml.MaxUnits+1), true}, {strings.Repeat("ы", ooxml.MaxUnits), false},
		{strings.Repeat("ы", ooxml.MaxUnits+1), true}, {strings.Repeat("😀", ooxml.MaxUnits/2), false}, {strings.Repeat("😀", ooxml.MaxUnits/2+1), true},
		{"x" + strings.Repeat("😀", ooxml.MaxUnits/2+1), true}, {"", false},
	}
	for _, tt := range tests {
		got, cut := xlsx.CutText(tt.text)
		n := len(utf16.Encode([]rune(got)))
		if cut != tt.cut || n > ooxml.MaxUnits || !cut && got != tt.text {
			t.Errorf("%d bytes: got %d units, cut %v, want cut %v", len(tt.text), n, cut, tt.cut)
		}
		if kept, marked := strings.CutSuffix(got, "…"); cut && (!marked || !strings.HasPrefix(tt.text, kept) || n < ooxml.MaxUnits-1) {
			t.Errorf("%d bytes: got %d units, ending in %q", len(tt.text), n, got[len(got)-8:])
		}
	}
}

// A text that does not fit in a cell is truncated, marked and counted.
func TestXLSXCut(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "in.csv")
	tabletest.Write(t, name, "q\na\nb\n")
	book := workbook(t, "in.xlsx", func(f *excelize.File) error {
		return setRows(f, "Sheet1", map[string][]any{"A1": {"q"}, "A2": {"a"}, "A3": {"b"}})
	})
	long := strings.Repeat("ы😀", ooxml.MaxUnits)
	for _, in := range []string{name, book} {
		src := tabletest.Open(t, in)
		dst := filepath.Join(t.TempDir(), "out.xlsx")
		sink, err := src.Sink(dst, "x", "y")
		if err != nil {
			t.Fatal(err)
		}
		defer sink.Close()
		for row := range src.Rows() {
			if err := sink.Write(row, long, "short"); err != nil {
				t.Fatal(err)
			}
		}
		if err := sink.Commit(nil); err != nil {
			t.Fatal(err)
		}
		if got := sink.Altered().Cut; got != 2 {
			t.Errorf("%s: got %d cut cells, want 2", in, got)
		}
		want, _ := xlsx.CutText(long)
		tabletest.WantCells(t, dst, map[string]string{"B2": want, "C2": "short"})
	}
}

// A text becomes a number only if the number looks the same.
func TestNumber(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0", "7", "-3", "1.5", "-0.25", "123456789012345", "0.1"} {
		if f, ok := xlsx.Number(text); !ok || fmt.Sprint(f) == "" {
			t.Errorf("%q: got no number", text)
		}
	}
	for _, text := range []string{"", "-", "007", "+1", "1e5", "1.50", ".5", "1,5", " 1", "1234567890123456", "-0", "0.0", "NaN", "Inf", "0x10", "1_000", "٣", "--1"} {
		if f, ok := xlsx.Number(text); ok {
			t.Errorf("%q: got %v, want a text", text, f)
		}
	}
}

func TestXLSXNewTypes(t *testing.T) {
	t.Parallel()
	src, err := tabletest.OpenText(t, "in.jsonl", `{"s":"12","n":12,"z":"007","big":12345678901234567890,"b":true}`)
	if err != nil {
		t.Fatal(err)
	}
	dst := filepath.Join(t.TempDir(), "out.xlsx")
	tabletest.Fill(t, src, dst, []string{"completion", "tokens", "z"}, func(table.Row) []any { return []any{"5", 5, "=1+1"} })
	f, err := excelize.OpenFile(dst)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for at, want := range map[string]excelize.CellType{"A2": excelize.CellTypeInlineString, "B2": excelize.CellTypeUnset, "C2": excelize.CellTypeInlineString,
		"D2": excelize.CellTypeInlineString, "F2": excelize.CellTypeInlineString, "G2": excelize.CellTypeUnset} {
		if got, err := f.GetCellType("Sheet1", at); err != nil || got != want {
			t.Errorf("cell %s: got type %v, error %v, want %v", at, got, err, want)
		}
	}
	if s := styleOf(t, f, "A1"); s.Font == nil || !s.Font.Bold {
		t.Errorf("got header style %+v, want bold", s)
	}
	if s := styleOf(t, f, "F2"); s.Alignment == nil || !s.Alignment.WrapText {
		t.Errorf("got style %+v, want wrapped text", s)
	}
}

// rezip writes a workbook whose parts edit has changed. nil omits a part.
func rezip(t *testing.T, name string, edit func(part string, content []byte) []byte) string {
	t.Helper()
	zr, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer zr.Close()
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for _, part := range zr.File {
		w, err := zw.Create(part.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(edit(part.Name, []byte(partOf(t, name, part.Name)))); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "damaged.xlsx")
	tabletest.Write(t, out, b.String())
	return out
}

// A damaged workbook is never read as a shorter one.
func TestXLSXDamaged(t *testing.T) {
	t.Parallel()
	good := workbook(t, "in.xlsx", func(f *excelize.File) error {
		for i := range 20 {
			if err := f.SetSheetRow("Sheet1", fmt.Sprint("A", i+1), &[]any{i, 2 * i, 3 * i}); err != nil {
				return err
			}
		}
		return nil
	})
	sheet := func(change func(string) string) func(string, []byte) []byte {
		return func(part string, content []byte) []byte {
			if part != "xl/worksheets/sheet1.xml" {
				return content
			}
			return []byte(change(string(content)))
		}
	}
	at := func(s, mark string) int { return strings.Index(s, mark) }
	tests := map[string]func(string, []byte) []byte{
		"sheet cut between rows": sheet(func(s string) string { return s[:at(s, `<row r="10"`)] }),
		"sheet cut in a cell":    sheet(func(s string) string { return s[:at(s, `r="B20"`)] }),
		"broken in the middle":   sheet(func(s string) string { return strings.Replace(s, `<c r="B7"`, `<c r="B7`, 1) }),
		"broken in the last row": sheet(func(s string) string { return strings.Replace(s, `<c r="B20"`, `<c & r="B20"`, 1) }),
		"no sheet data":          sheet(func(s string) string { return s[:at(s, "<sheetData")] }),
		"no workbook part": func(part string, content []byte) []byte {
			if part == "xl/workbook.xml" {
				return nil
			}
			return content
		},
	}
	for name, edit := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src, err := open.Open(rezip(t, good, edit), table.Options{})
			if err == nil {
				defer src.Close()
				err = tabletest.Each(src, func(table.Row) {})
			}
			tabletest.WantError(t, err)
		})
	}
	same := rezip(t, good, sheet(func(s string) string {
		return strings.Replace(s, "<sheetData>", "<!-- <row r='99'> --><sheetData>", 1)
	}))
	if got := len(tabletest.Rows(t, tabletest.Open(t, same))); got != 21 { // including the letters that replace a header
		t.Errorf("got %d rows, want 20 and a header", got-1)
	}
}

// A missing end of the file, or a changed byte, never causes a panic.
func TestXLSXTorn(t *testing.T) {
	t.Parallel()
	name := workbook(t, "in.xlsx", func(f *excelize.File) error {
		return setRows(f, "Sheet1", map[string][]any{"A1": {"q"}, "A2": {"one"}})
	})
	content := tabletest.Read(t, name)
	for n := 9; n < len(content); n += len(content)/60 + 1 {
		torn := filepath.Join(t.TempDir(), "torn.xlsx")
		tabletest.Write(t, torn, content[:n])
		if _, err := open.Open(torn, table.Options{}); err == nil {
			t.Errorf("%d of %d bytes were read", n, len(content))
		}
		flipped := []byte(content)
		flipped[n] ^= 0x55
		tabletest.Write(t, torn, string(flipped))
		if src, err := open.Open(torn, table.Options{}); err == nil {
			_ = tabletest.Each(src, func(table.Row) {})
			src.Close()
		}
	}
}

func TestXLSXRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tests := []struct{ name, content, want string }{
		{"old.xlsx", oleMagic + strings.Repeat("x", 600), "old format .xls"},
		{"locked.xlsx", oleMagic + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00", "encrypted"},
		{"text.xlsx", "a,b\n1,2\n", "is not a workbook"},
		{"bomb.xlsx", bombFile(t, 256<<20+1), "unpacks to 256 MiB"},
	}
	for _, tt := range tests {
		name := filepath.Join(dir, tt.name)
		tabletest.Write(t, name, tt.content)
		_, err := open.Open(name, table.Options{})
		var e *table.Error
		if !errors.As(err, &e) || !strings.Contains(e.Msg.String(), tt.want) || e.Hint.IsZero() {
			t.Errorf("%s: got %v, want %q and a hint", tt.name, err, tt.want)
		}
	}
	empty := workbook(t, "empty.xlsx", func(*excelize.File) error { return nil })
	_, err := open.Open(empty, table.Options{})
	tabletest.WantError(t, err)
}

// bombFile creates an archive whose only part claims to unpack to that many bytes.
func bombFile(t *testing.T, size uint64) string {
	t.Helper()
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	w, err := zw.CreateRaw(&zip.FileHeader{Name: "xl/worksheets/sheet1.xml", Method: zip.Deflate, CompressedSize64: 1, UncompressedSize64: size})
	if err == nil {
		_, err = w.Write([]byte{0})
	}
	if err = errors.Join(err, zw.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Nothing is left in the folder for temporary files, not even while a workbook is open: the process may be killed.
func TestXLSXTemporaryFiles(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	name := workbook(t, "in.xlsx", func(f *excelize.File) error {
		return setRows(f, "Sheet1", map[string][]any{"A1": {"q"}, "A2": {"one"}})
	})
	before, _ := os.ReadDir(tmp)
	src, err := open.Open(name, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sink, err := src.Sink(filepath.Join(t.TempDir(), "out.xlsx"), "x")
	if err != nil {
		t.Fatal(err)
	}
	during, _ := os.ReadDir(tmp)
	if err := errors.Join(sink.Close(), src.Close()); err != nil {
		t.Error(err)
	}
	if after, _ := os.ReadDir(tmp); len(during) != len(before) || len(after) != len(before) {
		t.Errorf("got %d files in use, and %d left where %d were", len(during), len(after), len(before))
	}
}

func TestConversionOfAWorkbookKeepsExtraCells(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name, dst := filepath.Join(dir, "in.xlsx"), filepath.Join(dir, "out.csv")
	tabletest.WriteXLSX(t, name, tabletest.Grid{{"a", "b"}, {"1", "2", "", "more"}, {"3"}})
	tabletest.Fill(t, tabletest.Open(t, name), dst, []string{"n"}, func(table.Row) []any { return []any{"x"} })
	if got, want := tabletest.Read(t, dst), "a,b,n\n1,2,x,,more\n3,,x\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWorkbookOverItselfIsACopy(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "in.csv")
	tabletest.WriteXLSX(t, filepath.Join(filepath.Dir(name), "in.xlsx"), tabletest.Grid{{"a"}, {"1"}})
	if err := os.Rename(filepath.Join(filepath.Dir(name), "in.xlsx"), name); err != nil {
		t.Fatal(err)
	}
	src, err := open.Open(name, table.Options{Format: table.XLSX})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	tabletest.Fill(t, src, name, []string{"n"}, func(table.Row) []any { return []any{"x"} })
	if got := tabletest.Read(t, name); !strings.HasPrefix(got, "PK") {
		t.Errorf("the workbook became %q", got)
	}
}
