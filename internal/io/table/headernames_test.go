package table

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// Where the row that looks like the header lacks the names that are looked for, the row that has them is the header.
func TestHeaderNames(t *testing.T) {
	t.Parallel()
	title := [][]string{{"Отчёт за октябрь"}, {"Вопрос", "Город"}, {"Как?", "Омск"}, {"Где?", "Тверь"}}
	words := [][]string{{"word"}, {"text"}, {"content"}}
	tests := []struct {
		rows [][]string
		o    Options
		want int
	}{
		{title, Options{}, 0},
		{title, Options{Likely: []string{"вопрос"}}, 1},
		{title, Options{Wanted: []string{" вопрос "}}, 1},
		{title, Options{Wanted: []string{"нет"}, Likely: []string{"вопрос"}}, 0},
		{words, Options{Likely: []string{"text"}}, 0},
		{words, Options{Wanted: []string{"text"}}, 1},
		{[][]string{{"text", "id"}, {"вопрос", "1"}}, Options{Wanted: []string{"text"}, Likely: []string{"вопрос"}}, 0},
		{[][]string{{"a"}, {"b", "Name\nof it"}, {"b", "name", "of"}}, Options{Wanted: []string{"name of it", "b"}}, 1},
	}
	for _, tt := range tests {
		if got := tt.o.headerOf(tt.rows); got != tt.want {
			t.Errorf("%q, wanted %q, likely %q: got row %d, want %d", tt.rows, tt.o.Wanted, tt.o.Likely, got, tt.want)
		}
	}
}

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
	want := string(bom) + strings.ReplaceAll("a;b;c;n\n1,5;-3,12;1.2.3;0,25\n.5;v1.5;10;0,25\n", "\n", "\r\n")
	if got := readFile(t, dst); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
