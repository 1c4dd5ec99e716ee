package xlsx_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

// merged returns a workbook with one row per line, with "|" between the cells, and merged cells.
func merged(t *testing.T, rows string, areas ...string) string {
	t.Helper()
	return workbook(t, "in.xlsx", func(f *excelize.File) error {
		for n, line := range strings.Split(rows, "\n") {
			for i, cell := range strings.Split(line, "|") {
				at, err := excelize.CoordinatesToCellName(i+1, n+1)
				if err == nil && cell != "" {
					err = f.SetCellValue("Sheet1", at, cell)
				}
				if err != nil {
					return err
				}
			}
		}
		for _, area := range areas {
			from, to, _ := strings.Cut(area, ":")
			if err := f.MergeCell("Sheet1", from, to); err != nil {
				return err
			}
		}
		return nil
	})
}

// A header may have several rows: cells that are merged with cells below name their column, and cells above others are groups.
func TestHeaderOfSeveralRows(t *testing.T) {
	t.Parallel()
	const data = "\n1|Хорошо|Омск|5\n2|Плохо|Уфа|6"
	want := tabletest.Grid{{"№", "Текст", "Город", "Сумма"}, {"1", "Хорошо", "Омск", "5"}, {"2", "Плохо", "Уфа", "6"}}
	paths := []string{"№", "Отзыв / Текст", "Отзыв / Город", "Сумма"}
	for _, tt := range []struct {
		name, rows, areas string
		o                 table.Options
		want              tabletest.Grid
		paths             []string
	}{
		{"merged", "№|Отзыв||Сумма\n|Текст|Город|" + data, "A1:A2 B1:C1 D1:D2", table.Options{}, want, paths},
		{"below a title", "Отчёт\n№|Отзыв||Сумма\n|Текст|Город|" + data, "A1:D1 A2:A3 B2:C2 D2:D3", table.Options{}, want, paths},
		{"below a title of two rows", "Отчёт\n\n№|Отзыв||Сумма\n|Текст|Город|" + data, "A1:D2 A3:A4 B3:C3 D3:D4", table.Options{}, want, paths},
		{"groups only", "№|Отзыв||Сумма\n|Текст|Город|" + data, "B1:C1", table.Options{}, want, paths},
		{"names below", "|Отзыв||\n№|Текст|Город|Сумма" + data, "B1:C1", table.Options{}, want, paths},
		{"wanted", "№|Отзыв||Сумма\n|Текст|Город|" + data, "A1:A2 B1:C1 D1:D2",
			table.Options{Hints: table.Hints{Wanted: []string{"Отзыв / Текст", "Сумма"}}}, want, paths},
		{"its row is given", "№|Отзыв||Сумма\n|Текст|Город|" + data, "A1:A2 B1:C1 D1:D2", table.Options{HeaderRow: 2}, want, paths},
		{"three rows", "№|Клиент|||\n|Отзыв||Деньги\n|Текст|Город|Сумма" + data, "A1:A3 B1:D1 B2:C2", table.Options{}, want,
			[]string{"№", "Клиент / Отзыв / Текст", "Клиент / Отзыв / Город", "Клиент / Деньги / Сумма"}},
		{"numbers of the columns", "№|Отзыв||Сумма\n|Текст|Город|\n1|2|3|4" + data, "A1:A2 B1:C1 D1:D2", table.Options{}, want, paths},
		{"a wide name above data", "№|ФИО||Сумма" + data, "B1:C1", table.Options{},
			tabletest.Grid{{"№", "ФИО", "", "Сумма"}, {"1", "Хорошо", "Омск", "5"}, {"2", "Плохо", "Уфа", "6"}}, nil},
		{"a wide name above texts alone", "ФИО||Город\nИванов|Иван|\nПетров|Пётр|Омск", "A1:B1", table.Options{},
			tabletest.Grid{{"ФИО", "", "Город"}, {"Иванов", "Иван", ""}, {"Петров", "Пётр", "Омск"}}, nil},
		{"wide names above texts", "ФИО||Адрес|\nИванов|Иван|Омск|Ленина\nПетров|Пётр|Уфа|Мира", "A1:B1 C1:D1", table.Options{},
			tabletest.Grid{{"ФИО", "", "Адрес"}, {"Иванов", "Иван", "Омск"}, {"Петров", "Пётр", "Уфа"}}, nil},
		{"groups above the same names", "До||После|\nТекст|Имя|Текст|Имя\nа|б|в|г\nд|е|ж|з", "A1:B1 C1:D1", table.Options{},
			tabletest.Grid{{"Текст", "Имя", "Текст", "Имя"}, {"а", "б", "в", "г"}, {"д", "е", "ж", "з"}},
			[]string{"До / Текст", "До / Имя", "После / Текст", "После / Имя"}},
		{"values of groups", "Отдел|Вопрос|Балл\nПродажи|а|1\n|б|2\n|в|3\nСклад|г|4\n||\n|д|5", "A2:A4 A5:A7", table.Options{},
			tabletest.Grid{{"Отдел", "Вопрос", "Балл"}, {"Продажи", "а", "1"}, {"Продажи", "б", "2"}, {"Продажи", "в", "3"}, {"Склад", "г", "4"},
				{"Склад", "д", "5"}}, nil},
		{"values of groups over two columns", "a|b|c\nx|\n|", "A2:B3 C2:C3", table.Options{NoHeader: true},
			tabletest.Grid{{"A", "B", "C"}, {"a", "b", "c"}, {"x", "", ""}}, nil},
	} {
		src := openBook(t, merged(t, tt.rows, strings.Fields(tt.areas)...), tt.o)
		got := tabletest.Rows(t, src)
		if !slices.EqualFunc(got, tt.want, func(a, b []string) bool { return slices.Equal(a, b) }) || !slices.Equal(src.Paths(), tt.paths) {
			t.Errorf("%s: got %q, paths %q, want %q, %q", tt.name, got, src.Paths(), tt.want, tt.paths)
		}
	}
}

// Found is enough to open a copy with answers as before.
func TestHeaderOfSeveralRowsAgain(t *testing.T) {
	t.Parallel()
	name := merged(t, "№|Отзыв||Сумма\n|Текст|Город|\n1|Хорошо|Омск|5\n2|Плохо|Уфа|6", "A1:A2", "B1:C1", "D1:D2")
	o := table.Options{Hints: table.Hints{Wanted: []string{"Отзыв / Текст", "Сумма"}}}
	src := openBook(t, name, o)
	dst := filepath.Join(t.TempDir(), "out.xlsx")
	tabletest.Fill(t, src, dst, []string{"ответ"}, func(row table.Row) []any { return []any{"да"} })
	want := tabletest.Grid{{"№", "Текст", "Город", "Сумма", "ответ"}, {"1", "Хорошо", "Омск", "5", "да"}, {"2", "Плохо", "Уфа", "6", "да"}}
	for _, found := range [][]table.Found{nil, src.Found()} {
		o.Found = found
		again := openBook(t, dst, o)
		tabletest.Want(t, tabletest.Rows(t, again), want)
		if got, want := again.Paths()[1], "Отзыв / Текст"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A repeat of all rows of the header is left out, merged or not; a part of it is not.
func TestHeaderOfSeveralRowsRepeated(t *testing.T) {
	t.Parallel()
	for _, areas := range []string{"A1:A2 B1:C1 D1:D2", "A1:A2 B1:C1 D1:D2 A4:A5 B4:C4 D4:D5"} {
		name := merged(t, "№|Отзыв||Сумма\n|Текст|Город|\n1|Хорошо|Омск|5\n№|Отзыв||Сумма\n|Текст|Город|\n2|Плохо|Уфа|6\n№|Отзыв||Сумма\n3|Так|Уфа|7",
			strings.Fields(areas)...)
		src := openBook(t, name, table.Options{})
		want := tabletest.Grid{{"№", "Текст", "Город", "Сумма"}, {"1", "Хорошо", "Омск", "5"}, {"2", "Плохо", "Уфа", "6"}, {"№", "Отзыв", "", "Сумма"},
			{"3", "Так", "Уфа", "7"}}
		tabletest.Want(t, tabletest.Rows(t, src), want)
		if got := src.(table.Sifted).LeftOut().Lines(); got != "4-5" {
			t.Errorf("%s: left out %s, want 4-5", areas, got)
		}
	}
}

// The table with the asked columns is the one that counts: its header, its totals, and only it is joined by the answers.
func TestSeveralTables(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, rows, tables, wanted string
		want                       tabletest.Grid
		joined                     string // the areas of the tables in the copy
		left                       string
	}{
		{"side by side, the left one is asked", "id|text||code|name\n1|a||x|y\n2|b||", "A1:B3 D1:E2", "text",
			tabletest.Grid{{"id", "text", "", "code", "name"}, {"1", "a", "", "x", "y"}, {"2", "b", "", "", ""}}, "A1:B3 D1:E2", ""},
		{"side by side, the right one is asked", "id|text||code|name\n1|a||x|y\n2|b||z|w", "A1:B3 D1:E3", "name",
			tabletest.Grid{{"id", "text", "", "code", "name"}, {"1", "a", "", "x", "y"}, {"2", "b", "", "z", "w"}}, "A1:B3 D1:F3", ""},
		{"side by side, by default", "id|text||code|name\n1|a||x|y\n2|b||z|w", "A1:B3 D1:E3", "",
			tabletest.Grid{{"id", "text", "", "code", "name"}, {"1", "a", "", "x", "y"}, {"2", "b", "", "z", "w"}}, "A1:B3 D1:E3", ""},
		{"one above the other, the lower one is asked", "id|text\n1|a\n2|b\n\ncity|review\nx|y\nz|w", "A1:B3 A5:B7", "review",
			tabletest.Grid{{"city", "review"}, {"x", "y"}, {"z", "w"}}, "A1:B3 A5:C7", ""},
		{"one above the other, the upper one is asked", "id|text\n1|a\n2|b\n\ncity|review\nx|y", "A1:B3 A5:B6", "text",
			tabletest.Grid{{"id", "text"}, {"1", "a"}, {"2", "b"}, {"city", "review"}, {"x", "y"}}, "A1:C3 A5:B6", ""},
		{"beside a small one", "id|review||code|name\n1|a||x|y\n2|b||\n3|c||\n4|d||", "D1:E2", "review",
			tabletest.Grid{{"id", "review", "", "code", "name"}, {"1", "a", "", "x", "y"}, {"2", "b", "", "", ""}, {"3", "c", "", "", ""}, {"4", "d", "", "", ""}}, "D1:E2", ""},
	} {
		name := merged(t, tt.rows)
		addTables(t, name, tt.tables)
		o := table.Options{Hints: table.Hints{Likely: []string{"text"}}}
		if tt.wanted != "" {
			o.Wanted = []string{tt.wanted}
		}
		src := openBook(t, name, o)
		if got := tabletest.Rows(t, src); !slices.EqualFunc(got, tt.want, func(a, b []string) bool { return slices.Equal(a, b) }) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		dst := filepath.Join(t.TempDir(), "out.xlsx")
		tabletest.Fill(t, src, dst, []string{"answer"}, func(table.Row) []any { return []any{"yes"} })
		if got := tableAreas(t, dst); got != tt.joined {
			t.Errorf("%s: got tables %s, want %s", tt.name, got, tt.joined)
		}
	}
}

func addTables(t *testing.T, name, areas string) {
	t.Helper()
	f, err := excelize.OpenFile(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, area := range strings.Fields(areas) {
		if err := f.AddTable("Sheet1", &excelize.Table{Range: area}); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
}

func tableAreas(t *testing.T, name string) string {
	t.Helper()
	f, err := excelize.OpenFile(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tables, err := f.GetTables("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	var areas []string
	for _, table := range tables {
		areas = append(areas, table.Range)
	}
	slices.Sort(areas)
	return strings.Join(areas, " ")
}

// The rows of another table below are data that looks like none, unless they repeat the header.
func TestRowsOfAnotherTable(t *testing.T) {
	t.Parallel()
	name := merged(t, "id|text\n1|a\n2|b\n\nid|text\n3|c\n\ncity|review\nx|y")
	addTables(t, name, "A1:B3 A5:B6 A8:B9")
	src := openBook(t, name, table.Options{Hints: table.Hints{Wanted: []string{"text"}}})
	var got []table.Kind
	for row, err := range src.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row.Looks)
	}
	if want := []table.Kind{table.Data, table.Data, table.Second, table.Second, table.Second}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := src.(table.Sifted).LeftOut().Lines(); got != "5" {
		t.Errorf("left out %s, want 5", got)
	}
}

// The totals rows that tables declare are left out, and can be kept.
func TestTotalsOfSeveralTables(t *testing.T) {
	t.Parallel()
	name := merged(t, "id|text\n1|a\nTotal|9\n\ncity|review\nx|y\nTotal|8")
	addTables(t, name, "A1:B3 A5:B7")
	name = rezip(t, name, func(part string, was []byte) []byte {
		content := string(was)
		if strings.HasPrefix(part, "xl/tables/") {
			return []byte(strings.Replace(content, "<table ", `<table totalsRowCount="1" `, 1))
		}
		return []byte(content)
	})
	for _, tt := range []struct {
		keep, left string
		rows       int
	}{{"", "3,7", 4}, {"7", "3", 5}} {
		src := openBook(t, name, table.Options{KeepRows: tt.keep, Hints: table.Hints{Wanted: []string{"text"}}})
		rows := tabletest.Rows(t, src)
		if got := src.(table.Sifted).LeftOut().Lines(); got != tt.left || len(rows) != tt.rows {
			t.Errorf("kept %q: left out %s, rows %q, want %s and %d rows with the header", tt.keep, got, rows, tt.left, tt.rows)
		}
	}
}

// A table without a header row has the names that it declares, and all its rows are data, unless the names are above it.
func TestTableWithoutHeader(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rows, area string
		want       tabletest.Grid
		changed    bool
	}{
		{"1|a|x\n2|b|y", "A1:B2", tabletest.Grid{{"id", "review", "C"}, {"1", "a", "x"}, {"2", "b", "y"}}, false},
		{"Report\n\n1|a\n2|b", "A3:B4", tabletest.Grid{{"id", "review"}, {"1", "a"}, {"2", "b"}}, false},
		{"id|review\n1|a\n2|b", "A2:B3", tabletest.Grid{{"id", "review"}, {"1", "a"}, {"2", "b"}}, false},
	} {
		name := merged(t, tt.rows)
		addTables(t, name, "A1:B2")
		name = rezip(t, name, func(part string, was []byte) []byte {
			content := string(was)
			if !strings.HasPrefix(part, "xl/tables/") {
				return []byte(content)
			}
			content = strings.ReplaceAll(content, `ref="A1:B2"`, `headerRowCount="0" ref="`+tt.area+`"`)
			i, j := strings.Index(content, "<autoFilter"), strings.Index(content, "<tableColumns")
			k := strings.Index(content, "</tableColumns>")
			return []byte(content[:max(0, i)] + content[min(i, j)+max(0, j-i):j] + `<tableColumns count="2"><tableColumn id="1" name="id"/><tableColumn id="2" name="review"/>` + content[k:])
		})
		src := openBook(t, name, table.Options{Hints: table.Hints{Wanted: []string{"review"}}})
		tabletest.Want(t, tabletest.Rows(t, src), tt.want)
		dst := filepath.Join(t.TempDir(), "out.csv")
		tabletest.Fill(t, src, dst, []string{"answer"}, func(table.Row) []any { return []any{"yes"} })
		if got, want := tabletest.Read(t, dst), strings.Join(tt.want[0], ",")+",answer\n"; !strings.HasPrefix(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A table that is declared twice, or on two sheets, is written once.
func TestTableDeclaredTwice(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, joined string }{{"twice", "A1:C3"}, {"shared", "A1:B3"}} {
		name := merged(t, "id|text\n1|a\n2|b")
		addTables(t, name, "A1:B3")
		shared := tt.name == "shared"
		if shared {
			f, err := excelize.OpenFile(name)
			if err == nil {
				_, err = f.NewSheet("Sheet2")
			}
			for cell, value := range map[string]string{"A1": "id", "B1": "text", "A2": "7", "B2": "c", "A3": "8", "B3": "d"} {
				if err == nil {
					err = f.SetCellValue("Sheet2", cell, value)
				}
			}
			if err == nil {
				err = f.AddTable("Sheet2", &excelize.Table{Range: "A1:B3"})
			}
			if err == nil {
				err = f.Save()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		name = rezip(t, name, func(part string, was []byte) []byte {
			content := string(was)
			if !strings.Contains(part, "worksheets/_rels/") {
				return []byte(content)
			}
			if shared {
				return []byte(strings.ReplaceAll(content, "table2.xml", "table1.xml"))
			}
			i, j := strings.Index(content, "<Relationship "), strings.Index(content, "</Relationships>")
			return []byte(content[:j] + strings.Replace(content[i:j], `Id="`, `Id="x`, 1) + content[j:])
		})
		src := openBook(t, name, table.Options{AllSheets: shared, Hints: table.Hints{Wanted: []string{"text"}}})
		dst := filepath.Join(t.TempDir(), "out.xlsx")
		tabletest.Fill(t, src, dst, []string{"answer"}, func(table.Row) []any { return []any{"yes"} })
		n := 0
		for _, p := range partsOf(t, []byte(tabletest.Read(t, dst))) {
			if p.Name == "xl/tables/table1.xml" {
				if n++; !strings.Contains(string(p.content), `ref="`+tt.joined+`"`) {
					t.Errorf("%s: got the table %s, want it in %s", tt.name, p.content, tt.joined)
				}
			}
		}
		if n != 1 {
			t.Errorf("%s: the part of the table is written %d times, want once", tt.name, n)
		}
	}
}

func TestMergedColumnsInPrompt(t *testing.T) {
	t.Parallel()
	name := merged(t, "№|До||После||\n|Текст|Балл|Текст|Балл\n1|a|2|b|3\n2|c|4|d|5", "A1:A2", "B1:C1", "D1:E1")
	src, err := open.Open(name, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if got, want := src.Paths(), []string{"№", "До / Текст", "До / Балл", "После / Текст", "После / Балл"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A name that is asked and is not merged makes its row the header, although a cell beside it is merged with one below.
func TestNameBesideATallCell(t *testing.T) {
	t.Parallel()
	name := merged(t, "id|text\n|one\n2|two\n3|three", "A1:A2")
	src := openBook(t, name, table.Options{Hints: table.Hints{Wanted: []string{"text"}}})
	if rows := tabletest.Rows(t, src); len(rows) != 4 || rows[1][1] != "one" {
		t.Errorf("got %q", rows)
	}
}

// Columns of several sheets are the same if their groups are.
func TestGroupsOfSeveralSheets(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	f.NewSheet("Sheet2")
	for sheet, rows := range map[string][][]any{
		"Sheet1": {{"№", "Отзыв", nil, "Ответ", nil}, {nil, "Текст", "Город", "Текст", "Город"}, {1, "a", "b", "c", "d"}, {2, "e", "f", "g", "h"}},
		"Sheet2": {{"№", "Ответ", nil, "Отзыв", nil}, {nil, "Текст", "Город", "Текст", "Город"}, {3, "i", "j", "k", "l"}, {4, "m", "n", "o", "p"}},
	} {
		for i, row := range rows {
			f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row)
		}
		for _, area := range [][2]string{{"A1", "A2"}, {"B1", "C1"}, {"D1", "E1"}} {
			if err := f.MergeCell(sheet, area[0], area[1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	name := filepath.Join(t.TempDir(), "two.xlsx")
	if err := f.SaveAs(name); err != nil {
		t.Fatal(err)
	}
	src := openBook(t, name, table.Options{AllSheets: true, Hints: table.Hints{Wanted: []string{"Отзыв / Текст"}}})
	tabletest.Want(t, tabletest.Rows(t, src), tabletest.Grid{
		{"№", "Текст", "Город", "Текст", "Город"},
		{"1", "a", "b", "c", "d"}, {"2", "e", "f", "g", "h"}, {"3", "k", "l", "i", "j"}, {"4", "o", "p", "m", "n"},
	})
}

// Rows to keep may be those of one sheet, which must exist.
func TestKeptRowsOfOneSheet(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	f.NewSheet("Май, июнь")
	for _, sheet := range f.GetSheetList() {
		for i, row := range [][]any{{"id", "text"}, {1, "a"}, {"id", "text"}, {2, "b"}} {
			f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row)
		}
	}
	name := filepath.Join(t.TempDir(), "two.xlsx")
	if err := f.SaveAs(name); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		keep, left string
		rows       int
	}{
		{"", "Sheet1:3,Май, июнь:3", 5}, {"3", "", 7}, {"Май, июнь:3", "Sheet1:3", 6}, {"sheet1!3", "Май, июнь:3", 6}, {"Sheet1:3,Май, июнь:3", "", 7},
	} {
		src := openBook(t, name, table.Options{AllSheets: true, KeepRows: tt.keep})
		rows := tabletest.Rows(t, src)
		if got := src.(table.Sifted).LeftOut().Lines(); got != tt.left || len(rows) != tt.rows {
			t.Errorf("kept %q: left out %s, rows %q, want %s and %d rows with the header", tt.keep, got, rows, tt.left, tt.rows)
		}
	}
	_, err := open.Open(name, table.Options{AllSheets: true, KeepRows: "July:3"})
	if e, ok := errors.AsType[*table.Error](err); !ok || !strings.Contains(err.Error(), `the rows to keep: no sheet "July"`) || !strings.Contains(e.Hint.String(), "Sheet1") {
		t.Errorf("got error %v, want that there is no such sheet", err)
	}
}
