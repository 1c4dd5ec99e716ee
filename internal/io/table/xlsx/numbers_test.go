package xlsx_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/tabletest"
)

// numbersBook has cards as numbers, and numbers, dates and texts in different formats.
func numbersBook(t *testing.T) string {
	return workbook(t, "in.xlsx", func(f *excelize.File) error {
		if err := setRows(f, "Sheet1", map[string][]any{"A1": {"card", "sum", "share", "day", "version", "count"},
			"A2": {"", 1234.5, 0.125, 46085, "2.10", 7}, "A3": {"", -0.5, 1.5, 46085, "1,5", 1e6}}); err != nil {
			return err
		}
		for cell, stored := range map[string]string{"A2": "4276123456789012", "A3": "4.276123456789013E15"} {
			if err := f.SetCellDefault("Sheet1", cell, stored); err != nil {
				return err
			}
		}
		for column, code := range map[string]string{"B": `#,##0.00" ₽"`, "C": "0.0%", "D": "mm.yyyy"} {
			style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
			if err == nil {
				err = f.SetCellStyle("Sheet1", column+"2", column+"3", style)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Integers have all their digits, when they are read and when they are written.
func TestLongIntegers(t *testing.T) {
	t.Parallel()
	name := numbersBook(t)
	dst := filepath.Join(t.TempDir(), "out.xlsx")
	tabletest.Fill(t, tabletest.Open(t, name), dst, []string{"whole", "float", "short"}, func(table.Row) []any {
		return []any{int64(4276123456789012), 4.276123456789014e15, int64(-999_999_999_999_999)}
	})
	for i, row := range tabletest.Rows(t, tabletest.Open(t, dst))[1:] {
		if want := []string{"4276123456789012", "4276123456789013"}[i]; row[0] != want || row[6] != "4276123456789012" || row[7] != "4276123456789014" || row[8] != "-999999999999999" {
			t.Errorf("got %q", row)
		}
	}
	for cell, text := range map[string]bool{"G2": true, "H2": true, "I2": false} {
		if _, kind, _ := rawCell(t, dst, "Sheet1", cell); (kind == excelize.CellTypeInlineString) != text {
			t.Errorf("%s: got type %v, want a text: %v", cell, kind, text)
		}
	}
}

// The numbers of a workbook have a decimal comma in the dialect of a Russian Excel, whatever their format; its texts stay as they are.
func TestRussianNumbers(t *testing.T) {
	t.Parallel()
	name := numbersBook(t)
	want := "4276123456789012;1234,50 ₽;12,5%;03.2026;2.10;7;0,25\r\n4276123456789013;-0,50 ₽;150,0%;03.2026;1,5;1000000;0,25\r\n"
	for _, all := range []bool{false, true} {
		dst := filepath.Join(t.TempDir(), "out.csv")
		tabletest.Fill(t, openBook(t, name, table.Options{CSVDialect: "excel-ru", AllSheets: all}), dst, []string{"answer"}, func(table.Row) []any { return []any{0.25} })
		want, header := want, "\uFEFFcard;sum;share;day;version;count;answer\r\n"
		if all {
			want = "Sheet1;" + strings.Replace(want, "\r\n42", "\r\nSheet1;42", 1)
			header = strings.Replace(header, "card", "sheet;card", 1)
		}
		if got := tabletest.Read(t, dst); got != header+want {
			t.Errorf("all sheets %v: got %q, want %q", all, got, header+want)
		}
	}
}
