package xlsx_test

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

// BenchmarkXLSXRows reads a sheet of three columns, and reads it with excelize in the same run. Its texts are shared strings, or are
// in the cells and as long as answers.
func BenchmarkXLSXRows(b *testing.B) {
	for _, size := range []struct {
		name   string
		shared bool
		length int
	}{{"shared", true, 60}, {"inline", false, 1600}} {
		name := benchWorkbook(b, size.shared, size.length)
		readers := map[string]func(*testing.B, string){"table": readTable, "excelize": readExcelize}
		for _, reader := range []string{"table", "excelize"} {
			b.Run(size.name+"/"+reader, func(b *testing.B) {
				b.ReportAllocs()
				peak := uint64(0)
				for b.Loop() {
					peak = max(peak, peakOf(func() { readers[reader](b, name) }))
				}
				b.ReportMetric(float64(b.N)*tabletest.BenchRows/b.Elapsed().Seconds(), "rows/s")
				b.ReportMetric(float64(peak)/1e6, "peak-MB")
			})
		}
	}
}

// peakOf returns the peak of the heap while do runs, by sampling.
func peakOf(do func()) uint64 {
	runtime.GC()
	done, peak := make(chan struct{}), make(chan uint64)
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		ticker := time.NewTicker(2 * time.Millisecond)
		defer ticker.Stop()
		for most := uint64(0); ; {
			select {
			case <-done:
				peak <- most
				return
			case <-ticker.C:
				metrics.Read(sample)
				most = max(most, sample[0].Value.Uint64())
			}
		}
	}()
	do()
	close(done)
	return <-peak
}

func readTable(b *testing.B, name string) {
	src, err := open.Open(name, table.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer src.Close()
	tabletest.Drain(b, src, tabletest.BenchRows)
}

func readExcelize(b *testing.B, name string) {
	tmp := b.TempDir()
	f, err := excelize.OpenFile(name, excelize.Options{UnzipSizeLimit: 16 << 30, UnzipXMLSizeLimit: 16 << 20, TmpDir: tmp})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	rows, err := f.Rows("Лист1")
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for rows.Next() {
		if _, err := rows.Columns(); err != nil {
			b.Fatal(err)
		}
		n++
	}
	if n != tabletest.BenchRows+1 {
		b.Fatalf("got %d rows, want %d", n, tabletest.BenchRows+1)
	}
}

// benchWorkbook returns a workbook with a number, a text and a short text in each row.
func benchWorkbook(b *testing.B, shared bool, length int) string {
	b.Helper()
	name := filepath.Join(b.TempDir(), "in.xlsx")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	zw := zip.NewWriter(f)
	part := func(name string, write func(w io.Writer)) {
		w, err := zw.Create(name)
		if err != nil {
			b.Fatal(err)
		}
		buf := bufio.NewWriter(w)
		write(buf)
		if err := buf.Flush(); err != nil {
			b.Fatal(err)
		}
	}
	for _, m := range pack(bareSheet, member{"xl/_rels/workbook.xml.rels", relations(relNS+"/worksheet", "worksheets/sheet1.xml", relNS+"/sharedStrings", "sharedStrings.xml")}) {
		part(m.name, func(w io.Writer) {
			if m.name == "xl/worksheets/sheet1.xml" {
				benchSheet(w, shared, length)
				return
			}
			io.WriteString(w, m.text)
		})
	}
	part("xl/sharedStrings.xml", func(w io.Writer) {
		texts := tabletest.BenchRows + 10
		if !shared {
			texts = 0
		}
		fmt.Fprintf(w, `<sst xmlns="%s" uniqueCount="%d">`, mainNS, texts)
		for i := range texts {
			fmt.Fprintf(w, "<si><t>%s</t></si>", benchText(i, length*min(i, 1)))
		}
		io.WriteString(w, "</sst>")
	})
	if err := zw.Close(); err != nil {
		b.Fatal(err)
	}
	return name
}

func benchText(i, length int) string {
	return fmt.Sprint("отзыв ", i, " ", strings.Repeat(fmt.Sprint("the answer no ", i*7919%1000, " is this; "), length/24))
}

func benchSheet(w io.Writer, shared bool, length int) {
	io.WriteString(w, sheetTag+`<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="B1" t="inlineStr"><is><t>text</t></is></c><c r="C1" t="inlineStr"><is><t>topic</t></is></c></row>`)
	for i := range tabletest.BenchRows {
		n := i + 2
		if shared {
			fmt.Fprintf(w, `<row r="%d" spans="1:3"><c r="A%d"><v>%d</v></c><c r="B%d" t="s"><v>%d</v></c><c r="C%d" t="s"><v>%d</v></c></row>`, n, n, i, n, i+10, n, i%10)
			continue
		}
		fmt.Fprintf(w, `<row r="%d" spans="1:3"><c r="A%d"><v>%d</v></c><c r="B%d" t="inlineStr"><is><t>%s</t></is></c><c r="C%d" t="str"><v>topic %d</v></c></row>`, n, n, i, n, benchText(i, length), n, i%10)
	}
	io.WriteString(w, "</sheetData></worksheet>")
}
