package messages

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// own are the texts of these tests.
var own = map[string]string{
	"%d {row is|rows are} pending in %q": "в %[2]q {1:ждёт|ждут|ждут} %[1]d {строка|строки|строк}",
	"reading %s: %v":                     "чтение %s: %v",
	"reading %s: %w":                     "чтение %s: %w",
	"%s after %v":                        "%s через %v",
	"%s after %w":                        "%s через %w",
	"%.1f of %v":                         "%.1f из %v",
}

// with runs a test with these texts in the catalogue.
func with(t *testing.T) Printer {
	for english, text := range own {
		if known, ok := inRussian()[english]; ok && known != text {
			t.Fatalf("%q is in the catalogue", english)
		}
		inRussian()[english] = text
	}
	t.Cleanup(func() {
		for english := range own {
			delete(inRussian(), english)
		}
	})
	return Printer{Language: Russian}
}

func TestRender(t *testing.T) {
	p := with(t)
	at := time.Date(2026, 11, 29, 4, 5, 0, 0, time.UTC)
	tests := []struct {
		text             Text
		english, russian string
	}{
		{Text{}, "", ""},
		{Sprintf("%d {row is|rows are} pending in %q", 1, "a"), `1 row is pending in "a"`, `в "a" ждёт 1 строка`},
		{Sprintf("%d {row is|rows are} pending in %q", 2, "a"), `2 rows are pending in "a"`, `в "a" ждут 2 строки`},
		{Sprintf("%d {row is|rows are} pending in %q", 5, "a"), `5 rows are pending in "a"`, `в "a" ждут 5 строк`},
		{Sprintf("%d {row is|rows are} pending in %q", 11, "a"), `11 rows are pending in "a"`, `в "a" ждут 11 строк`},
		{Sprintf("%d {row is|rows are} pending in %q", int64(1_000_021), "a"), `1,000,021 rows are pending in "a"`, "в \"a\" ждёт 1\u00a0000\u00a0021 строка"},
		{Sprintf("%d {row is|rows are} pending in %q", uint8(0), "a"), `0 rows are pending in "a"`, `в "a" ждут 0 строк`},
		{Sprintf("%d {row is|rows are} pending in %q", 12345, "a"), `12,345 rows are pending in "a"`, "в \"a\" ждут 12\u00a0345 строк"},
		{Sprintf("%d%%", 12345), "12345%", "12345%"},
		{Sprintf("reading %s: %v", "f", Sprintf("%s after %v", "x", 90*time.Second)), "reading f: x after 1m30s", "чтение f: x через 1\u00a0мин 30\u00a0с"},
		{Sprintf("reading %s: %v", "f", at), "reading f: 2026-11-29 04:05", "чтение f: 29.11.2026 04:05"},
		{Sprintf("%.1f of %v", 1.25, 2.5), "1.2 of 2.5", "1,2 из 2,5"},
		{Sprintf("%5s|%-4d|%q", Sprintf("a"), 7, Sprintf("b")), `    a|7   |"b"`, `    a|7   |"b"`},
		{Quoted([]string{"a", "b"}), `"a", "b"`, "«a», «b»"},
		{Quoted(slices.Repeat([]string{"a"}, 23)), strings.Repeat(`"a", `, 19) + `"a" and 3 more`, strings.Repeat("«a», ", 19) + "«a» и ещё 3"},
		{Quoted([]string{"a"}), `"a"`, "«a»"},
		{Quoted(nil), "", ""},
		{Verbatim("100 %d"), "100 %d", "100 %d"},
		{Sprintf(`{"type": "object"} {{name}} {a}`), `{"type": "object"} {{name}} {a}`, `{"type": "object"} {{name}} {a}`},
		{Or(Text{}, Sprintf("x")), "x", "x"},
	}
	for _, tt := range tests {
		if got := tt.text.String(); got != tt.english {
			t.Errorf("%q: got %q, want %q", tt.text.format, got, tt.english)
		}
		if got := p.Text(tt.text); got != tt.russian {
			t.Errorf("%q: got %q, want %q", tt.text.format, got, tt.russian)
		}
	}
}

func TestErrors(t *testing.T) {
	p := with(t)
	missing := &fs.PathError{Op: "open", Path: "a.csv", Err: syscall.ENOENT}
	wrapped := Errorf("reading %s: %w", "a", missing)
	switch {
	case !errors.Is(wrapped, fs.ErrNotExist):
		t.Error("the cause is lost")
	case wrapped.Error() != "reading a: open a.csv: no such file or directory":
		t.Errorf("got %q", wrapped)
	}
	if got, want := p.Error(wrapped), "чтение a: a.csv: нет такого файла или папки"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	two := Errorf("reading %s: %w", Errorf("%s after %w", "x", fs.ErrExist), fs.ErrClosed)
	if !errors.Is(two, fs.ErrClosed) {
		t.Error("the cause is lost")
	}
	if all := Errorf("%w, %w", fs.ErrExist, fs.ErrClosed); !errors.Is(all, fs.ErrExist) || !errors.Is(all, fs.ErrClosed) {
		t.Error("one of two causes is lost")
	}
	if got, want := p.Error(errors.Join(two, syscall.EACCES)), "чтение x через файл уже есть: файл уже закрыт\nнет прав доступа"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	strange := fmt.Errorf("a stranger")
	p.Explain = func(err error) Text {
		if err == strange {
			return Sprintf("%s after %v", "guest", time.Second)
		}
		return Text{}
	}
	if got, want := p.Error(Errorf("reading %s: %w", "a", strange)), "чтение a: guest через 1\u00a0с"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestForeign(t *testing.T) {
	p := with(t)
	for _, tt := range [][2]string{
		{"no such host", "нет такого узла"},
		{"nobody knows this", "nobody knows this"},
		{"no such host (x: 500)", "нет такого узла (x: 500)"},
		{`12,345 rows are pending in "a \"b\""`, "в \"a \\\"b\\\"\" ждут 12\u00a0345 строк"},
		{"", ""},
		{"byte 0xC3 is not valid UTF-8", "байт 0xC3 недопустим в UTF-8"},
		{"character U+0007 is not allowed in a text file", "в текстовом файле не может быть символа U+0007"},
		{"line 99999999999999999999: the record is too long", "строка 99999999999999999999: запись слишком длинная"},
		{"line ,: the record is too long", "line ,: the record is too long"},
		{"read a: permission denied", "a: нет прав доступа"},
		{"read this: it is an answer", "read this: it is an answer"},
	} {
		if got := p.Text(Foreign(tt[0])); got != tt[1] {
			t.Errorf("%q: got %q, want %q", tt[0], got, tt[1])
		}
		if got := Foreign(tt[0]).String(); got != tt[0] {
			t.Errorf("in English: got %q, want %q", got, tt[0])
		}
	}
}

// manyFits are the beginnings of texts that fit formats in many ways.
var manyFits = []string{"x; ", "x (y) ", "read x: ", "read x: y (z); open (a): b; (c) ", "is a, must be ", "missing: ", "a", "word word "}

// TestForeign_long checks that the search in a text has an end: the number of lookups is limited, and a text that is too long stays as it is.
func TestForeign_long(t *testing.T) {
	p := Printer{Language: Russian}
	most := 0
	for _, part := range manyFits {
		lookups := maxLookups
		p.lookUp(strings.Repeat(part, 4<<10/len(part))+"(z)", &lookups)
		if most = max(most, maxLookups-lookups); lookups < 0 {
			t.Errorf("%q: %d lookups", part, maxLookups-lookups)
		}
		long := strings.Repeat(part, 1<<20/len(part)) + "(z)"
		if p.Text(Foreign(long)) != long {
			t.Errorf("1 MB of %q was changed", part)
		}
	}
	if most != maxLookups {
		t.Errorf("%d lookups at most, want a text that needs more than %d", most, maxLookups)
	}
}

func BenchmarkForeign(b *testing.B) {
	p := Printer{Language: Russian}
	p.Text(Foreign("x"))
	for _, part := range manyFits {
		b.Run(strings.TrimSpace(part), func(b *testing.B) {
			text := strings.Repeat(part, 4<<10/len(part)) + "(z)"
			for b.Loop() {
				p.Text(Foreign(text))
			}
		})
	}
}

func TestRender_values(t *testing.T) {
	p := with(t)
	type Inner struct {
		Note Text `json:"note,omitzero"`
		N    int
	}
	type outer struct {
		Inner
		List  []*Inner
		Any   any
		Map   map[string]Text
		Array [1]Text
		Next  *outer
		Plain []int
		kept  int
	}
	text := Sprintf("%.1f of %v", 1.5, 2)
	plain := []int{1}
	v := &outer{Inner: Inner{text, 1}, List: []*Inner{{text, 2}, nil}, Any: Inner{Note: text}, Map: map[string]Text{"k": text},
		Array: [1]Text{text}, Next: &outer{Any: nil}, Plain: plain, kept: 7}
	got, err := json.Marshal(p.Render(v))
	const want = `{"note":"1,5 из 2","N":1,"List":[{"note":"1,5 из 2","N":2},null],"Any":{"note":"1,5 из 2","N":0},"Map":{"k":"1,5 из 2"},"Array":["1,5 из 2"],"Next":{"N":0,"List":null,"Any":null,"Map":null,"Array":[""],"Next":null,"Plain":null},"Plain":[1]}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
	if v.Note.String() != "1.5 of 2" || v.List[0].Note.String() != "1.5 of 2" {
		t.Error("the value was changed")
	}
	if r := p.Render(plain).([]int); &r[0] != &plain[0] {
		t.Error("what holds no Text was copied")
	}
	if p.Render(nil) != nil {
		t.Error("nil became something")
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	type note struct {
		Note Text `json:"note,omitzero"`
	}
	b, err := json.Marshal([]note{{}, {Sprintf("%d {row|rows}", 2)}})
	if err != nil || string(b) != `[{},{"note":"2 rows"}]` {
		t.Fatalf("got %s, %v", b, err)
	}
	var back []note
	if err := json.Unmarshal(b, &back); err != nil || back[1].Note.String() != "2 rows" {
		t.Errorf("got %v, %v", back, err)
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64][2]string{0: {"0", "0"}, 9999: {"9999", "9999"}, 10000: {"10,000", "10 000"}, -1234567: {"-1,234,567", "-1 234 567"}} {
		for l, want := range want {
			if got := strings.ReplaceAll(Language(l).Digits(n), "\u00a0", " "); got != want {
				t.Errorf("%v: %d: got %q, want %q", Language(l), n, got, want)
			}
		}
	}
	for d, want := range map[time.Duration]string{0: "0 с", 1500 * time.Millisecond: "1,5 с", 20 * time.Millisecond: "20 мс", time.Hour + time.Second: "1 ч 1 с", 2 * time.Minute: "2 мин", -time.Second: "−1 с"} {
		if got := strings.ReplaceAll(Russian.Duration(d), "\u00a0", " "); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

func TestParseLanguage(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]Language{"ru": Russian, "ru_RU.UTF-8": Russian, "RU-ru": Russian, "ru_RU@x": Russian, "en_GB": English} {
		if got, ok := ParseLanguage(code); !ok || got != want {
			t.Errorf("%q: got %v, %v", code, got, ok)
		}
	}
	for _, code := range []string{"", "C", "C.UTF-8", "POSIX", "rum", "de_DE"} {
		if got, ok := ParseLanguage(code); ok || got != English {
			t.Errorf("%q: got %v, %v", code, got, ok)
		}
	}
}

func TestKept(t *testing.T) {
	t.Parallel()
	buffer, args := []byte("abc"), []any{0, []byte(nil)}
	text, err, raw := Sprintf("%d %q", 1, buffer), Errorf("%s: %w", buffer, fs.ErrExist), Sprintf("%s", json.RawMessage(buffer))
	args[1] = buffer
	spread := Sprintf("%d %s", args...)
	copy(buffer, "xyz")
	if text.String() != `1 "abc"` || err.Error() != "abc: file already exists" || raw.String() != "abc" || spread.String() != "0 abc" {
		t.Errorf("got %q, %q, %q, %q, want the bytes as they were", text, err, raw, spread)
	}
	if string(args[1].([]byte)) != "xyz" {
		t.Error("the arguments of the caller were changed")
	}
}

func TestFolder(t *testing.T) {
	t.Parallel()
	sep := string(filepath.Separator)
	folder := sep + "data"
	for _, tt := range [][3]string{
		{folder, "open " + folder + sep + "a.csv: no", "open a.csv: no"},
		{folder + sep, `"` + folder + sep + "a" + sep + `b.csv" and ` + folder + sep + "c", `"a` + sep + `b.csv" and c`},
		{folder, "https://x.y" + folder + sep + "a", "https://x.y" + folder + sep + "a"},
		{folder, sep + "my" + folder + sep + "a", sep + "my" + folder + sep + "a"},
		{sep, "100 requests" + sep + "s in " + sep + "a", "100 requests" + sep + "s in " + sep + "a"},
		{"", "a" + sep + "b", "a" + sep + "b"},
	} {
		if got := (Printer{Folder: tt[0]}).Text(Verbatim(tt[1])); got != tt[2] {
			t.Errorf("%s: %q: got %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
}
