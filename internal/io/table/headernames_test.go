package table

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/charset"
)

// The names that are looked for also show the delimiter.
func TestHeaderNamesCSV(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "in.csv")
	writeFile(t, name, "Отчёт за октябрь\nВопрос;Город\nКак?;Омск\nГде?;Тверь\n")
	src, err := Open(name, Options{Likely: []string{"вопрос"}})
	if err != nil {
		t.Fatal(err)
	}
	wantGrid(t, rowsOf(t, src), grid{{"Вопрос", "Город"}, {"Как?", "Омск"}, {"Где?", "Тверь"}})
}

// The filter of a sheet stands in its header.
func TestHeaderOfFilter(t *testing.T) {
	t.Parallel()
	name := workbook(t, "in.xlsx", func(f *excelize.File) error {
		for row, cells := range [][]any{{"a title", "of two cells"}, {"id", "text", "more"}, {1, "x", "y"}} {
			at, err := excelize.CoordinatesToCellName(1, row+1)
			if err == nil {
				err = f.SetSheetRow("Sheet1", at, &cells)
			}
			if err != nil {
				return err
			}
		}
		return f.AutoFilter("Sheet1", "A2:C3", nil)
	})
	src := open(t, name)
	wantGrid(t, rowsOf(t, src), grid{{"id", "text", "more"}, {"1", "x", "y"}})
}

// A CSV for Excel in Russian has decimal commas.
func TestExcelRuNumbers(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "in.csv")
	writeFile(t, name, "a,b,c\n1.5,-3.12,1.2.3\n.5,v1.5,10\n")
	src, err := Open(name, Options{CSVDialect: "excel-ru"})
	if err != nil {
		t.Fatal(err)
	}
	dst := filepath.Join(t.TempDir(), "out.csv")
	fill(t, src, dst, []string{"n"}, func(Row) []any { return []any{0.25} })
	want := charset.BOM + strings.ReplaceAll("a;b;c;n\n1,5;-3,12;1.2.3;0,25\n.5;v1.5;10;0,25\n", "\n", "\r\n")
	if got := readFile(t, dst); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
