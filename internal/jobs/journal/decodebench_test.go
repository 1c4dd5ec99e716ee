package journal

import (
	"encoding/json"
	"strings"
	"testing"
)

// BenchmarkDecodeByJSON is the baseline of BenchmarkDecodeResult.
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
