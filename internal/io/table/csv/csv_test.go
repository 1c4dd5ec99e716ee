package csv_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/stream"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/tabletest"
)

func TestCSVRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       tabletest.Grid
		lines      []int
	}{
		{"plain", "a,b\n1,2\n3,4\n", tabletest.Grid{{"a", "b"}, {"1", "2"}, {"3", "4"}}, []int{2, 3}},
		{"no final newline", "a,b\n1,2", tabletest.Grid{{"a", "b"}, {"1", "2"}}, []int{2}},
		{"crlf and lf mixed", "a,b\r\n1,2\n3,4\r\n", tabletest.Grid{{"a", "b"}, {"1", "2"}, {"3", "4"}}, []int{2, 3}},
		{"cr at the end", "a,b\r\n1,2\r", tabletest.Grid{{"a", "b"}, {"1", "2"}}, []int{2}},
		{"bom", "\xEF\xBB\xBFa,b\n1,2\n", tabletest.Grid{{"a", "b"}, {"1", "2"}}, []int{2}},
		{"bom and quote", "\xEF\xBB\xBF\"a\",b\n1,2\n", tabletest.Grid{{"a", "b"}, {"1", "2"}}, []int{2}},
		{"semicolon", "a;b\n1,5;x\n", tabletest.Grid{{"a", "b"}, {"1,5", "x"}}, []int{2}},
		{"semicolon, more commas", "name;text\nq;a, b, c\nr;d, e, f\n", tabletest.Grid{{"name", "text"}, {"q", "a, b, c"}, {"r", "d, e, f"}}, []int{2, 3}},
		{"comma in a name", "id;name, full;x\n1;2;3\n", tabletest.Grid{{"id", "name, full", "x"}, {"1", "2", "3"}}, []int{2}},
		{"tab", "a\tb\n1\t2\n", tabletest.Grid{{"a", "b"}, {"1", "2"}}, []int{2}},
		{"delimiters in quotes do not count", "\"a;b;c\",\"d;e\"\n1,2\n", tabletest.Grid{{"a;b;c", "d;e"}, {"1", "2"}}, []int{2}},
		{"quoted lines", "a,b\n\"x\ny\r\nz\",2\n3,4\n", tabletest.Grid{{"a", "b"}, {"x\ny\r\nz", "2"}, {"3", "4"}}, []int{2, 5}},
		{"doubled quotes", "a,b\n\"x \"\"y\"\"\",\"\"\"\"\n\"\",\"\"\"\"\"\"\n", tabletest.Grid{{"a", "b"}, {`x "y"`, `"`}, {"", `""`}}, []int{2, 3}},
		{"quotes inside", "a,b\nx \"y\" z,5\" pipe\n", tabletest.Grid{{"a", "b"}, {`x "y" z`, `5" pipe`}}, []int{2}},
		{"text after a quote", "a,b\n\"x\" y,\"p\"\"q\"r\"s\n", tabletest.Grid{{"a", "b"}, {`"x" y`, `"p""q"r"s`}}, []int{2}},
		{"space before a quote", "a,b\n1, \"2\"\n", tabletest.Grid{{"a", "b"}, {"1", ` "2"`}}, []int{2}},
		{"short and long rows", "a,b,c\n1\n1,2,3,4\n", tabletest.Grid{{"a", "b", "c"}, {"1", "", ""}, {"1", "2", "3"}}, []int{2, 3}},
		{"blank lines", "\n\r\na,b\n\n1,2\n\r\n\n3,4\n\n", tabletest.Grid{{"a", "b"}, {"1", "2"}, {"3", "4"}}, []int{5, 8}},
		{"empty cells are a row", "a,b\n,\n\"\"\n", tabletest.Grid{{"a", "b"}, {"", ""}, {"", ""}}, []int{2, 3}},
		{"header only", "a,b", tabletest.Grid{{"a", "b"}}, nil},
		{"one column", "a\nx\ny\n", tabletest.Grid{{"a"}, {"x"}, {"y"}}, []int{2, 3}},
		{"one column of texts with commas", "prompt\nHello, you\nOne, two, three; four\n", tabletest.Grid{{"prompt"}, {"Hello, you"}, {"One, two, three; four"}}, []int{2, 3}},
		{"one column, quoted", "prompt\n\"Hello, you\"\n", tabletest.Grid{{"prompt"}, {"Hello, you"}}, []int{2}},
		{"a name without letters", "a,,b\n1,2,3\n", tabletest.Grid{{"a", "", "b"}, {"1", "2", "3"}}, []int{2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			src, err := tabletest.OpenText(t, "in.csv", tt.text)
			if err != nil {
				t.Fatal(err)
			}
			tabletest.Want(t, tabletest.Rows(t, src), tt.want)
			var lines []int
			for row := range src.Rows() {
				lines = append(lines, row.Line)
			}
			if !slices.Equal(lines, tt.lines) {
				t.Errorf("%q: got lines %v, want %v", tt.text, lines, tt.lines)
			}
			got, err := tabletest.Copied(t, src.Name())
			if err != nil || string(got) != tt.text {
				t.Errorf("got %q, error %v, want %q", got, err, tt.text)
			}
		})
	}
}

const (
	chinese = "编号;评论\r\n1;快递送得很晚，但是卖家道歉了。\r\n2;\"质量非常好，\n推荐给大家。\"\r\n"
	polish  = "id,opinia\n1,Przesyłka dotarła bardzo późno.\n2,Świetna jakość!\n"
)

func coded(t *testing.T, name string) *charset.Encoding {
	t.Helper()
	e, ok := charset.Lookup(name)
	if !ok {
		t.Fatalf("%s is not found", name)
	}
	return e
}

// Nothing is refused except files without a record, files in an encoding that is not detected, and what is no text.
func TestCSVErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text, want, hint string
		options          table.Options
	}{
		{text: "", want: "in.csv: the file is empty"},
		{text: "\n\r\n\n", want: "in.csv: the file is empty"},
		{text: "\xEF\xBB\xBF", want: "in.csv: the file is empty"},
		{text: "\xFF\xFE\r\x00\n\x00", want: "in.csv: the file is empty"},
		{text: "sep=;\r\n", want: "in.csv: the file is empty"},
		{text: "PK\x03\x04zip", want: "in.csv: the file is a workbook or an archive, not CSV", hint: ".xlsx"},
		{text: "a;b\n\n1;2\n", want: "in.csv:2: no header begins on this line", hint: "line", options: table.Options{HeaderRow: 2}},
		{text: "a;\"b\nc\"\n1;2\n", want: "in.csv:2: no header begins on this line", hint: "line", options: table.Options{HeaderRow: 2}},
		{text: "a;b\n1;2\n", want: "in.csv:9: no header begins on this line", hint: "line", options: table.Options{HeaderRow: 9}},
		{text: "a;b\n", want: "in.csv: the header row is below 1, or is specified for a file without a header", hint: "either", options: table.Options{HeaderRow: 1, NoHeader: true}},
		{text: "a;b\n", want: `in.csv: "tap" cannot be the delimiter`, hint: "tab?", options: table.Options{Delimiter: "tap"}},
		{text: "a;b\n", want: `in.csv: ";;" cannot be the delimiter`, hint: "one ASCII character", options: table.Options{Delimiter: ";;"}},
		{text: "a;b\n", want: `in.csv: "\"" cannot be the delimiter`, hint: "one ASCII character", options: table.Options{Delimiter: `"`}},
		{text: "a;b\n", want: `in.csv: "я" cannot be the delimiter`, hint: "one ASCII character", options: table.Options{Delimiter: "я"}},
		{text: "a;b\n", want: `in.csv: "windows-1215" is not a supported encoding`, hint: "windows-1251?", options: table.Options{Encoding: "windows-1215"}},
		{text: "a;b\n", want: `in.csv: "utf-7" is not a supported encoding`, hint: "utf-8?", options: table.Options{Encoding: "utf-7"}},
		{text: "a;b\n", want: `in.csv: "iso-2022-jp" is not a supported encoding`, options: table.Options{Encoding: "iso-2022-jp"}},
		{text: tabletest.Encoded(t, coded(t, "gbk"), chinese), want: "in.csv: not sure about the encoding; it may be gbk, big5", hint: "--encoding gbk"},
		{text: tabletest.Encoded(t, coded(t, "windows-1250"), polish), want: "in.csv: not sure about the encoding; it may be windows-1250, iso-8859-2", hint: "--encoding windows-1250"},
		{text: strings.Repeat("a;b\n", 50_000) + tabletest.Encoded(t, coded(t, "iso-8859-5"), "Посылка пришла;Всё хорошо\n"),
			want: "in.csv: not sure about the encoding; it may be iso-8859-5", hint: "--encoding iso-8859-5"},
		{text: "a;b\n", want: `in.csv: "exel-ru" is not a dialect of CSV`, hint: "excel-ru?", options: table.Options{CSVDialect: "exel-ru"}},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			_, err := tabletest.OpenWith(t, "in.csv", tt.text, tt.options)
			var e *table.Error
			if !errors.As(err, &e) || !strings.HasSuffix(e.Error(), tt.want) || !strings.Contains(e.Hint.String(), tt.hint) {
				t.Errorf("%q: got %v, want %s (hint with %s)", tt.text, err, tt.want, tt.hint)
			}
		})
	}
}

// In any dialect, the values are read, the dialect is described, and the copy has the same bytes.
func TestCSVDialects(t *testing.T) {
	t.Parallel()
	const people = "Имя;Город\r\nИван;Омск\r\nЁлка;\"Санкт-\r\nПетербург\"\r\n"
	peopleGrid := tabletest.Grid{{"Имя", "Город"}, {"Иван", "Омск"}, {"Ёлка", "Санкт-\r\nПетербург"}}
	ab := tabletest.Grid{{"a", "b"}, {"1", "2"}}
	tests := []struct {
		text, dialect string
		want          tabletest.Grid
		options       table.Options
	}{
		{"a,b\n1,2\n", `CSV, UTF-8, delimiter ",", LF, header on line 1`, ab, table.Options{}},
		{"\xEF\xBB\xBFa;b\r\n1;2\r\n", `CSV, UTF-8 with BOM, delimiter ";", CRLF, header on line 1`, ab, table.Options{}},
		{"a\tb\r\n1\t2\n", "CSV, UTF-8, tab-delimited, CRLF and LF, header on line 1", ab, table.Options{}},
		{"a|b\n1|2\n", `CSV, UTF-8, delimiter "|", LF, header on line 1`, ab, table.Options{}},
		{"a,b", `CSV, UTF-8, delimiter ",", header on line 1`, ab[:1], table.Options{}},
		{"a,b\r1,2\r", `CSV, UTF-8, delimiter ",", CR, header on line 1`, ab, table.Options{}},
		{"\ra,b\r\r\"x\ry\nz\",2\r3,4", `CSV, UTF-8, delimiter ",", CR, header on line 2`, tabletest.Grid{{"a", "b"}, {"x\ry\nz", "2"}, {"3", "4"}}, table.Options{}},
		{"a,b\r\r\n1,2\r\r\n", `CSV, UTF-8, delimiter ",", CRCRLF, header on line 1`, ab, table.Options{}},
		{"sep=;\r\r\na;b\r\r\n\r\r\n1;2\r\r\n", `CSV, UTF-8, delimiter ";", CRCRLF, header on line 2`, ab, table.Options{}},
		{"\r\r\na,\"b\"\r\r\n1,\"2\"\r\r\r\n\r\r", `CSV, UTF-8, delimiter ",", CRCRLF, header on line 2`, ab, table.Options{}},
		{"a,b\r\n1,2\r\r\n", `CSV, UTF-8, delimiter ",", CRCRLF and CRLF, header on line 1`, ab, table.Options{}},
		{"a,b\r1,2\n", `CSV, UTF-8, delimiter ",", CR, header on line 1`, ab, table.Options{}},
		{"a,b\r1,2\r\n", `CSV, UTF-8, delimiter ",", CR, header on line 1`, ab, table.Options{}},
		{"a,b\r1,2\r\r\n", `CSV, UTF-8, delimiter ",", CR, header on line 1`, ab, table.Options{}},
		{"a,b\r1,2\n\n", `CSV, UTF-8, delimiter ",", CR, header on line 1`, ab, table.Options{}},
		{"sep=;\ra;b\r\"1\";\"2\"\n", `CSV, UTF-8, delimiter ";", CR, header on line 2`, ab, table.Options{}},
		{tabletest.Encoded(t, charset.UTF16LE, "\uFEFFa\tb\r1\t2\n"), "CSV, UTF-16 LE with BOM, tab-delimited, CR, header on line 1", ab, table.Options{}},
		{"a,b\n1,\"x\ry\"\n", `CSV, UTF-8, delimiter ",", LF, header on line 1`, tabletest.Grid{{"a", "b"}, {"1", "x\ry"}}, table.Options{}},
		{"a,b\n1,x\ry\n", `CSV, UTF-8, delimiter ",", LF, header on line 1`, tabletest.Grid{{"a", "b"}, {"1", "x\ry"}}, table.Options{}},
		{"a:b\n1:2\n", `CSV, UTF-8, delimiter ":", LF, header on line 1`, ab, table.Options{Delimiter: ":"}},
		{"a\tb;c\n1\t2;3\n", "CSV, UTF-8, tab-delimited, LF, header on line 1", tabletest.Grid{{"a", "b;c"}, {"1", "2;3"}}, table.Options{Delimiter: "TAB"}},
		{"a;b\tc\n1;2\t3\n", "CSV, UTF-8, tab-delimited, LF, header on line 1", tabletest.Grid{{"a;b", "c"}, {"1;2", "3"}}, table.Options{Delimiter: `\t`}},
		{tabletest.Encoded(t, charset.Windows1251, people), `CSV, windows-1251, delimiter ";", CRLF, header on line 1`, peopleGrid, table.Options{}},
		{tabletest.Encoded(t, charset.KOI8R, people), `CSV, KOI8-R, delimiter ";", CRLF, header on line 1`, peopleGrid, table.Options{}},
		{tabletest.Encoded(t, charset.IBM866, people), `CSV, IBM866, delimiter ";", CRLF, header on line 1`, peopleGrid, table.Options{}},
		{tabletest.Encoded(t, charset.MacCyrillic, people), `CSV, Mac Cyrillic, delimiter ";", CRLF, header on line 1`, peopleGrid, table.Options{}},
		{tabletest.Encoded(t, charset.UTF16LE, "\uFEFF"+people), `CSV, UTF-16 LE with BOM, delimiter ";", CRLF, header on line 1`, peopleGrid, table.Options{}},
		{tabletest.Encoded(t, charset.UTF16BE, people), `CSV, UTF-16 BE, delimiter ";", CRLF, header on line 1`, peopleGrid, table.Options{}},
		{tabletest.Encoded(t, charset.Windows1252, "a,b\ncafé,Müller\n"), `CSV, windows-1252, delimiter ",", LF, header on line 1`, tabletest.Grid{{"a", "b"}, {"café", "Müller"}}, table.Options{}},
		{tabletest.Encoded(t, charset.Windows1251, people), `CSV, windows-1251, delimiter ";", CRLF, header on line 1`, peopleGrid, table.Options{Encoding: "utf-8"}},
		{tabletest.Encoded(t, charset.KOI8R, "a,b\nя,ж\n"), `CSV, KOI8-R, delimiter ",", LF, header on line 1`, tabletest.Grid{{"a", "b"}, {"я", "ж"}}, table.Options{Encoding: "koi8-r"}},
		{tabletest.Encoded(t, charset.UTF16BE, people), `CSV, UTF-16 BE, delimiter ";", CRLF, header on line 1`, peopleGrid, table.Options{Encoding: "utf-16"}},
		{tabletest.Encoded(t, coded(t, "gbk"), chinese), `CSV, GBK, delimiter ";", CRLF, header on line 1`,
			tabletest.Grid{{"编号", "评论"}, {"1", "快递送得很晚，但是卖家道歉了。"}, {"2", "质量非常好，\n推荐给大家。"}}, table.Options{Encoding: "gbk"}},
		{tabletest.Encoded(t, coded(t, "sjis"), "番号,ソ\r\n1,表｜ソ\r\n"), `CSV, Shift_JIS, delimiter ",", CRLF, header on line 1`,
			tabletest.Grid{{"番号", "ソ"}, {"1", "表｜ソ"}}, table.Options{Encoding: "cp932"}},
		{"a,b\n1,\x83\x5C\xFF\x81\n", `CSV, Shift_JIS, delimiter ",", LF, header on line 1`,
			tabletest.Grid{{"a", "b"}, {"1", "ソ\uFFFD\uFFFD"}}, table.Options{Encoding: "shift_jis"}},
		{tabletest.Encoded(t, coded(t, "windows-1250"), polish), `CSV, windows-1250, delimiter ",", LF, header on line 1`,
			tabletest.Grid{{"id", "opinia"}, {"1", "Przesyłka dotarła bardzo późno."}, {"2", "Świetna jakość!"}}, table.Options{Encoding: "Windows-1250"}},
		{tabletest.Encoded(t, coded(t, "cp037"), "a,b\n1,2\n"), `CSV, IBM037, delimiter ",", LF, header on line 1`, ab, table.Options{Encoding: "ebcdic-cp-us"}},
		{"\xEF\xBB\xBF" + people, `CSV, UTF-8 with BOM, delimiter ";", CRLF, header on line 1`, peopleGrid, table.Options{Encoding: "cp1251"}},
		{"sep=;\r\na,b;c\r\n1,2;3\r\n", `CSV, UTF-8, delimiter ";", CRLF, header on line 2`, tabletest.Grid{{"a,b", "c"}, {"1,2", "3"}}, table.Options{}},
		{tabletest.Encoded(t, charset.UTF16LE, "\uFEFFsep=\t\r\na,b\tc\r\n1,2\t3\r\n"), `CSV, UTF-16 LE with BOM, tab-delimited, CRLF, header on line 2`, tabletest.Grid{{"a,b", "c"}, {"1,2", "3"}}, table.Options{}},
		{"\"SEP=|\"\na,b\n1,2\n", `CSV, UTF-8, delimiter "|", LF, header on line 2`, tabletest.Grid{{"a,b"}, {"1,2"}}, table.Options{}},
		{"Отчёт за май\n\nid;имя;город\n1;Ян;Омск\n2;Яна;Томск\n", `CSV, UTF-8, delimiter ";", LF, header on line 3 (2 title lines above it)`, tabletest.Grid{{"id", "имя", "город"}, {"1", "Ян", "Омск"}, {"2", "Яна", "Томск"}}, table.Options{}},
		{"Отчёт, май;;\nid;имя;город\n1;Ян;Омск\n", `CSV, UTF-8, delimiter ";", LF, header on line 2 (1 title line above it)`, tabletest.Grid{{"id", "имя", "город"}, {"1", "Ян", "Омск"}}, table.Options{}},
		{"a;b\nx;y\n1;2\n", `CSV, UTF-8, delimiter ";", LF, header on line 2 (1 title line above it)`, tabletest.Grid{{"x", "y"}, {"1", "2"}}, table.Options{HeaderRow: 2}},
		{"note\n\n\na,b\n1,2\n", `CSV, UTF-8, delimiter ",", LF, header on line 4 (3 title lines above it)`, ab, table.Options{HeaderRow: 4}},
		{"id;имя\n1;Ян\n", `CSV, UTF-8, delimiter ";", LF, no header: columns A to B`, tabletest.Grid{{"A", "B"}, {"id", "имя"}, {"1", "Ян"}}, table.Options{NoHeader: true}},
		{"12;Ян\n17;Яна;x\n", `CSV, UTF-8, delimiter ";", LF, no header: columns A to C`, tabletest.Grid{{"A", "B", "C"}, {"12", "Ян", ""}, {"17", "Яна", "x"}}, table.Options{}},
		{"Кто ты такой?\nГде ты живёшь?\n", `CSV, UTF-8, delimiter ",", LF, no header: column A`, tabletest.Grid{{"A"}, {"Кто ты такой?"}, {"Где ты живёшь?"}}, table.Options{}},
		{"'a','b, c','d'\n'1','it''s','x'\n'2','y\nz','w'\n", `CSV, UTF-8, delimiter ",", quote character ', LF, header on line 1`, tabletest.Grid{{"a", "b, c", "d"}, {"1", "it's", "x"}, {"2", "y\nz", "w"}}, table.Options{}},
		{"a;b\n\"x \\\"y; z\\\"\";1\n\"back\\\\slash\";2\n", `CSV, UTF-8, delimiter ";", quotes escaped as \", LF, header on line 1`, tabletest.Grid{{"a", "b"}, {`x "y; z"`, "1"}, {`back\slash`, "2"}}, table.Options{}},
		{"id\ttext\n1\t\"Hello,\" he said.\n2\t\"Go\" is a word\n3\t\"What?\" \"That.\" ok\n", "CSV, UTF-8, tab-delimited, no quotes, LF, header on line 1",
			tabletest.Grid{{"id", "text"}, {"1", `"Hello," he said.`}, {"2", `"Go" is a word`}, {"3", `"What?" "That." ok`}}, table.Options{}},
		{"Товар;Цена, руб\nХлеб;45,50\n", semicolons, tabletest.Grid{{"Товар", "Цена, руб"}, {"Хлеб", "45,50"}}, table.Options{}},
		{"Товар;Масса, кг;Цена, руб\nХлеб;0,5;1,50\n", semicolons, tabletest.Grid{{"Товар", "Масса, кг", "Цена, руб"}, {"Хлеб", "0,5", "1,50"}}, table.Options{}},
		{"Дата;Температура, °C;Осадки, мм;Ветер, м/с\n01.02.2024;-5,1;0,5;3,2\n02.02.2024;-4,1;0,0;2,2\n", semicolons,
			tabletest.Grid{{"Дата", "Температура, °C", "Осадки, мм", "Ветер, м/с"}, {"01.02.2024", "-5,1", "0,5", "3,2"}, {"02.02.2024", "-4,1", "0,0", "2,2"}}, table.Options{}},
		{"Дата;Сумма, руб.\n01.02.2024;1300,50\n", semicolons, tabletest.Grid{{"Дата", "Сумма, руб."}, {"01.02.2024", "1300,50"}}, table.Options{}},
		{"id\ttext, other\n1\ta, b\n", "CSV, UTF-8, tab-delimited, LF, header on line 1", tabletest.Grid{{"id", "text, other"}, {"1", "a, b"}}, table.Options{}},
		{"имя,город\nЯн,Омск\n\xC8\xE2\xE0\xED,\xCF\xE5\xF2\xE5\xF0\xE1\xF3\xF0\xE3\n", `CSV, UTF-8, delimiter ",", LF, header on line 1`,
			tabletest.Grid{{"имя", "город"}, {"Ян", "Омск"}, {strings.Repeat("\uFFFD", 4), strings.Repeat("\uFFFD", 9)}}, table.Options{}},
		{"имя,№\n\xC8\xE2\xE0\xED,\xCF\xE5\xF2\xE5\xF0\xE1\xF3\xF0\xE3\n", `CSV, UTF-8, delimiter ",", LF, header on line 1`,
			tabletest.Grid{{"имя", "№"}, {strings.Repeat("\uFFFD", 4), strings.Repeat("\uFFFD", 9)}}, table.Options{Encoding: "utf-8"}},
		{"Отчёт за январь, февраль и март\nid,text,score\n0,a0,0\n1,a1,1\n", `CSV, UTF-8, delimiter ",", LF, header on line 2 (1 title line above it)`,
			tabletest.Grid{{"id", "text", "score"}, {"0", "a0", "0"}, {"1", "a1", "1"}}, table.Options{}},
		{"Отзывы клиентов;\nимя;отзыв\nИван;Всё хорошо\nАнна;Так себе\n", `CSV, UTF-8, delimiter ";", LF, header on line 2 (1 title line above it)`,
			tabletest.Grid{{"имя", "отзыв"}, {"Иван", "Всё хорошо"}, {"Анна", "Так себе"}}, table.Options{}},
		{"\"a;b\"\n\"1;2\"\n", `CSV, UTF-8, delimiter ",", LF, header on line 1`, tabletest.Grid{{"a;b"}, {"1;2"}}, table.Options{}},
	}
	for _, tt := range tests {
		src, err := tabletest.OpenWith(t, "in.csv", tt.text, tt.options)
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		if got := src.Dialect().String(); got != tt.dialect {
			t.Errorf("%q: got dialect %s, want %s", tt.text, got, tt.dialect)
		}
		tabletest.Want(t, tabletest.Rows(t, src), tt.want)
		tabletest.WantSame(t, src)
	}
}

const semicolons = `CSV, UTF-8, delimiter ";", LF, header on line 1`

// In a file of one column, the texts do not depend on whether quotes are ordinary characters and how they are written, or on added
// columns.
func TestCSVQuotesOfOneColumn(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		`"Скажи \"да\" %d раз"`:    `Скажи "да" %d раз`,
		`"Фирма %d" ООО, кто это?`: `"Фирма %d" ООО, кто это?`,
		`'Скажи "да", %d раз'`:     `Скажи "да", %d раз`,
	} {
		text, grid := "prompt\n", tabletest.Grid{{"prompt"}}
		for i := range 12 {
			text += fmt.Sprintf(cell+"\n", i)
			grid = append(grid, []string{fmt.Sprintf(want, i)})
		}
		src, err := tabletest.OpenText(t, "in.csv", text)
		if err != nil {
			t.Fatal(err)
		}
		for columns := range 3 {
			for i, row := range tabletest.Rows(t, src) {
				if row[0] != grid[i][0] {
					t.Errorf("%s with %d columns, row %d: got %q, want %q", cell, columns, i, row[0], grid[i][0])
				}
			}
			tabletest.Fill(t, src, src.Name(), []string{"x", "y"}[:min(columns+1, 2)], func(r table.Row) []any { return []any{"да, нет", 7}[:min(columns+1, 2)] })
			src = tabletest.Open(t, src.Name())
		}
	}
}

// Damaged text does not stop the reading: the fault of the row describes its position.
func TestCSVFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text   string
		faults []string // of each row
		want   tabletest.Grid
	}{
		{"a,b\n1,x\x00y\n3,4\n", []string{"in.csv:2: NUL byte at character 4, read as \uFFFD", ""}, tabletest.Grid{{"a", "b"}, {"1", "x\uFFFDy"}, {"3", "4"}}},
		{"a,b\nяблоко,\"груша\nи\xFFва\"\n3,4\n", []string{"in.csv:3: byte 0xFF at character 2 is not valid UTF-8, read as \uFFFD", ""}, tabletest.Grid{{"a", "b"}, {"яблоко", "груша\nи\uFFFDва"}, {"3", "4"}}},
		{tabletest.Encoded(t, charset.Windows1251, "Имя;Город\r\nИван;Омск\r\n") + "\xC0\xED\xED\xE0;\x98\r\n", []string{"", "in.csv:3: byte 0x98 at character 6 is not valid windows-1251, read as \uFFFD"}, tabletest.Grid{{"Имя", "Город"}, {"Иван", "Омск"}, {"Анна", "\uFFFD"}}},
		{"\xFF\xFEa\x00;\x00b\x00\n\x001\x00;\x00\x00\xD8\n\x00x\x00;\x00y\x00z", []string{"in.csv:2: incomplete character at character 3, read as \uFFFD", "in.csv:3: incomplete character at character 4, read as \uFFFD"},
			tabletest.Grid{{"a", "b"}, {"1", "\uFFFD"}, {"x", "y\uFFFD"}}},
		{"a,b\n1,2\n\n3,\"x\n4,5\n", []string{"", "in.csv:4: the quote opened at character 3 is never closed; it is read as an ordinary character", ""}, tabletest.Grid{{"a", "b"}, {"1", "2"}, {"3", `"x`}, {"4", "5"}}},
		{"a,b\n1,\"x\n2,\"y\"\n3,z\n", []string{"in.csv:2: the quote opened at character 3 is never closed; it is read as an ordinary character", "", ""}, tabletest.Grid{{"a", "b"}, {"1", `"x`}, {"2", "y"}, {"3", "z"}}},
		{"a,b\n\"x\ny\",\"z\n", []string{"in.csv:3: the quote opened at character 4 is never closed; it is read as an ordinary character"}, tabletest.Grid{{"a", "b"}, {"x\ny", `"z`}}},
		{"a,b\n\"\n", []string{"in.csv:2: the quote opened at character 1 is never closed; it is read as an ordinary character"}, tabletest.Grid{{"a", "b"}, {`"`, ""}}},
	}
	for _, tt := range tests {
		src, err := tabletest.OpenText(t, "in.csv", tt.text)
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		tabletest.Want(t, tabletest.Rows(t, src), tt.want)
		for row := range src.Rows() {
			got := ""
			if row.Fault != nil {
				got = row.Fault.Error()
				got = got[strings.Index(got, "in.csv"):]
			}
			if got != tt.faults[row.Index] || row.Fault != nil && row.Fault.Hint.IsZero() {
				t.Errorf("%q, row %d: got fault %q, want %q", tt.text, row.Index, got, tt.faults[row.Index])
			}
		}
		tabletest.WantSame(t, src)
		tabletest.WantReadAgain(t, src, tt.want)
	}
}

func TestCSVWrite(t *testing.T) {
	t.Parallel()
	columns := []string{"x", "y"}
	cells := func(table.Row) []any { return []any{`say "a"`, 7} }
	tests := []struct{ name, text, want string }{
		{"comma", "a,b\n1,2\n", "a,b,x,y\n1,2,\"say \"\"a\"\"\",7\n"},
		{"semicolon and crlf", "a;b\r\n1;2\r\n", "a;b;x;y\r\n1;2;\"say \"\"a\"\"\";7\r\n"},
		{"no final newline", "a,b\n1,2", "a,b,x,y\n1,2,\"say \"\"a\"\"\",7"},
		{"mixed line ends", "a,b\r\n1,2\n3,4\r\n", "a,b,x,y\r\n1,2,\"say \"\"a\"\"\",7\n3,4,\"say \"\"a\"\"\",7\r\n"},
		{"bom and quotes as they are", "\xEF\xBB\xBF\"a\",b\n\"1\", 2 \n", "\xEF\xBB\xBF\"a\",b,x,y\n\"1\", 2 ,\"say \"\"a\"\"\",7\n"},
		{"blank lines", "\na,b\n\n1,2\n\r\n", "\na,b,x,y\n\n1,2,\"say \"\"a\"\"\",7\n\r\n"},
		{"short row", "a,b,c\n1\n", "a,b,c,x,y\n1,,,\"say \"\"a\"\"\",7\n"},
		{"long row", "a,b\n1,2,3,4\n", "a,b,x,y\n1,2,\"say \"\"a\"\"\",7,3,4\n"},
		{"refill one", "x,b\n\"o\"\"ld\",2\n", "x,b,y\n\"say \"\"a\"\"\",2,7\n"},
		{"refill both, turned round", "a,y,b,x\n1,2,3,4\n", "a,y,b,x\n1,7,3,\"say \"\"a\"\"\"\n"},
		{"refill in a long row", "x,y\n1,2,3\n", "x,y\n\"say \"\"a\"\"\",7,3\n"},
		{"refill what a short row lacks", "a,b,y,x,c\n1\n", "a,b,y,x,c\n1,,7,\"say \"\"a\"\"\"\n"},
		{"refill a part of a short row", "a,x,y,c\n1,2\n", "a,x,y,c\n1,\"say \"\"a\"\"\",7\n"},
		{"one column with commas", "a\np, q\n", "a;x;y\np, q;\"say \"\"a\"\"\";7\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			src, err := tabletest.OpenText(t, "in.csv", tt.text)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time, the columns exist
				tabletest.Fill(t, src, src.Name(), columns, cells)
				if got := tabletest.Read(t, src.Name()); got != tt.want {
					t.Fatalf("%q: got %q, want %q", tt.text, got, tt.want)
				}
				src = tabletest.Open(t, src.Name())
			}
		})
	}
}

// What a text table cannot represent is replaced, so that the output can be read again.
func TestCSVCells(t *testing.T) {
	t.Parallel()
	tests := []struct {
		cell any
		want string
	}{
		{nil, ""}, {"", ""}, {3, "3"}, {int64(-4), "-4"}, {0.1, "0.1"}, {1e21, "1000000000000000000000"}, {true, "true"},
		{"a\x00b\xFF", "a\uFFFDb\uFFFD"}, {" a", `" a"`}, {"a\rb", "\"a\rb\""}, {"a;b", "a;b"}, {"a,b", `"a,b"`}, {"é😀", "é😀"},
	}
	for _, tt := range tests {
		if got := string(tabletest.AppendCSV(nil, tt.cell, ',')); got != tt.want {
			t.Errorf("%#v: got %q, want %q", tt.cell, got, tt.want)
		}
	}
}

// A cell may be larger than any buffer, wherever the buffer ends.
func TestCSVLargeCells(t *testing.T) {
	t.Parallel()
	for _, size := range []int{stream.Size - 9, stream.Size - 8, stream.Size - 7, stream.Size, 5 << 20} {
		long := strings.Repeat("x\n\"", size/3)
		text := "a,b\r\n" + strings.Repeat("1,2\r\n", 3) + string(tabletest.AppendCSV(nil, long, ',')) + "," + strings.Repeat("y", size) + "\r\nlast,row\r\n"
		src, err := tabletest.OpenText(t, "in.csv", text)
		if err != nil {
			t.Fatal(err)
		}
		got := tabletest.Rows(t, src)
		if len(got) != 6 || got[4][0] != long || len(got[4][1]) != size || got[5][0] != "last" {
			t.Errorf("size %d: got %d rows", size, len(got))
		}
		if b, err := tabletest.Copied(t, src.Name()); err != nil || string(b) != text {
			t.Errorf("size %d: the copy differs (error %v)", size, err)
		}
	}
}

// However long the file, a reader keeps only its buffer in memory.
func TestCSVBorders(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("id,text\r\n")
	for i := range 40_000 {
		fmt.Fprintf(&text, "%d,\"%s\"\"\r\n\"\r\n", i, strings.Repeat("ы", i%17))
	}
	src, err := tabletest.OpenText(t, "in.csv", text.String())
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range src.Rows() {
		want := strings.Repeat("ы", row.Index%17) + "\"\r\n"
		if err != nil || row.Values[1] != want || row.Line != 2+2*row.Index {
			t.Fatalf("row %d, line %d: got %q, error %v, want %q", row.Index, row.Line, row.Values[1], err, want)
		}
	}
	if b, err := tabletest.Copied(t, src.Name()); err != nil || string(b) != text.String() {
		t.Errorf("the copy differs (error %v)", err)
	}
}

// A file that was changed between the header and the rows is not read with the old header.
func TestCSVChanged(t *testing.T) {
	t.Parallel()
	src, err := tabletest.OpenText(t, "in.csv", "a,b\n1,2\n")
	if err != nil {
		t.Fatal(err)
	}
	tabletest.Write(t, src.Name(), "b,a\n1,2\n")
	for _, err := range src.Rows() {
		tabletest.WantError(t, err)
	}
	if err := os.Remove(src.Name()); err != nil {
		t.Fatal(err)
	}
	for _, err := range src.Rows() {
		tabletest.WantError(t, err)
	}
}
