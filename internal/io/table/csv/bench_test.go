package csv_test

import (
	"bytes"
	stdcsv "encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

func BenchmarkCSVRows(b *testing.B) {
	name := tabletest.BenchCSV(b)
	b.Run("table", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			src, err := open.Open(name, table.Options{})
			if err != nil {
				b.Fatal(err)
			}
			tabletest.Drain(b, src, tabletest.BenchRows)
		}
		b.ReportMetric(float64(b.N)*tabletest.BenchRows/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("encoding", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			readEncodingCSV(b, name)
		}
		b.ReportMetric(float64(b.N)*tabletest.BenchRows/b.Elapsed().Seconds(), "rows/s")
	})
}

// BenchmarkCSVEncodings reads rows of 100 characters, Russian and ASCII.
func BenchmarkCSVEncodings(b *testing.B) {
	var text strings.Builder
	text.WriteString("код;вопрос;тема;уровень\r\n")
	for i := range tabletest.BenchRows {
		fmt.Fprintf(&text, "%07d;%s;\"география севера\";%d\r\n", i, strings.Repeat("что это? ", 7)+"да", i%10)
	}
	for _, e := range []*charset.Encoding{charset.UTF8, charset.Windows1251, charset.UTF16LE} {
		b.Run(strings.ReplaceAll(e.Name(), " ", ""), func(b *testing.B) {
			raw, _, _ := e.Encode(nil, text.String())
			var file bytes.Buffer
			name := filepath.Join(b.TempDir(), "in.csv")
			if _, err := charset.NewWriter(&file, e).Write(raw); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				src, err := open.Open(name, table.Options{})
				if err != nil {
					b.Fatal(err)
				}
				tabletest.Drain(b, src, tabletest.BenchRows)
			}
			b.ReportMetric(float64(b.N)*tabletest.BenchRows/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func readEncodingCSV(b *testing.B, name string) {
	f, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	r := stdcsv.NewReader(f)
	r.ReuseRecord = true
	for {
		if _, err := r.Read(); err == io.EOF {
			return
		} else if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCSVSink(b *testing.B) {
	name := tabletest.BenchCSV(b)
	dst := filepath.Join(b.TempDir(), "out.csv")
	answer := strings.Repeat("A plain answer, with a comma. ", 54)
	b.ReportAllocs()
	for b.Loop() {
		src, err := open.Open(name, table.Options{})
		if err != nil {
			b.Fatal(err)
		}
		tabletest.CopyWith(b, src, dst, answer)
	}
	b.ReportMetric(float64(b.N)*tabletest.BenchRows/b.Elapsed().Seconds(), "rows/s")
}
