package table

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/io/charset"
)

const benchRows = 200_000

// benchCSV is a file of rows of 100 bytes.
func benchCSV(b *testing.B) string {
	b.Helper()
	var text strings.Builder
	text.WriteString("id,question,topic,level\n")
	for i := range benchRows {
		fmt.Fprintf(&text, "%07d,%s,geography of the north,%d\n", i, strings.Repeat("what is it? ", 5)+"yes", i%10)
	}
	name := filepath.Join(b.TempDir(), "in.csv")
	if err := os.WriteFile(name, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	return name
}

func BenchmarkCSVRows(b *testing.B) {
	name := benchCSV(b)
	b.Run("table", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			src, err := Open(name, Options{})
			if err != nil {
				b.Fatal(err)
			}
			drain(b, src)
		}
		b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("encoding", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			readEncodingCSV(b, name)
		}
		b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
	})
}

// BenchmarkCSVEncodings reads rows of 100 Russian and plain characters.
func BenchmarkCSVEncodings(b *testing.B) {
	var text strings.Builder
	text.WriteString("код;вопрос;тема;уровень\r\n")
	for i := range benchRows {
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
				src, err := Open(name, Options{})
				if err != nil {
					b.Fatal(err)
				}
				drain(b, src)
			}
			b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func drain(b *testing.B, src Source) {
	n := 0
	for _, err := range src.Rows() {
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
	if n != benchRows {
		b.Fatalf("got %d rows, want %d", n, benchRows)
	}
}

func readEncodingCSV(b *testing.B, name string) {
	f, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.ReuseRecord = true
	for {
		if _, err := r.Read(); err == io.EOF {
			return
		} else if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJSONLRows(b *testing.B) {
	src, err := Open(benchCSV(b), Options{})
	if err != nil {
		b.Fatal(err)
	}
	dst := filepath.Join(b.TempDir(), "in.jsonl")
	copyWith(b, src, dst, "An answer.")
	if src, err = Open(dst, Options{}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		drain(b, src)
	}
	b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkCSVSink(b *testing.B) {
	name := benchCSV(b)
	dst := filepath.Join(b.TempDir(), "out.csv")
	answer := strings.Repeat("A plain answer, with a comma. ", 54)
	b.ReportAllocs()
	for b.Loop() {
		src, err := Open(name, Options{})
		if err != nil {
			b.Fatal(err)
		}
		copyWith(b, src, dst, answer)
	}
	b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
}

func copyWith(b *testing.B, src Source, dst, answer string) {
	sink, err := src.Sink(dst, "completion", "tokens")
	if err != nil {
		b.Fatal(err)
	}
	defer sink.Close()
	for row, err := range src.Rows() {
		if err != nil {
			b.Fatal(err)
		}
		if err := sink.Write(row, answer, 17); err != nil {
			b.Fatal(err)
		}
	}
	if err := sink.Commit(nil); err != nil {
		b.Fatal(err)
	}
}
