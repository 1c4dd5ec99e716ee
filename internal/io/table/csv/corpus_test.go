package csv_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/io/charset"
	codec "gigabatch/internal/io/csv"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/csv"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

// corpusTables are typical contents of CSV files, the header first. Every encoding for Russian can represent them.
var corpusTables = []tabletest.Grid{
	{{"id", "Вопрос", "Дата", "Сумма"}, {"1", "Почему небо голубое?", "01.02.2024", "12,50"}, {"2", "Сколько стоит подписка; а скидка?", "02.02.2024", "1300"}, {"3", "", "03.02.2024", ""}},
	{{"Имя", "Отзыв", "Город"}, {"Иван", "Всё понравилось, спасибо!", "Омск"}, {"Ёлка", "Сказали \"да\",\nа потом \"нет\"", "Йошкар-Ола"}, {"Щукин", " пробел ", "Энгельс"}},
	{{"текст"}, {"Доставка опоздала на два дня"}, {"Товар пришёл в мятой коробке"}, {"Ничего не понял"}},
	{{"Код", "Наименование", "Цена", "Остаток", "Склад"}, {"00123", "Чайник 1,7 л", "1 299,00", "5", "N 2"}, {"00124", "Кружка | 300 мл", "250,00", "17", "N 1"}},
}

// corpusFile is one file of the corpus.
type corpusFile struct {
	encoding *charset.Encoding
	syntax   codec.Syntax
	lineEnd  string
	bom, sep bool
	title    string
	quoteAll bool
	ragged   bool
	noEnd    bool // of the last line
	table    tabletest.Grid
}

// corpus combines every value of each property with many values of the others.
func corpus() []corpusFile {
	encodings := []*charset.Encoding{charset.UTF8, charset.Windows1251, charset.UTF16LE, charset.KOI8R, charset.IBM866, charset.UTF16BE, charset.MacCyrillic}
	titles := []string{"", "", "", "Отчёт за май", "Отчёт за май 2024 года\n\nСоставил Иванов"}
	var files []corpusFile
	n := 0
	for _, e := range encodings {
		for _, delim := range []byte(",;\t|") {
			for _, lineEnd := range []string{"\n", "\r\n", "\r"} {
				for _, quoteAll := range []bool{false, true} {
					n++
					f := corpusFile{encoding: e, syntax: codec.Syntax{Delim: delim, Quote: '"'}, lineEnd: lineEnd, quoteAll: quoteAll, ragged: n%3 == 0, noEnd: n%4 == 0,
						bom: e.Unicode() && n%2 == 0, sep: n%7 == 0, title: titles[n%len(titles)], table: corpusTables[n%len(corpusTables)]}
					if f.sep || len(f.table[0]) < 3 {
						f.title = ""
					}
					files = append(files, f)
				}
			}
		}
	}
	return files
}

func (f corpusFile) name() string {
	return fmt.Sprintf("%s %q %q bom %v sep %v title %.10q quoted %v ragged %v columns %d", f.encoding.Name(), f.syntax.Delim, f.lineEnd, f.bom, f.sep, f.title, f.quoteAll, f.ragged, len(f.table[0]))
}

// content returns the bytes of the file.
func (f corpusFile) content(t *testing.T) string {
	var b []byte
	if f.bom {
		b = append(b, "\uFEFF"...)
	}
	if f.sep {
		b = append(append(append(b, "sep="...), f.syntax.Delim), f.lineEnd...)
	}
	if f.title != "" {
		b = append(b, strings.ReplaceAll(f.title+"\n", "\n", f.lineEnd)...)
	}
	for i, row := range f.table {
		if i > 0 {
			b = append(b, f.lineEnd...)
		}
		b = f.appendRow(b, row, f.ragged && i > 0)
	}
	if !f.noEnd {
		b = append(b, f.lineEnd...)
	}
	return tabletest.Encoded(t, f.encoding, string(b))
}

// appendRow appends a row. In a ragged one, it omits the empty cells at the end or adds one.
func (f corpusFile) appendRow(b []byte, row []string, ragged bool) []byte {
	for i, cell := range row {
		if ragged && i > 0 && i == len(row)-1 && cell == "" {
			return b
		}
		if i > 0 {
			b = append(b, f.syntax.Delim)
		}
		if f.quoteAll {
			b = f.syntax.AppendQuoted(b, cell)
		} else {
			b, _ = f.syntax.AppendCell(b, cell)
		}
	}
	if ragged && len(row) > 1 && row[0] == "Иван" {
		b = append(b, f.syntax.Delim, 'x')
	}
	return b
}

// TestCorpus represents the variety of real files: each is read correctly, and written with the same bytes.
func TestCorpus(t *testing.T) {
	t.Parallel()
	files := corpus()
	if len(files) < 126 {
		t.Fatalf("got %d files, want 126 at least", len(files))
	}
	dir := t.TempDir()
	for i, f := range files {
		name := filepath.Join(dir, fmt.Sprint(i, ".csv"))
		content := f.content(t)
		tabletest.Write(t, name, content)
		src, err := open.Open(name, table.Options{})
		if err != nil {
			t.Errorf("%s: %v", f.name(), err)
			continue
		}
		if got := tabletest.Rows(t, src); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", f.table) {
			t.Errorf("%s: got %q, want %q; %s", f.name(), got, f.table, src.Dialect().String())
		}
		if e := csv.DialectOf(src).Encoding; e != f.encoding {
			t.Logf("%s: read as %s", f.name(), e.Name())
		}
		if got, err := csv.MemCopy(src, nil); err != nil || string(got) != content {
			t.Errorf("%s: got %q, error %v, want %q", f.name(), got, err, content)
		}
		wantColumn(t, f, src, name)
	}
	t.Logf("%d files", len(files))
}

// wantColumn writes a column in memory, and checks that it is found again, next to the same cells.
func wantColumn(t *testing.T, f corpusFile, src table.Source, name string) {
	t.Helper()
	const answer = "да; \"нет\",\nможет|быть\t"
	b, err := csv.MemCopy(src, []string{"ответ"}, answer)
	if err == nil {
		err = os.WriteFile(name, b, 0o600)
	}
	if err != nil {
		t.Fatalf("%s: %v", f.name(), err)
	}
	want := tabletest.Grid{append(append([]string(nil), f.table[0]...), "ответ")}
	for _, row := range f.table[1:] {
		want = append(want, append(append([]string(nil), row...), answer))
	}
	if got := tabletest.Rows(t, tabletest.Open(t, name)); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("%s: got %q with an answer, want %q", f.name(), got, want)
	}
	if !bytes.Contains(b, []byte(tabletest.Encoded(t, f.encoding, "ответ"))) {
		t.Errorf("%s: the name is not in the encoding of the file", f.name())
	}
}

// A field of 10 MB in another encoding takes a limited number of bytes in addition to itself, however long the file is.
func TestCSVLargeFieldOtherEncodings(t *testing.T) {
	t.Parallel()
	const size = 10 << 20
	for _, e := range []*charset.Encoding{charset.Windows1251, charset.UTF16LE} {
		long := strings.Repeat("Ответ, ещё \"ответ\"\n", size/len("Ответ, ещё \"ответ\"\n"))
		text := "имя;текст\r\nЯн;" + string(tabletest.AppendCSV(nil, long, ';')) + "\r\nЯна;да\r\n"
		src, err := tabletest.OpenText(t, "in.csv", tabletest.Encoded(t, e, text))
		if err != nil {
			t.Fatal(err)
		}
		got := tabletest.Rows(t, src)
		if len(got) != 3 || got[1][1] != long || got[2][1] != "да" {
			t.Errorf("%s: got %d rows", e.Name(), len(got))
		}
		tabletest.WantSame(t, src)
	}
}
