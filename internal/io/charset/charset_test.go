package charset

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// encoded returns the text in the encoding, and false if the encoding cannot represent it.
func encoded(e *Encoding, text string) ([]byte, bool) {
	b, _, ok := e.Encode(nil, text)
	if e.Wide() {
		var w bytes.Buffer
		_, err := NewWriter(&w, e).Write(b)
		return w.Bytes(), ok && err == nil
	}
	return b, ok
}

// read returns the text of b in the encoding.
func read(t *testing.T, e *Encoding, b []byte) string {
	t.Helper()
	text, err := io.ReadAll(NewReader(bytes.NewReader(b), e))
	if err != nil {
		t.Fatal(err)
	}
	return string(e.Decode(nil, text))
}

// tally counts the results by length.
type tally [3]struct{ right, of int }

func (y *tally) add(letters int, right bool) {
	i := 0
	if letters > 10 {
		i = 1
	}
	if letters > 40 {
		i = 2
	}
	y[i].of++
	if right {
		y[i].right++
	}
}

func (y *tally) rate(i int) float64 { return 100 * float64(y[i].right) / float64(max(1, y[i].of)) }

// TestDetect checks that the text of each snippet is detected in every encoding that can represent it.
func TestDetect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		encoding *Encoding
		texts    []string
		least    [3]float64 // per cent, for up to 10, up to 40 and more non-ASCII letters
	}{
		{UTF8, snippets(russian), [3]float64{100, 100, 100}},
		{UTF16LE, snippets(russian), [3]float64{100, 100, 100}},
		{UTF16BE, snippets(russian), [3]float64{100, 100, 100}},
		{Windows1251, snippets(russian), [3]float64{95, 100, 100}},
		{KOI8R, snippets(russian), [3]float64{93, 100, 100}},
		{IBM866, snippets(russian), [3]float64{95, 100, 100}},
		{MacCyrillic, snippets(russian), [3]float64{93, 100, 100}},
		{Windows1252, snippets(western), [3]float64{95, 99, 100}},
	}
	n := 0
	for _, tt := range tests {
		var y tally
		for _, text := range tt.texts {
			b, ok := encoded(tt.encoding, text)
			if !ok {
				continue
			}
			g := Detect(b, false)
			got := read(t, g.Encoding, b)
			y.add(sequencesOf(text), got == text)
			if got != text {
				t.Logf("%s: got %s %.60q, want %.60q", tt.encoding.Name(), g.Encoding.Name(), got, text)
			}
			if g.Unsure && got == text {
				t.Errorf("%s: %.60q is unsure (%s)", tt.encoding.Name(), text, g.Perhaps)
			}
		}
		for i, least := range tt.least {
			if n += y[i].of; y.rate(i) < least {
				t.Errorf("%s, length %d: got %.1f %%, want %.1f %%", tt.encoding.Name(), i, y.rate(i), least)
			}
		}
		t.Logf("%-12s up to 10 letters %5.1f %% of %d, up to 40 %5.1f %% of %d, more %5.1f %% of %d", tt.encoding.Name(),
			y.rate(0), y[0].of, y.rate(1), y[1].of, y.rate(2), y[2].of)
	}
	if n < 1600 {
		t.Errorf("got %d texts, want more", n)
	}
}

func sequencesOf(text string) int {
	good, _ := sequences([]byte(text))
	return good
}

func TestDetectCases(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want Guess
	}{
		{"", Guess{Encoding: UTF8}},
		{"plain", Guess{Encoding: UTF8}},
		{"\xEF\xBB\xBFa", Guess{Encoding: UTF8, BOM: true}},
		{"\xEF\xBB\xBF\xCF\xF0\xE8", Guess{Encoding: UTF8, BOM: true, Damaged: true}},
		{"\xFF\xFEa\x00", Guess{Encoding: UTF16LE, BOM: true}},
		{"\xFF\xFE", Guess{Encoding: UTF16LE, BOM: true}},
		{"\xFE\xFF\x00a", Guess{Encoding: UTF16BE, BOM: true}},
		{"a\x00,\x00b", Guess{Encoding: UTF16LE}},
		{"\x00a\x00,\x04\x10", Guess{Encoding: UTF16BE}},
		{"a,b\n1,x\x00y\n", Guess{Encoding: UTF8}},
		{"\x00\x00\x00\x00", Guess{Encoding: UTF8}},
		{"Привет, \xFFмир", Guess{Encoding: UTF8, Damaged: true}},
		{"a,\xCF\xF0\xE8\n", Guess{Encoding: Windows1251}},
		{"имя;город\nЯн;Омск\n\xC8\xE2\xE0\xED;\xCF\xE5\xF2\xE5\xF0\xE1\xF3\xF0\xE3\r\n", Guess{Encoding: UTF8, Damaged: true}},
		{"имя;город\n\xC8\xE2\xE0\xED;\xCF\xE5\xF2\xE5\xF0\xE1\xF3\xF0\xE3\r\n", Guess{Encoding: UTF8, Damaged: true}},
		{"№;№;я\n" + strings.Repeat("\xC8\xE2\xE0\xED;\xCF\xE5\xF2\xE5\xF0\xE1\xF3\xF0\xE3\r\n", 9), Guess{Encoding: Windows1251, Mixed: true}},
	}
	for _, tt := range tests {
		if got := Detect([]byte(tt.text), false); got != tt.want {
			t.Errorf("%q: got %s %+v, want %s %+v", tt.text, got.Encoding.Name(), got, tt.want.Encoding.Name(), tt.want)
		}
	}
	for i, cut := range []string{"Приве\xD1", "5 \xE2\x82", "\xF0\x9F\x98"} {
		if got := Detect([]byte(cut), true); got.Encoding != UTF8 || got.Damaged {
			t.Errorf("cut %d: got %s, damaged: %v", i, got.Encoding.Name(), got.Damaged)
		}
	}
}

// The decisive bytes may be far from the beginning.
func TestDetectReader(t *testing.T) {
	t.Parallel()
	for _, before := range []int{0, 5, sampleSize - 1, sampleSize, 5*sampleSize + 77} {
		for _, e := range all[:8] {
			text := strings.Repeat("a;b\r\n", before/5) + "x;" + russian[40] + "\r\ny;" + russian[45] + "\r\n"
			if e == Windows1252 {
				text = strings.Repeat("a;b\r\n", before/5) + "x;" + western[16] + " " + western[18]
			}
			b, ok := encoded(e, text)
			if !ok {
				text = strings.ReplaceAll(text, "—", "-")
				b, _ = encoded(e, text)
			}
			g, err := DetectReader(iotest.HalfReader(bytes.NewReader(b)))
			if err != nil || read(t, g.Encoding, b) != text {
				t.Errorf("%s after %d bytes: got %s, error %v", e.Name(), before, g.Encoding.Name(), err)
			}
		}
	}
	if _, err := DetectReader(iotest.ErrReader(io.ErrClosedPipe)); err == nil {
		t.Error("an error of the reader was lost")
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	detected, others := Names()
	for _, name := range slices.Concat(detected, others) {
		if _, ok := Lookup(name); !ok {
			t.Errorf("%s is no name", name)
		}
	}
	for name, want := range map[string]*Encoding{"CP1251": Windows1251, "Windows-1251": Windows1251, "utf_8": UTF8, "UTF-16": UTF16LE, "utf-16be": UTF16BE,
		"ISO-8859-1": Windows1252, "Latin-1": Windows1252, "koi8-r": KOI8R, "x-mac-cyrillic": MacCyrillic, "cp-866": IBM866, "utf-7": nil, "": nil,
		"sjis": shiftJIS, "MS_Kanji": shiftJIS, "x-sjis": shiftJIS, "gb2312": gbk, "chinese": gbk, "KS_C_5601-1987": eucKR, "Big5-HKSCS": big5, "cp1253": windows1253,
		"csISOLatinCyrillic": iso5, "koi8_u": koi8u, "iso-2022-jp": nil, "hz-gb-2312": nil} {
		if got, ok := Lookup(name); got != want || ok != (want != nil) {
			t.Errorf("%q: got %v", name, got)
		}
	}
	for _, e := range all {
		if got, _ := Lookup(e.Name()); got != e {
			t.Errorf("%s is not found by its own name", e.Name())
		}
	}
}

// Every byte of a page either survives a round trip or has no meaning.
func TestPages(t *testing.T) {
	t.Parallel()
	for _, e := range all {
		if e.page == nil {
			continue
		}
		nothing := 0
		for c := range 256 {
			b := []byte{byte(c)}
			text := string(e.Decode(nil, b))
			if e.Bad(b) == 0 {
				nothing++
				if text != "\uFFFD" {
					t.Errorf("%s: got %q for 0x%02X", e.Name(), text, c)
				}
				continue
			}
			if got, _, ok := e.Encode(nil, text); !ok || !bytes.Equal(got, b) {
				t.Errorf("%s: got %x for %q, want %02x", e.Name(), got, text, c)
			}
		}
		if nothing < 1 || nothing > 6 && slices.Contains(all[:8], e) {
			t.Errorf("%s: %d bytes mean nothing", e.Name(), nothing)
		}
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		encoding  *Encoding
		raw, want string
		bad       int
	}{
		{UTF8, "Да", "Да", -1},
		{UTF8, "a\x00b\xFFc\uFFFD", "a\uFFFDb\uFFFDc\uFFFD", 1},
		{UTF8, "Д\xD0", "Д\uFFFD", 2},
		{UTF8, "\xED\xA0\x80x", "\uFFFDx", 0},
		{Windows1251, "\xC4\xE0", "Да", -1},
		{Windows1251, "\xC4\x98\x00", "Д\uFFFD\uFFFD", 1},
		{Windows1252, "\x93ok\x94\x81", "“ok”\uFFFD", 4},
	}
	for _, tt := range tests {
		if got := string(tt.encoding.Decode(nil, []byte(tt.raw))); got != tt.want || tt.encoding.Bad([]byte(tt.raw)) != tt.bad {
			t.Errorf("%s, %q: got %q, bad at %d, want %q, %d", tt.encoding.Name(), tt.raw, got, tt.encoding.Bad([]byte(tt.raw)), tt.want, tt.bad)
		}
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	if _, r, ok := Windows1251.Encode(nil, "ответ 😀"); ok || r != '😀' {
		t.Errorf("got %q, %v, want the emoji refused", r, ok)
	}
	if _, r, ok := KOI8R.Encode(nil, "«да»"); ok || r != '«' {
		t.Errorf("got %q, %v, want the quote refused", r, ok)
	}
	if _, _, ok := Windows1252.Encode(nil, "\u0081"); ok {
		t.Error("a control character was written as a byte that means nothing")
	}
	if got, _, ok := UTF8.Encode([]byte("a"), "😀"); !ok || string(got) != "a😀" {
		t.Errorf("got %q, %v", got, ok)
	}
}

// FuzzUTF16 checks that every byte survives a round trip, however the input of the reader is split.
func FuzzUTF16(f *testing.F) {
	for _, s := range []string{"", "a\x00", "\x3D\xD8\x00\xDE", "\x00\xD8a\x00\x00\xDC", "\xFF\xFEa", "\x00\xD8", "\xD8\x3D\xDE\x00\xD8", "\x00\xD8\x00"} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, content []byte, big bool) {
		e := UTF16LE
		if big {
			e = UTF16BE
		}
		whole, err := io.ReadAll(NewReader(bytes.NewReader(content), e))
		parts, err2 := io.ReadAll(iotest.OneByteReader(NewReader(iotest.OneByteReader(bytes.NewReader(content)), e)))
		if err != nil || err2 != nil || !bytes.Equal(whole, parts) {
			t.Fatalf("%q: got %q in parts, want %q (errors %v, %v)", content, parts, whole, err, err2)
		}
		var w bytes.Buffer
		if _, err := NewWriter(&w, e).Write(whole); err != nil || !bytes.Equal(w.Bytes(), content) {
			t.Fatalf("got %q, error %v, want %q", w.Bytes(), err, content)
		}
	})
}

// FuzzCodec checks the same for the encodings with several bytes per character, and that what is read is what the codec reads.
func FuzzCodec(f *testing.F) {
	for i, s := range []string{"", "a,\x82\xA0\n", "\x82", "\x82,", "\xC4\xE3\xBA\xC3;\xFF\n", "\x81\x5C\x81|", "\x80", "\x81\x30\x81\x30", "\x81\x30\x81", "\xED\x40\xFA\x5C", "\x8F\xA2\xB7", "\x81\n", "a\xFF\x81\nb", "\xC1\xC2\x25"} {
		f.Add([]byte(s), i)
	}
	var codecs []*Encoding
	for _, e := range all {
		if e.Wide() && !e.UTF16() {
			codecs = append(codecs, e)
		}
	}
	f.Fuzz(func(t *testing.T, content []byte, which int) {
		e := codecs[uint(which)%uint(len(codecs))]
		whole, err := io.ReadAll(NewReader(bytes.NewReader(content), e))
		parts, err2 := io.ReadAll(iotest.OneByteReader(NewReader(iotest.OneByteReader(bytes.NewReader(content)), e)))
		if err != nil || err2 != nil || !bytes.Equal(e.Decode(nil, whole), e.Decode(nil, parts)) {
			t.Fatalf("%s, %q: got %q in parts, want %q (errors %v, %v)", e.Name(), content, parts, whole, err, err2)
		}
		for _, text := range [][]byte{whole, parts} {
			var w bytes.Buffer
			if _, err := NewWriter(&w, e).Write(text); err != nil || !bytes.Equal(w.Bytes(), content) {
				t.Fatalf("%s: got %q, error %v, want %q", e.Name(), w.Bytes(), err, content)
			}
		}
		want, err := e.codec.NewDecoder().Bytes(content)
		if got := e.Decode(nil, whole); err != nil || !bytes.Equal(got, bytes.ReplaceAll(want, []byte{0}, []byte("\uFFFD"))) {
			t.Fatalf("%s, %q: got %q, want %q", e.Name(), content, got, want)
		}
		if bad := e.Bad(whole) >= 0; bad != bytes.Contains(e.Decode(nil, whole), []byte("\uFFFD")) && !bytes.Contains(want, []byte("\uFFFD")) {
			t.Fatalf("%s, %q: bad: %v", e.Name(), content, bad)
		}
	})
}

func TestWriterOfOtherText(t *testing.T) {
	t.Parallel()
	b, _ := encoded(UTF16BE, "a\xFFb")
	if want := []byte("\x00a\xFF\xFD\x00b"); !bytes.Equal(b, want) {
		t.Errorf("got %q, want %q", b, want)
	}
	if _, err := NewWriter(failing{}, UTF16LE).Write([]byte("a")); err == nil {
		t.Error("an error of the writer was lost")
	}
	for _, e := range all {
		same := NewWriter(io.Discard, e) == io.Discard
		if same == e.Wide() {
			t.Errorf("%s: wide %v, but the writer is the same: %v", e.Name(), e.Wide(), same)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func BenchmarkDetect(b *testing.B) {
	text := []byte(strings.Join(slices.Repeat(russian, 20), "\n"))
	for _, e := range all[:7] {
		sample, ok := encoded(e, strings.NewReplacer("—", "-", "«", "", "»", "", "№", "").Replace(string(text)))
		if !ok {
			b.Fatal(e.Name())
		}
		b.Run(fmt.Sprint(e.Name()), func(b *testing.B) {
			b.SetBytes(int64(len(sample)))
			for b.Loop() {
				Detect(sample, true)
			}
		})
	}
}
