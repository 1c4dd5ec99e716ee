package jsonl_test

import (
	"path/filepath"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

func BenchmarkJSONLRows(b *testing.B) {
	src, err := open.Open(tabletest.BenchCSV(b), table.Options{})
	if err != nil {
		b.Fatal(err)
	}
	dst := filepath.Join(b.TempDir(), "in.jsonl")
	tabletest.CopyWith(b, src, dst, "An answer.")
	if src, err = open.Open(dst, table.Options{}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		tabletest.Drain(b, src, tabletest.BenchRows)
	}
	b.ReportMetric(float64(b.N)*tabletest.BenchRows/b.Elapsed().Seconds(), "rows/s")
}
