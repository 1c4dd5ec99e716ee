package journal

import (
	"encoding/json"
	"strings"
	"testing"
)

// BenchmarkDecodeByJSON is what BenchmarkDecodeResult is to be compared with.
func BenchmarkDecodeByJSON(b *testing.B) {
	r := results()[0]
	r.Completion = strings.Repeat("Ответ модели. ", 64)
	buf := line(b, r)
	b.SetBytes(int64(len(buf)))
	for b.Loop() {
		var j resultJSON
		if err := json.Unmarshal(buf, &j); err != nil {
			b.Fatal(err)
		}
	}
}
