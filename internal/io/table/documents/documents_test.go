package documents_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/documents"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
	"gigabatch/internal/messages"
)

var attachable = []string{".pdf", ".docx", ".txt", ".xlsx"}

// docTree creates files, by their path with slashes below a new folder, and returns the folder.
func docTree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		tabletest.Write(t, path, text)
	}
	return dir
}

// below prefixes each name with the folder.
func below(dir string, names ...string) []string {
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = filepath.Join(dir, filepath.FromSlash(name))
	}
	return paths
}

func openDocs(t *testing.T, o table.Options, args ...string) table.Source {
	t.Helper()
	o.Documents = args
	if o.Attachable == nil {
		o.Attachable = attachable
	}
	src, err := open.Open("documents", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// relsOf returns the Rel of each row, with an arrow for those to upload.
func relsOf(t *testing.T, src table.Source) (rels []string) {
	t.Helper()
	for row, err := range src.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		rel := row.Rel
		if row.Upload {
			rel += "^"
		}
		rels = append(rels, rel)
	}
	return rels
}

func contentsOf(t *testing.T, src table.Source) (texts []string) {
	t.Helper()
	for _, row := range tabletest.Rows(t, src)[1:] {
		texts = append(texts, row[5])
	}
	return texts
}

func TestIsDocuments(t *testing.T) {
	t.Parallel()
	dir := docTree(t, map[string]string{"a.md": "a", "b.csv": "b", "no-extension": "c", "folder.csv/x.md": "x", "t[1].csv": "t", "deck.pdf": "p", "a.json": "[]", "b.json": "{}"})
	if runtime.GOOS != "windows" {
		tabletest.Write(t, filepath.Join(dir, "star*.csv"), "s")
	}
	tests := []struct {
		args   []string
		format table.Format
		want   bool
	}{
		{below(dir, "a.md"), "", true},
		{below(dir, "b.csv"), "", false},
		{below(dir, "b.csv"), table.Documents, true},
		{below(dir, "a.md"), table.CSV, false},
		{below(dir, "a.md", "b.csv"), table.CSV, false},
		{below(dir, "a.md", "b.csv"), "", true},
		{below(dir, "b.csv", "t[1].csv"), "", true},
		{below(dir, "no-extension"), "", true},
		{below(dir, "deck.pdf"), "", true},
		{below(dir, "folder.csv"), "", true},
		{[]string{dir}, "", true},
		{[]string{dir}, table.XLSX, false},
		{below(dir, "**/*.md"), "", true},
		{below(dir, "*.csv"), "", true},
		{below(dir, "t[1].csv"), "", false},
		{below(dir, "star*.csv"), "", runtime.GOOS == "windows"},
		{below(dir, "missing.csv"), "", false},
		{below(dir, "a.json"), "", false},
		{below(dir, "a.json"), table.Documents, true},
		{below(dir, "a.json", "b.json"), "", true},
		{below(dir, "missing"), "", true},
		{nil, "", false},
	}
	for _, tt := range tests {
		if got := open.IsDocuments(tt.args, tt.format); got != tt.want {
			t.Errorf("IsDocuments(%q, %q): got %v, want %v", tt.args, tt.format, got, tt.want)
		}
	}
}

var sampleDocs = map[string]string{
	"b.md": "second\r\nline", "a.txt": "first", "empty.md": "", "sub/c.MD": "third", "sub/deep/d": "no extension", "report.PDF": "%PDF-1.7\x00\x01",
	"blob": "\x00\x01\x02\x03\x04\x05", "photo.bin": "\xFF\xD8\xFFabc", "table.csv": "a,b\n1,2\n", "book.xlsx": "PK\x03\x04\x00", "rows.jsonl": "{}\n",
	".hidden.md": "no", ".git/config": "no", "in.gigabatch": "{}", "in.gigabatch.lock": "x", "in.gigabatch.rows": "x", "half.tmp": "x", "~$b.docx": "x",
}

func TestDocumentsFound(t *testing.T) {
	t.Parallel()
	dir := docTree(t, sampleDocs)
	tests := []struct {
		args    []string
		format  table.Format
		want    []string
		dialect string
	}{
		{[]string{""}, "", []string{"a.txt", "b.md", "empty.md", "report.PDF^", "sub/c.MD", "sub/deep/d"},
			"6 documents: 5 texts, 1 to upload; 5 files skipped (tables, binary files)"},
		{[]string{""}, table.Documents, []string{"a.txt", "b.md", "book.xlsx^", "empty.md", "report.PDF^", "rows.jsonl", "sub/c.MD", "sub/deep/d", "table.csv"},
			"9 documents: 7 texts, 2 to upload; 2 files skipped (binary files)"},
		{[]string{"**/*.md"}, "", []string{"b.md", "empty.md"}, "2 documents: 2 texts"},
		{[]string{"**/*.{md,MD}"}, "", []string{"b.md", "empty.md", "sub/c.MD"}, "3 documents: 3 texts"},
		{[]string{"sub/*"}, "", []string{"c.MD"}, "1 document: 1 text"},
		{[]string{"*/*"}, "", []string{"sub/c.MD"}, "1 document: 1 text"},
		{[]string{"sub/**"}, "", []string{"c.MD", "deep/d"}, "2 documents: 2 texts"},
		{[]string{".*"}, "", []string{".hidden.md"}, "1 document: 1 text"},
		{[]string{"**/.git/*"}, "", []string{".git/config"}, "1 document: 1 text"},
		{[]string{".git"}, "", []string{"config"}, "1 document: 1 text"},
		{[]string{"report.PDF"}, "", []string{"report.PDF^"}, "1 document: 1 to upload"},
		{[]string{"sub", "b.md", "*.md", "sub/../b.md", "sub/c.MD"}, "", []string{"c.MD", "deep/d", "b.md", "empty.md"}, "4 documents: 4 texts"},
		{[]string{"table.csv", "book.xlsx"}, table.Documents, []string{"table.csv", "book.xlsx^"}, "2 documents: 1 text, 1 to upload"},
		{[]string{"?.*", "blo[a-c]"}, "", []string{"a.txt", "b.md"}, "2 documents: 2 texts; 1 file skipped (binary files)"},
	}
	for _, tt := range tests {
		src := openDocs(t, table.Options{Format: tt.format}, below(dir, tt.args...)...)
		if got := relsOf(t, src); !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %q, want %q", tt.args, got, tt.want)
		}
		if got := src.Dialect().String(); got != tt.dialect {
			t.Errorf("%q: got dialect %q, want %q", tt.args, got, tt.dialect)
		}
	}
}

// Format Documents with one name gives the same result as that name in Options.Documents.
func TestDocumentsForced(t *testing.T) {
	t.Parallel()
	dir := docTree(t, map[string]string{"t.csv": "a,b\n"})
	o := table.Options{Format: table.Documents}
	name := filepath.Join(dir, "t.csv")
	src, err := open.Open(name, o)
	if err != nil {
		t.Fatal(err)
	}
	if got := contentsOf(t, src); !slices.Equal(got, []string{"a,b\n"}) {
		t.Errorf("got %q", got)
	}
	if id, err := open.Identify(name, o); err != nil || !id.Same(src.Stat()) {
		t.Errorf("got identity %v, error %v, want %v", id, err, src.Stat())
	}
}

func TestDocumentRows(t *testing.T) {
	t.Parallel()
	dir := docTree(t, map[string]string{"docs/Отчёт за май.v2.MD": "текст\r\n", "docs/.rc": "x", "docs/z.pdf": "%PDF"})
	when := time.Date(2026, 3, 4, 5, 6, 7, 890, time.FixedZone("", 3*60*60))
	path := filepath.Join(dir, "docs", "Отчёт за май.v2.MD")
	for _, p := range below(dir, "docs/.rc", "docs/z.pdf", "docs/Отчёт за май.v2.MD") {
		if err := os.Chtimes(p, when, when); err != nil {
			t.Fatal(err)
		}
	}
	src := openDocs(t, table.Options{}, below(dir, "docs/**/*.{MD,pdf}", "docs/.rc")...)
	slashed := filepath.ToSlash(dir)
	want := tabletest.Grid{
		{"path", "name", "ext", "size", "modified", "content"},
		{slashed + "/docs/z.pdf", "z", "pdf", "4", "2026-03-04T02:06:07Z", ""},
		{slashed + "/docs/Отчёт за май.v2.MD", "Отчёт за май.v2", "md", "12", "2026-03-04T02:06:07Z", "текст\r\n"},
		{slashed + "/docs/.rc", ".rc", "", "1", "2026-03-04T02:06:07Z", "x"},
	}
	for range 2 {
		tabletest.Want(t, tabletest.Rows(t, src), want)
	}
	for row := range src.Rows() {
		if row.Index == 1 && (row.Path != path || row.Line != 2 || row.Upload || row.Extra() != 0 || row.JSON() != nil) {
			t.Errorf("got row %+v", row)
		}
		if got, ok := row.Value("content"); !ok || got != row.Values[5] {
			t.Errorf("got content %q, %v", got, ok)
		}
		if e := table.RowError(src, row, messages.Verbatim("m"), messages.Verbatim("h")); e.Name != row.Path || e.Line != 0 || e.Hint.String() != "h" {
			t.Errorf("got error %+v", e)
		}
	}
	if src.Format() != table.Documents || src.Sheet() != "" || src.Found() != nil || src.Duplicates() != nil || src.Has("Content") || !src.Has("content") || src.Has("") {
		t.Errorf("got format %s, found %v", src.Format(), src.Found())
	}
}

func TestRowErrorOfTable(t *testing.T) {
	t.Parallel()
	src, err := tabletest.OpenText(t, "in.csv", "a\n1\n")
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	got := table.RowError(src, table.Row{Line: 2, Sheet: "s", Path: "p"}, messages.Verbatim("m"), messages.Verbatim("h"))
	if want := (table.Error{Name: src.Name(), Sheet: "s", Line: 2, Msg: messages.Verbatim("m"), Hint: messages.Verbatim("h")}); !reflect.DeepEqual(*got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestDocumentEncodings(t *testing.T) {
	t.Parallel()
	const text = "Уважаемые коллеги! Прошу согласовать договор поставки № 15 в срок до пятницы.\r\nС уважением, отдел закупок.\r\n"
	bare := strings.ReplaceAll(text, "№", "N")
	late := strings.Repeat("plain ascii line\n", 8000)
	tests := []struct{ name, raw, want string }{
		{"utf-8", text, text},
		{"utf-8 bom", "\uFEFF" + text, text},
		{"windows-1251", tabletest.Encoded(t, charset.Windows1251, text), text},
		{"koi8-r", tabletest.Encoded(t, charset.KOI8R, bare), bare},
		{"ibm866", tabletest.Encoded(t, charset.IBM866, bare), bare},
		{"utf-16 le", tabletest.Encoded(t, charset.UTF16LE, text), text},
		{"utf-16 le bom", tabletest.Encoded(t, charset.UTF16LE, "\uFEFF"+text), text},
		{"utf-16 be bom", tabletest.Encoded(t, charset.UTF16BE, "\uFEFF"+text), text},
		{"utf-16 without spaces", tabletest.Encoded(t, charset.UTF16LE, "Привет"), "Привет"},
		{"late", late + tabletest.Encoded(t, charset.Windows1251, text), late + text},
		{"only bom", "\uFEFF", ""},
		{"old mac", "a\rb\r", "a\rb\r"},
		{"dos end", "a\r\n\x1A", "a\r\n\x1A"},
		{"terminal", "\x1B[31mred\x1B[0m\f", "\x1B[31mred\x1B[0m\f"},
	}
	for _, tt := range tests {
		for _, base := range []string{"a.txt", "a.unknown"} {
			src := openDocs(t, table.Options{}, below(docTree(t, map[string]string{base: tt.raw}), base)...)
			for row, err := range src.Rows() {
				if err != nil || row.Values[5] != tt.want || row.Fault != nil {
					t.Errorf("%s: got %.80q, fault %v, error %v, want %.80q", tt.name, row.Values[5], row.Fault, err, tt.want)
				}
			}
		}
	}
}

func TestDocumentFaults(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Обычный русский текст. ", 10)
	tests := []struct{ name, raw, want, fault string }{
		{"bad byte", long + "\nстр\xFFока", long + "\nстр\uFFFDока", "a.txt:2: byte 0xFF at character 4 is not valid UTF-8, read as \uFFFD"},
		{"nul", long + "\n\n\x00", long + "\n\n\uFFFD", "a.txt:3: NUL byte at character 1, read as \uFFFD"},
		{"half", tabletest.Encoded(t, charset.UTF16LE, "\uFEFFда") + "\x00", "да\uFFFD", "a.txt:1: incomplete character at character 3, read as \uFFFD"},
		{"binary", "\x7FELF\x01\x01\x01\x00\x00\x00\x00\x00", "", "a.txt: not a text file despite its extension; it is read as empty"},
		{"archive", "PK\x03\x04 and so on\x00", "", "a.txt: not a text file despite its extension; it is read as empty"},
		{"utf-32", "\xFF\xFE\x00\x00a\x00\x00\x00b\x00\x00\x00c\x00\x00\x00", "", "a.txt: not a text file despite its extension; it is read as empty"},
	}
	for _, tt := range tests {
		src := openDocs(t, table.Options{}, below(docTree(t, map[string]string{"a.txt": tt.raw}), "a.txt")...)
		for row, err := range src.Rows() {
			if err != nil || row.Fault == nil {
				t.Fatalf("%s: got fault %v, error %v", tt.name, row.Fault, err)
			}
			if got := strings.TrimPrefix(row.Fault.Error(), filepath.Dir(row.Path)+string(filepath.Separator)); got != tt.fault || row.Values[5] != tt.want || row.Fault.Hint.IsZero() {
				t.Errorf("%s: got %q with %q, want %q with %q", tt.name, row.Values[5], got, tt.want, tt.fault)
			}
		}
	}
}

func TestDocumentsRefused(t *testing.T) {
	t.Parallel()
	dir := docTree(t, sampleDocs)
	for _, sub := range []string{"void", "secret", "only"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	tabletest.Write(t, filepath.Join(dir, "secret", ".env"), "x")
	tabletest.Write(t, filepath.Join(dir, "only", "in.csv"), "a\n")
	tests := []struct {
		args      []string
		msg, hint string
	}{
		{[]string{"a.txt", "table.csv"}, "is a table, not a document", "--format documents"},
		{[]string{"blob"}, "is not a text file", ".pdf"},
		{[]string{"in.gigabatch"}, "is a journal", "specify the documents"},
		{[]string{"half.tmp"}, "temporary", "specify the documents"},
		{[]string{"sbu"}, "no such file or folder", "sub?"},
		{[]string{"missing/*.md"}, "missing does not exist", ""},
		{[]string{"sbu/*.md"}, "sbu does not exist", "sub?"},
		{[]string{"a.txt/*"}, "is not a folder", ""},
		{[]string{"*.mdd"}, "no file matches the pattern", ".md"},
		{[]string{"sub/*.zzz"}, "no file matches the pattern", "use ** to search"},
		{[]string{"a.txt", "*.zzz"}, "no file matches the pattern", ".csv"},
		{[]string{"[a"}, "neither a valid pattern", "brackets"},
		{[]string{"void"}, "contains no files", ""},
		{[]string{"void/**"}, "no file matches the pattern", ""},
		{[]string{"secret"}, "contains no files", "hidden files"},
		{[]string{"only"}, "contains no documents: 1 file skipped (tables)", "run each table separately"},
		{[]string{"*.csv", "*.bin"}, "contains no documents: 2 files skipped (tables, binary files)", "run each table separately"},
	}
	for _, tt := range tests {
		o := table.Options{Documents: below(dir, tt.args...), Attachable: attachable}
		_, err := open.Open("documents", o)
		var e *table.Error
		if !errors.As(err, &e) || !strings.Contains(e.Msg.String(), tt.msg) || !strings.Contains(e.Hint.String(), tt.hint) || e.Hint.IsZero() || e.Name == "" {
			t.Errorf("%q: got %v with hint %q, want %q with %q", tt.args, err, tabletest.Hint(err), tt.msg, tt.hint)
		}
	}
	for _, args := range [][]string{{}, {""}} {
		_, err := open.Open("documents", table.Options{Documents: args})
		tabletest.WantError(t, err)
	}
	_, err := open.Open("documents", table.Options{Documents: []string{dir}, CSVDialect: "none"})
	tabletest.WantError(t, err)
}

func TestDocumentTooLong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, base := range []string{"long.txt", "long.dat", "blob.dat"} {
		name := filepath.Join(dir, base)
		tabletest.Write(t, name, strings.Repeat("text", documents.HeadSize/4))
		if base == "blob.dat" {
			tabletest.Write(t, name, "\x00\x00")
		}
		if err := os.Truncate(name, documents.MaxDocument+1); err != nil {
			t.Fatal(err)
		}
	}
	for _, base := range []string{"long.txt", "long.dat"} {
		_, err := open.Open("documents", table.Options{Documents: below(dir, base)})
		var e *table.Error
		if !errors.As(err, &e) || e.Name != filepath.Join(dir, base) || !strings.Contains(e.Msg.String(), "64 MiB") {
			t.Errorf("%s: got %v", base, err)
		}
	}
	tabletest.Write(t, filepath.Join(dir, "a.md"), "a")
	if got := relsOf(t, openDocs(t, table.Options{}, below(dir, "[ab]*")...)); !slices.Equal(got, []string{"a.md"}) {
		t.Errorf("got %q", got)
	}
}

// If a document is removed, or replaced by something else, the pass ends with an error that names it.
func TestDocumentVanishes(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"b.md", "b.pdf"} {
		dir := docTree(t, map[string]string{"a.md": "a", base: "b", "c.md": "c"})
		src := openDocs(t, table.Options{}, dir)
		path := filepath.Join(dir, base)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		wantBreak := func() {
			t.Helper()
			n := 0
			for row, err := range src.Rows() {
				var e *table.Error
				if n++; n == 1 && err != nil || n == 2 && (!errors.As(err, &e) || e.Name != path) || n > 2 {
					t.Errorf("row %d: got %v, error %v", n, row.Rel, err)
				}
			}
			if n != 2 {
				t.Errorf("got %d rows, want one and an error", n)
			}
		}
		wantBreak()
		if err := os.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
		wantBreak()
	}
}

func TestDocumentsIdentity(t *testing.T) {
	t.Parallel()
	dir := docTree(t, map[string]string{"a.md": "a", "sub/b.md": "bb", "x": "\x00\x00\x00"})
	o := table.Options{Documents: []string{dir}}
	last := openDocs(t, table.Options{}, dir).Stat()
	now := time.Now()
	change := func(what string, differs bool, do func() error) {
		t.Helper()
		before, err := open.Identify("", o)
		if err != nil || !before.Same(last) || !last.Same(before) {
			t.Errorf("%s: got %v, error %v, want %v", what, before, err, last)
		}
		if err := do(); err != nil {
			t.Fatal(err)
		}
		if last, err = open.Identify("", o); err != nil || last.Same(before) == differs {
			t.Errorf("%s: got same %v, error %v", what, !differs, err)
		}
	}
	a, c := filepath.Join(dir, "a.md"), filepath.Join(dir, "c.md")
	change("nothing", false, func() error { return nil })
	change("content", true, func() error { return os.WriteFile(a, []byte("longer"), 0o600) })
	change("time", true, func() error { return os.Chtimes(a, now, now.Add(time.Hour)) })
	change("name", true, func() error { return os.Rename(a, c) })
	change("new", true, func() error { return os.WriteFile(a, nil, 0o600) })
	change("gone", true, func() error { return os.Remove(a) })
	change("output", false, func() error { return os.WriteFile(filepath.Join(dir, "summaries.csv"), []byte("x"), 0o600) })
	change("journal", false, func() error { return os.WriteFile(filepath.Join(dir, "summaries.csv.gigabatch"), []byte("x"), 0o600) })
	if last.Size != 6+2+3 || !last.ModTime.Equal(now.Add(time.Hour).Truncate(time.Nanosecond)) {
		t.Errorf("got size %d, time %v", last.Size, last.ModTime)
	}
	file, err := open.Identify(c, table.Options{})
	if err != nil || file.Same(last) || last.Same(file) || (table.Identity{}).Same(table.Identity{}) {
		t.Errorf("got %v for a file, error %v", file, err)
	}
	if _, err := open.Identify("", table.Options{Documents: []string{a}}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got error %v, want %v", err, fs.ErrNotExist)
	}
}

func TestDocumentsHostileNames(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no such names there")
	}
	names := []string{"-rf.md", "=1+1.md", "a\nb.md", "a,\"b\".md", "\x1B[2J.md", "кот.md", "*?[x]{y}.md", "back\\slash.md", " .md", "..md.md", "\xEF\xEE.md"}
	files := map[string]string{}
	for _, name := range names {
		files[name] = "text of " + fmt.Sprintf("%q", name)
	}
	dir := docTree(t, files)
	for _, arg := range []string{dir, filepath.Join(dir, "*.md")} {
		var want []string
		for name := range files {
			if !strings.HasPrefix(name, ".") {
				want = append(want, name)
			}
		}
		slices.Sort(want)
		src := openDocs(t, table.Options{}, arg)
		if got := relsOf(t, src); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		for _, ext := range []string{".csv", ".xlsx", ".jsonl"} {
			dst := filepath.Join(t.TempDir(), "out"+ext)
			tabletest.Fill(t, src, dst, []string{"answer"}, func(row table.Row) []any { return []any{row.Values[5]} })
			for i, row := range tabletest.Rows(t, tabletest.Open(t, dst))[1:] {
				if want := "text of " + fmt.Sprintf("%q", want[i]); row[4] != want {
					t.Errorf("%s: got %q, want %q", ext, row[4], want)
				}
			}
		}
	}
	star := openDocs(t, table.Options{}, filepath.Join(dir, "*?[x]{y}.md"))
	if got := relsOf(t, star); !slices.Equal(got, []string{"*?[x]{y}.md"}) {
		t.Errorf("got %q for a file with a pattern's name", got)
	}
	if err := os.Remove(filepath.Join(dir, "\x1B[2J.md")); err != nil {
		t.Fatal(err)
	}
	_, err := open.Open("x", table.Options{Documents: []string{filepath.Join(dir, "\x1B.md")}})
	if err == nil || strings.Contains(err.Error()+tabletest.Hint(err), "\x1B") {
		t.Errorf("got error %q", err)
	}
}

func TestDocumentsLinks(t *testing.T) {
	t.Parallel()
	dir := docTree(t, map[string]string{"a.md": "a", "sub/b.md": "b"})
	for link, to := range map[string]string{"link.md": "a.md", "loop": ".", "sub/up": "..", "around.md": "around.md", "broken.md": "nothing"} {
		if err := os.Symlink(to, filepath.Join(dir, filepath.FromSlash(link))); err != nil {
			t.Skip(err)
		}
	}
	want := []string{"a.md", "link.md", "sub/b.md"}
	for _, args := range [][]string{{dir}, below(dir, "**"), below(dir, "**/*.md")} {
		if got := relsOf(t, openDocs(t, table.Options{}, args...)); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", args, got, want)
		}
	}
	if got, want := openDocs(t, table.Options{}, dir).Dialect().String(), "3 documents: 3 texts; 4 files skipped (broken links, links to folders)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := relsOf(t, openDocs(t, table.Options{}, below(dir, "loop")...)); !slices.Equal(got, want) {
		t.Errorf("got %q for a link that is named", got)
	}
	for _, base := range []string{"around.md", "broken.md"} {
		_, err := open.Open("x", table.Options{Documents: below(dir, base)})
		tabletest.WantError(t, err)
	}
}

// A file outside the folder is not read, even if a link leads to it.
func TestDocumentsLinksThatLeadOut(t *testing.T) {
	t.Parallel()
	top := docTree(t, map[string]string{"docs/a.md": "a", "docs/sub/b.md": "b", "secret.md": "secret", "docs2/c.md": "c"})
	dir := filepath.Join(top, "docs")
	for link, to := range map[string]string{
		"out.md": "../secret.md", "abs.md": filepath.Join(top, "secret.md"), "sub/up.md": "../../secret.md", "near.md": "../docs2/c.md", "sub/in.md": "../a.md", "chain.md": "sub/up.md",
	} {
		if err := os.Symlink(to, filepath.Join(dir, filepath.FromSlash(link))); err != nil {
			t.Skip(err)
		}
	}
	want := []string{"a.md", "sub/b.md", "sub/in.md"}
	for _, args := range [][]string{{dir}, below(dir, "**/*.md"), below(dir, "**")} {
		src := openDocs(t, table.Options{}, args...)
		if got := relsOf(t, src); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", args, got, want)
		}
		if got := src.Dialect().String(); !strings.Contains(got, "5 files skipped (links to outside the folder)") {
			t.Errorf("%q: it tells %q", args, got)
		}
	}
}

func TestDocumentsSink(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	dir := docTree(t, map[string]string{"2024.md": "secret content", "b.pdf": "%PDF"})
	for _, path := range below(dir, "2024.md", "b.pdf") {
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	src := openDocs(t, table.Options{}, dir)
	p := filepath.ToSlash(dir)
	want := map[string]string{
		"out.csv":   "path,name,ext,size,summary,note\n" + p + "/2024.md,2024,md,14,'=s0,\n" + p + "/b.pdf,b,pdf,4,'=s1,\n",
		"out.jsonl": `{"path":"` + p + `/2024.md","name":"2024","ext":"md","size":14,"summary":"=s0","note":null}` + "\n" + `{"path":"` + p + `/b.pdf","name":"b","ext":"pdf","size":4,"summary":"=s1","note":null}` + "\n",
	}
	out := t.TempDir()
	cells := func(row table.Row) []any { return []any{fmt.Sprint("=s", row.Index), table.Keep} }
	for base, text := range want {
		dst := filepath.Join(out, base)
		sum := tabletest.Fill(t, src, dst, []string{"summary", "note"}, cells)
		if got := tabletest.Read(t, dst); got != text || sha256.Sum256([]byte(got)) != sum {
			t.Errorf("got %s, want %s", got, text)
		}
		if fi, err := os.Stat(dst); err != nil || runtime.GOOS != "windows" && fi.Mode().Perm() != 0o640 {
			t.Errorf("got mode %v, error %v", fi.Mode(), err)
		}
	}
	dst := filepath.Join(out, "out.xlsx")
	tabletest.Fill(t, src, dst, []string{"summary", "note"}, cells)
	tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, dst)), tabletest.Grid{
		{"path", "name", "ext", "size", "summary", "note"},
		{p + "/2024.md", "2024", "md", "14", "=s0", ""},
		{p + "/b.pdf", "b", "pdf", "4", "=s1", ""},
	})
	tabletest.OnlyFiles(t, out, "out.csv", "out.jsonl", "out.xlsx")
}

func TestDocumentsSinkRefused(t *testing.T) {
	t.Parallel()
	dir := docTree(t, map[string]string{"a.csv": "x", "b.md": "y"})
	src := openDocs(t, table.Options{Format: table.Documents}, dir)
	out := filepath.Join(dir, "out.csv")
	for _, c := range documents.Columns {
		if c == "modified" { // it is written only on request
			continue
		}
		_, err := src.Sink(out, "fine", c)
		var e *table.Error
		if !errors.As(err, &e) || !strings.Contains(e.Hint.String(), "another name") {
			t.Errorf("%s: got %v", c, err)
		}
	}
	for _, dst := range below(dir, "out.md", "out", "b.md", "a.csv", "./sub/../a.csv", "missing/out.csv") {
		_, err := src.Sink(dst, "fine")
		tabletest.WantError(t, err)
	}
	for _, columns := range [][]string{{""}, {"a", "a"}, {"a\x00"}} {
		_, err := src.Sink(out, columns...)
		tabletest.WantError(t, err)
	}
	sink, err := src.Sink(out, "fine")
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	for row := range src.Rows() {
		foreign := row
		foreign.Record = nil
		for i, err := range []error{sink.Write(foreign, "x"), sink.Write(row), sink.Write(row, 1, 2)} {
			if err == nil {
				t.Errorf("mistake %d was taken", i)
			}
		}
		if err := sink.Write(row, "x"); err != nil {
			t.Error(err)
		}
	}
	want := errors.New("not now")
	if got := sink.Commit(func([32]byte) error { return want }); !errors.Is(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	tabletest.OnlyFiles(t, dir, "a.csv", "b.md")
}

func TestDocumentsBreakOff(t *testing.T) {
	t.Parallel()
	src := openDocs(t, table.Options{}, docTree(t, map[string]string{"a": "1", "b": "2", "c": "3"}))
	for range src.Rows() {
		for row := range src.Rows() {
			if row.Index == 1 {
				break
			}
		}
		break
	}
	if got := contentsOf(t, src); !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("got %q", got)
	}
}

// Texts that are recognized by their extension are not opened before their row is reached.
func TestManyDocuments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const folders, each = 100, 200
	for i := range folders {
		sub := filepath.Join(dir, fmt.Sprint(i))
		if err := os.Mkdir(sub, 0o755); err != nil {
			t.Fatal(err)
		}
		for j := range each {
			if err := os.WriteFile(filepath.Join(sub, fmt.Sprint(j, ".md")), []byte("text"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	begin := time.Now()
	src := openDocs(t, table.Options{}, filepath.Join(dir, "**", "*.md"))
	opened := time.Since(begin)
	n := 0
	for _, err := range src.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	t.Logf("%d documents: opened in %v, read in %v", n, opened, time.Since(begin)-opened)
	if n != folders*each || opened > 10*time.Second {
		t.Errorf("got %d documents in %v", n, opened)
	}
	tabletest.Write(t, filepath.Join(dir, "0", "0.md"), "\x00\x01\x02") // would be skipped if its content were examined
	if got, want := openDocs(t, table.Options{}, dir).Dialect().String(), "20,000 documents: 20,000 texts"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A text in an encoding that is not detected is read as the most similar one, with a warning that names it.
func TestDocumentInAnUnknownEncoding(t *testing.T) {
	t.Parallel()
	dir := docTree(t, map[string]string{"pl.txt": "Przesy\xB3ka dotar\xB3a bardzo p\xF3\x9Fno, ale sprzedawca przeprosi\xB3."})
	for row, err := range openDocs(t, table.Options{}, dir).Rows() {
		want := filepath.Join(dir, "pl.txt") + ": not sure about the encoding; the text is read as windows-125"
		if err != nil || row.Fault == nil || !strings.HasPrefix(row.Fault.Error(), want) {
			t.Errorf("got fault %v, error %v, want %s", row.Fault, err, want)
		}
	}
}
