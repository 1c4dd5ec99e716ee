package csv_test

import (
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

// The wanted names also reveal the delimiter.
func TestHeaderNamesCSV(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "in.csv")
	tabletest.Write(t, name, "Отчёт за октябрь\nВопрос;Город\nКак?;Омск\nГде?;Тверь\n")
	src, err := open.Open(name, table.Options{Hints: table.Hints{Likely: []string{"вопрос"}}})
	if err != nil {
		t.Fatal(err)
	}
	tabletest.Want(t, tabletest.Rows(t, src), tabletest.Grid{{"Вопрос", "Город"}, {"Как?", "Омск"}, {"Где?", "Тверь"}})
}

// A CSV file for Excel in Russian has decimal commas.
func TestExcelRuNumbers(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "in.csv")
	tabletest.Write(t, name, "a,b,c\n1.5,-3.12,1.2.3\n.5,v1.5,10\n")
	src, err := open.Open(name, table.Options{CSVDialect: "excel-ru"})
	if err != nil {
		t.Fatal(err)
	}
	dst := filepath.Join(t.TempDir(), "out.csv")
	tabletest.Fill(t, src, dst, []string{"n"}, func(table.Row) []any { return []any{0.25} })
	want := charset.BOM + strings.ReplaceAll("a;b;c;n\n1,5;-3,12;1.2.3;0,25\n.5;v1.5;10;0,25\n", "\n", "\r\n")
	if got := tabletest.Read(t, dst); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
