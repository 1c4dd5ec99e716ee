package ooxml

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
)

// Shared strings that exceed the memory limit are stored in a file, which is removed. They read the same in any order.
func TestSharedLong(t *testing.T) {
	const n = 2000
	text := func(i int) string { return fmt.Sprint(i, " ", strings.Repeat(string(rune('a'+i%26)), i*i%300), " end") }
	longest := strings.Repeat("long ", readAhead)
	var b strings.Builder
	b.WriteString("<sst>")
	for i := range n {
		b.WriteString("<si><t>" + text(i) + "</t></si>")
	}
	b.WriteString("<si><t>" + longest + "</t></si></sst>")
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s := &SharedStrings{limit: 1000}
	if err := s.fill(strings.NewReader(b.String())); err != nil {
		t.Fatal(err)
	}
	if s.file == nil || s.at < int64(len(longest)) || s.ends.n != n+1 {
		t.Fatalf("got %d strings, %d bytes in a file", s.ends.n, s.at)
	}
	want := func(i int, want string) {
		if got, err := s.text(i); err != nil || got != want {
			t.Errorf("string %d: got %d bytes, error %v, want %d", i, len(got), err, len(want))
		}
	}
	for i := range n {
		want(i, text(i))
	}
	want(n, longest)
	for i := range n {
		i = i * 31 % n
		want(i, text(i))
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("got %v left, error %v", left, err)
	}
}

// sharedPart is a part with many shared strings, as a stream.
type sharedPart struct {
	n, i int
	buf  []byte
}

func (p *sharedPart) Read(b []byte) (int, error) {
	if p.i == 0 && p.buf == nil {
		p.buf = fmt.Appendf(nil, `<sst uniqueCount="%d">`, p.n)
	}
	for len(p.buf) < len(b) && p.i < p.n {
		p.buf = fmt.Appendf(p.buf, "<si><t>string %d</t></si>", p.i)
		if p.i++; p.i == p.n {
			p.buf = append(p.buf, "</sst>"...)
		}
	}
	n := copy(b, p.buf)
	if p.buf = p.buf[n:]; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Ten million shared strings need less than 300 MB, most of it garbage.
func TestSharedMany(t *testing.T) {
	n := 10_000_000
	if testing.Short() || raced {
		n /= 10
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := &SharedStrings{}
	if err := s.fill(&sharedPart{n: n}); err != nil {
		t.Fatal(err)
	}
	defer s.close()
	runtime.ReadMemStats(&after)
	if sys := (after.Sys - before.Sys) >> 20; sys > 200 {
		t.Errorf("got %d MiB from the system", sys)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := float64(after.HeapAlloc-before.HeapAlloc-min(after.HeapAlloc-before.HeapAlloc, maxShared)) / float64(n); each > 6 {
		t.Errorf("got %.1f bytes for each string", each)
	}
	for _, i := range []int{0, 1, n / 2, n - 1} {
		if got, err := s.text(i); err != nil || got != fmt.Sprint("string ", i) {
			t.Errorf("got %q, error %v", got, err)
		}
	}
}

func TestShared(t *testing.T) {
	t.Parallel()
	sheet := sheetOf(`<sheetData><row><c t="s"><v>0</v></c><c t="s"><v> 2 </v></c><c t="s"><v>1</v></c><c t="s"><v/></c></row><row><c t="s"><v>3</v></c></row></sheetData>`)
	b := sheetBook(t, sheet, "xl/sharedStrings.xml", `<x:sst xmlns:x="m"><x:si><x:t>a &amp; b</x:t></x:si><!-- <x:si/> --><x:si/><x:si><x:r><x:t>_x0041_</x:t></x:r><x:rPh><x:t>no</x:t></x:rPh></x:si></x:sst>`)
	p, book := openBytes(t, b)
	n, err := p.Scan(book.Sheets[0])
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	row, err := n.Next()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"a & b", "A", "", ""} {
		if got, err := book.Value(row, &row.Cells[i]); err != nil || got != want {
			t.Errorf("cell %d: got %q, error %v, want %q", i, got, err, want)
		}
	}
	if row, err = n.Next(); err != nil {
		t.Fatal(err)
	}
	if got, err := book.Value(row, &row.Cells[0]); err == nil || !strings.Contains(err.Error(), "cell A2: no shared string 3") {
		t.Errorf("got %q, error %v, want one that names the cell", got, err)
	}
}
