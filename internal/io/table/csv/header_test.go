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

// Rows that are no data are in a copy as they were, with empty cells in the new columns, and are left out again when the copy is read. A
// byte order mark in the middle of the file is no text.
func TestLeftOut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text, want string
		rows             tabletest.Grid
		left, keep       string
	}{
		{"joined exports", "\uFEFFid;text\n1;a\n\uFEFFid;text\n2;b\n", "\uFEFFid;text;n\n1;a;x\n\uFEFFid;text;\n2;b;x\n",
			tabletest.Grid{{"1", "a"}, {"2", "b"}}, "3", ""},
		{"a mark before a quote", "\uFEFF\"id\",text\r\n1,a\r\n\r\n\uFEFF\"id\",text\r\n\uFEFF\"2\",b", "\uFEFF\"id\",text,n\r\n1,a,x\r\n\r\n\uFEFF\"id\",text,\r\n\uFEFF\"2\",b,x",
			tabletest.Grid{{"1", "a"}, {"2", "b"}}, "4", ""},
		{"at the ends", "id,text\nid,text\n1,a\nid,text\nid,text\n\n", "id,text,n\nid,text,\n1,a,x\nid,text,\nid,text,\n\n",
			tabletest.Grid{{"1", "a"}}, "2,4-5", ""},
		{"kept", "id,text\n1,a\nid,text\nid,text\n", "id,text,n\n1,a,x\nid,text,\nid,text,x\n",
			tabletest.Grid{{"1", "a"}, {"id", "text"}}, "3", "4"},
		{"two rows", "Клиент,,Отзыв\nимя,город,текст\n1,Омск,a\nКлиент,,Отзыв\nимя,город,текст\n2,Уфа,b\nКлиент,,Отзыв\n3,Омск,c\nКлиент,,Отзыв\n",
			"Клиент,,Отзыв\nимя,город,текст,n\n1,Омск,a,x\nКлиент,,Отзыв,\nимя,город,текст,\n2,Уфа,b,x\nКлиент,,Отзыв,x\n3,Омск,c,x\nКлиент,,Отзыв,x\n",
			tabletest.Grid{{"1", "Омск", "a"}, {"2", "Уфа", "b"}, {"Клиент", "", "Отзыв"}, {"3", "Омск", "c"}, {"Клиент", "", "Отзыв"}}, "4-5", ""},
		{"two rows, one of them kept", "Клиент,,Отзыв\nимя,город,текст\n1,Омск,a\nКлиент,,Отзыв\nимя,город,текст\n2,Уфа,b\n",
			"Клиент,,Отзыв\nимя,город,текст,n\n1,Омск,a,x\nКлиент,,Отзыв,x\nимя,город,текст,\n2,Уфа,b,x\n",
			tabletest.Grid{{"1", "Омск", "a"}, {"Клиент", "", "Отзыв"}, {"2", "Уфа", "b"}}, "5", "4"},
		{"a title", "Отчёт за май\n\nid,text\n1,a\nОтчёт за май\n\nid,text\n2,b\nОтчёт за июнь\nid,text\n3,c\n",
			"Отчёт за май\n\nid,text,n\n1,a,x\nОтчёт за май,,\n\nid,text,\n2,b,x\nОтчёт за июнь,,x\nid,text,\n3,c,x\n",
			tabletest.Grid{{"1", "a"}, {"2", "b"}, {"Отчёт за июнь", ""}, {"3", "c"}}, "5-7,10", ""},
		{"numbers", "a,b,c,d\n1,2,3,4\nx,y,z,5\n", "a,b,c,d,n\n1,2,3,4,\nx,y,z,5,x\n", tabletest.Grid{{"x", "y", "z", "5"}}, "2", ""},
	} {
		name, dst := filepath.Join(t.TempDir(), "in.csv"), filepath.Join(t.TempDir(), "out.csv")
		tabletest.Write(t, name, tt.text)
		o := table.Options{KeepRows: tt.keep, Hints: table.Hints{Own: []string{"n"}}}
		if strings.HasPrefix(tt.name, "two rows") {
			o.HeaderRow = 2
		}
		if tt.name == "a title" {
			o.HeaderRow, o.Delimiter = 3, ","
		}
		src, err := open.Open(name, o)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		tabletest.Want(t, tabletest.Rows(t, src)[1:], tt.rows)
		tabletest.Fill(t, src, dst, []string{"n"}, func(table.Row) []any { return []any{"x"} })
		if got := tabletest.Read(t, dst); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		if got := src.(table.Sifted).LeftOut().Lines(); got != tt.left {
			t.Errorf("%s: left out %s, want %s", tt.name, got, tt.left)
		}
		again, err := open.Open(dst, o)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if tabletest.Rows(t, again); again.(table.Sifted).LeftOut().Lines() != tt.left {
			t.Errorf("%s: the copy leaves out %s, want %s", tt.name, again.(table.Sifted).LeftOut().Lines(), tt.left)
		}
	}
}
