package csv_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/csv"
	"gigabatch/internal/io/table/tabletest"
)

// written returns what a sink with the column "n" makes of a text, with the same cell in each row, or the error of Write.
func written(t *testing.T, base, text, to string, o table.Options, cell any) (string, table.Altered, error) {
	t.Helper()
	src, err := tabletest.OpenWith(t, base, text, o)
	if err != nil {
		t.Fatal(err)
	}
	dst := filepath.Join(t.TempDir(), to)
	sink, err := src.Sink(dst, "n")
	if err != nil {
		return "", table.Altered{}, err
	}
	defer sink.Close()
	for row, err := range src.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if err := sink.Write(row, cell); err != nil {
			return "", table.Altered{}, err
		}
	}
	if err := sink.Commit(nil); err != nil {
		t.Fatal(err)
	}
	return tabletest.Read(t, dst), sink.Altered(), nil
}

// New cells are written in the dialect and encoding of the source, or everything is UTF-8 with BOM.
func TestCSVWriteDialects(t *testing.T) {
	t.Parallel()
	const in16 = "\uFEFFимя\tb\r\nЯн\t2\r\n"
	utf8 := table.Options{UTF8: true}
	tests := []struct {
		name, text, want string
		encoding         *charset.Encoding // of both
		cell             any
		options          table.Options
	}{
		{"windows-1251", "имя;b\r\nЯн;\"2\r\n\"\r\n", "имя;b;n\r\nЯн;\"2\r\n\";\"да; «нет»\"\r\n", charset.Windows1251, "да; «нет»", table.Options{}},
		{"KOI8-R", "имя;b\nЯн;2", "имя;b;n\nЯн;2;да", charset.KOI8R, "да", table.Options{}},
		{"IBM866", "имя|b\nЯн|2\n", "имя|b|n\nЯн|2|\"да|нет\"\n", charset.IBM866, "да|нет", table.Options{}},
		{"Mac Cyrillic", "имя;b\rЯн;2\r", "имя;b;n\rЯн;2;\"да\nнет\"\r", charset.MacCyrillic, "да\nнет", table.Options{}},
		{"UTF-16", in16, "\uFEFFимя\tb\tn\r\nЯн\t2\tда 😀\r\n", charset.UTF16LE, "да 😀", table.Options{}},
		{"UTF-16 BE", in16, "\uFEFFимя\tb\tn\r\nЯн\t2\t7\r\n", charset.UTF16BE, 7, table.Options{}},
		{"single quotes", "'a','b, c','d'\n'1','it''s','x'\n'2','y\nz','w'\n", "'a','b, c','d',n\n'1','it''s','x','it''s \"x\"'\n'2','y\nz','w','it''s \"x\"'\n", charset.UTF8, `it's "x"`, table.Options{}},
		{"backslashes", "a;b\n\"x \\\"y; z\\\"\";1\n", "a;b;n\n\"x \\\"y; z\\\"\";1;\"a \\\"b\\\" \\\\\"\n", charset.UTF8, `a "b" \`, table.Options{}},
		{"no quotes", noQuotes, strings.NewReplacer("text\n", "text\tn\n", " ok\n", " ok\t\"da\" x\n").Replace(noQuotes), charset.UTF8, `"da" x`, table.Options{}},
		{"title", "Отчёт\n\na;b;c\n1;2;3\n", "Отчёт\n\na;b;c;n\n1;2;3;да\n", charset.UTF8, "да", table.Options{}},
		{"sep", "sep=;\r\na;b\r\n1;2\r\n", "sep=;\r\na;b;n\r\n1;2;да\r\n", charset.UTF8, "да", table.Options{}},
		{"header row", "x;y\na;b\n1;2\n", "x;y\na;b;n\n1;2;да\n", charset.UTF8, "да", table.Options{HeaderRow: 2}},
		{"no header", "7;b\n8;2;3\n", "7;b;;да\n8;2;3;да\n", charset.UTF8, "да", table.Options{}},
		{"UTF-8 gets a BOM", "a,b\n1,2\n", "\uFEFFa,b,n\n1,2,да\n", charset.UTF8, "да", utf8},
		{"UTF-8 has a BOM", "\uFEFFa,b\n1,2\n", "\uFEFFa,b,n\n1,2,да\n", charset.UTF8, "да", utf8},
		{"guard", "a,b\n1,2\n", "a,b,n\n1,2,'=1+1\n", charset.UTF8, "=1+1", table.Options{}},
		{"guard is off", "a,b\n1,2\n", "a,b,n\n1,2,=1+1\n", charset.UTF8, "=1+1", table.Options{FormulaGuardOff: true}},
	}
	for _, tt := range tests {
		got, _, err := written(t, "in.csv", tabletest.Encoded(t, tt.encoding, tt.text), "out.csv", tt.options, tt.cell)
		if want := tabletest.Encoded(t, tt.encoding, tt.want); err != nil || got != want {
			t.Errorf("%s: got %q, error %v, want %q", tt.name, got, err, want)
		}
	}
}

const noQuotes = "id\ttext\n1\t\"Hello,\" he said ok\n2\t\"Go\" is a word ok\n3\t\"What?\" \"That.\" ok\n"

// Text that the encoding cannot represent is an error that UTF-8 resolves.
func TestCSVErrEncoding(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text, cell, want, msg string
	}{
		{tabletest.Encoded(t, charset.Windows1251, "имя;b\r\nЯн;2\r\n"), "да 😀", "\uFEFFимя;b;n\r\nЯн;2;да 😀\r\n", `in.csv:2: the text of this row cannot be written: '😀' (U+1F600) is not in windows-1251`},
		{tabletest.Encoded(t, charset.KOI8R, "Отчёт\nимя;b;c\nЯн;\"2\n3\";4\n"), "«»", "\uFEFFОтчёт\nимя;b;c;n\nЯн;\"2\n3\";4;«»\n", `in.csv:3: the text of this row cannot be written: '«' (U+00AB) is not in KOI8-R`},
		{tabletest.Encoded(t, charset.Windows1251, "Имя;Город\r\nЯн;") + "\x98\r\n", "é", "\uFEFFИмя;Город;n\r\nЯн;\uFFFD;é\r\n", `'é' (U+00E9) is not in windows-1251`},
		{tabletest.Encoded(t, coded(t, "shift_jis"), "番号,ソ\r\n1,表\r\n"), "表 😀", "\uFEFF番号,ソ,n\r\n1,表,表 😀\r\n", `'😀' (U+1F600) is not in Shift_JIS`},
		{noQuotes, "a\nb", "\uFEFFid\ttext\tn\n1\t\"\"\"Hello,\"\" he said ok\"\t\"a\nb\"\n2\t\"\"\"Go\"\" is a word ok\"\t\"a\nb\"\n3\t\"\"\"What?\"\" \"\"That.\"\" ok\"\t\"a\nb\"\n", "the file does not use quotes"},
	}
	for _, tt := range tests {
		o := table.Options{}
		if strings.Contains(tt.msg, "Shift_JIS") {
			o.Encoding = "shift_jis"
		}
		_, _, err := written(t, "in.csv", tt.text, "out.csv", o, tt.cell)
		var e *table.Error
		if !errors.Is(err, table.ErrEncoding) || !errors.As(err, &e) || !strings.Contains(e.Error(), tt.msg) || e.Hint.IsZero() {
			t.Errorf("%q: got error %v, want %s", tt.text, err, tt.msg)
		}
		o.UTF8 = true
		got, _, err := written(t, "in.csv", tt.text, "out.csv", o, tt.cell)
		if err != nil || got != tt.want {
			t.Errorf("%q: got %q, error %v, want %q", tt.text, got, err, tt.want)
		}
	}
	src, err := tabletest.OpenText(t, "in.csv", tabletest.Encoded(t, charset.Windows1251, "имя;b\r\nЯн;2\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := src.Sink(src.Name(), "é"); !errors.Is(err, table.ErrEncoding) {
		t.Errorf("got error %v for a name, want %v", err, table.ErrEncoding)
	}
	tabletest.OnlyFiles(t, filepath.Dir(src.Name()), "in.csv")
}

// Any CSV output can be in the dialect that Excel reads with a Russian locale.
func TestCSVExcelRu(t *testing.T) {
	t.Parallel()
	o := table.Options{CSVDialect: "excel-ru"}
	const want = "\uFEFFимя;текст;n\r\nЯн;\"a;b\nc\";=1\r\n"
	for base, text := range map[string]string{
		"in.csv":   "Отчёт за май\nимя,текст\nЯн,\"a;b\nc\"\n",
		"in.tsv":   tabletest.Encoded(t, charset.KOI8R, "имя\tтекст\nЯн\t\"a;b\nc\"\n"),
		"in.jsonl": `{"имя":"Ян","текст":"a;b\nc"}`,
	} {
		o.HeaderRow = 0
		if base == "in.csv" {
			o.HeaderRow = 2
		}
		for _, to := range []string{"out.csv", "out.tsv"} {
			got, altered, err := written(t, base, text, to, o, "=1")
			if want := strings.ReplaceAll(want, "=1", "'=1"); err != nil || got != want || altered.Guarded != 1 {
				t.Errorf("%s to %s: got %q, %+v, error %v, want %q", base, to, got, altered, err, want)
			}
		}
	}
	got, _, err := written(t, "in.csv", "7,x\n8,y\n", "out.csv", table.Options{CSVDialect: "excel-ru"}, "да")
	if want := "\uFEFF7;x;да\r\n8;y;да\r\n"; err != nil || got != want {
		t.Errorf("without a header: got %q, error %v, want %q", got, err, want)
	}
}

// A source without a header is not overwritten, and files of other formats made from it have no header.
func TestCSVHeadless(t *testing.T) {
	t.Parallel()
	const text = "7,Почему?\n8,Когда?\n"
	for _, o := range []table.Options{{}, {NoHeader: true}, {NoHeader: true, CSVDialect: "excel-ru"}} {
		src, err := tabletest.OpenWith(t, "in.csv", text, o)
		if err != nil {
			t.Fatal(err)
		}
		_, err = src.Sink(src.Name(), "n")
		tabletest.WantError(t, err)
		tabletest.OnlyFiles(t, filepath.Dir(src.Name()), "in.csv")
	}
	for to, want := range map[string]string{
		"out.csv":   "7,Почему?,да\n8,Когда?,да\n",
		"out.tsv":   "7\tПочему?\tда\n8\tКогда?\tда\n",
		"out.jsonl": `{"A":"7","B":"Почему?","n":"да"}` + "\n" + `{"A":"8","B":"Когда?","n":"да"}` + "\n",
	} {
		got, _, err := written(t, "in.csv", text, to, table.Options{}, "да")
		if err != nil || got != want {
			t.Errorf("%s: got %q, error %v, want %q", to, got, err, want)
		}
	}
	src, err := tabletest.OpenText(t, "in.csv", text)
	if err != nil {
		t.Fatal(err)
	}
	dst := filepath.Join(t.TempDir(), "out.csv")
	for range 2 { // the output is read the same way
		tabletest.Fill(t, src, dst, []string{"n"}, func(table.Row) []any { return []any{""} })
		src = tabletest.Open(t, dst)
		if !csv.Headless(src) {
			t.Errorf("got %s, want no header", src.Dialect().String())
		}
		dst += ".csv"
	}
}

func TestFormulaGuard(t *testing.T) {
	t.Parallel()
	tests := []struct {
		cell    any
		guarded bool
	}{
		{"=1+1", true}, {"+cmd", true}, {"-", true}, {"@SUM(A1)", true}, {"\tx", true}, {"\rx", true}, {"＝1", true}, {"＋1", true}, {"－1", true}, {"＠a", true},
		{"- да", true}, {"-5-3", true}, {"+7 (495) 123-45-67", true}, {"- 5", true},
		{"-5", false}, {"+7.5", false}, {"-3,14", false}, {"-5 %", false}, {"-12 345,67", false}, {"", false}, {"да = нет", false}, {" =1", false}, {"'=1", false}, {-5, false}, {"\n=1", false},
	}
	for _, tt := range tests {
		g := table.Guard{}
		got := g.Cells([]any{tt.cell})[0]
		text, isText := tt.cell.(string)
		if want := any("'" + text); tt.guarded && got != want || !tt.guarded && got != tt.cell || (g.Guarded == 1) != tt.guarded {
			t.Errorf("%q: got %q, guarded %d", tt.cell, got, g.Guarded)
		}
		if s, ok := got.(string); isText && ok && tt.guarded && table.Unguarded(s) != text {
			t.Errorf("%q: got %q back", text, table.Unguarded(s))
		}
	}
	for _, text := range []string{"'да'", "'5", "'", "", "'-5", "=1"} {
		if got := table.Unguarded(text); got != text {
			t.Errorf("%q: got %q", text, got)
		}
	}
	_, altered, err := written(t, "in.csv", "=a,b\n=1,-x\n", "out.tsv", table.Options{}, "@x")
	if err != nil || altered.Guarded != 1 {
		t.Errorf("got %+v, error %v, want our cell alone to be guarded", altered, err)
	}
}
