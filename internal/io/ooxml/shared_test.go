package ooxml

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// More shared strings than the memory is given stand in a file, which leaves nothing behind, and read the same in any order.
func TestSharedLong(t *testing.T) {
	t.Parallel()
	const n = 70
	text := func(i int) string { return fmt.Sprint(i, " ", strings.Repeat(string(rune('a'+i%26)), 1<<19), " end") }
	var b strings.Builder
	b.WriteString(`<sst uniqueCount="70">`)
	for i := range n {
		b.WriteString("<si><t>" + text(i) + "</t></si>")
	}
	b.WriteString("</sst>")
	parts := minimal()
	parts["xl/sharedStrings.xml"] = b.String()
	p := openPackage(t, zipped(t, parts))
	dir := t.TempDir()
	book, err := OpenBook(p, dir)
	if err != nil {
		t.Fatal(err)
	}
	if book.shared.file == nil || book.shared.len() != n {
		t.Fatalf("got %d strings, in a file: %v", book.shared.len(), book.shared.file != nil)
	}
	for i := range 3 * n {
		i = i * 31 % n
		if got, err := book.shared.text(i); err != nil || got != text(i) {
			t.Errorf("string %d: got %d bytes, error %v, want %d", i, len(got), err, len(text(i)))
		}
	}
	if err := book.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("got %v left, error %v", left, err)
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
	if got, err := book.Value(row, &row.Cells[0]); err == nil || !strings.Contains(err.Error(), "cell A2: there is no shared string 3") {
		t.Errorf("got %q, error %v, want one that names the cell", got, err)
	}
}
