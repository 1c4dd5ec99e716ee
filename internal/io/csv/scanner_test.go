package csv

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// A quote that closes too far away is an ordinary character.
func TestQuoteBound(t *testing.T) {
	t.Parallel()
	text := "a,b\n1,\"" + strings.Repeat("x\n", 600) + "\"\n3,4\n"
	for bound, want := range map[int]int{1 << 20: 3, 1000: 603} {
		s := NewScanner(strings.NewReader(text), 0, Syntax{Delim: ',', Quote: '"'})
		s.maxQuoted = bound
		n := 0
		for rec, err := s.Next(); err == nil; rec, err = s.Next() {
			if n++; n == 2 && (len(rec.Loose) > 0) != (want > 3) {
				t.Errorf("bound %d: got loose cells %v", bound, rec.Loose)
			}
		}
		if n != want {
			t.Errorf("bound %d: got %d records, want %d", bound, n, want)
		}
	}
}

// BenchmarkLongCell reads quoted rows of one column. After a cell of 12 MB they must take no longer than without it.
func BenchmarkLongCell(b *testing.B) {
	rows := strings.Repeat("\"что это? да\"\n", 300_000)
	for name, text := range map[string]string{"without": rows, "with": "\"" + strings.Repeat("x", 12<<20) + "\"\n" + rows} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				scanAll(b, NewScanner(strings.NewReader(text), int64(len(text)), Syntax{Delim: ',', Quote: '"'}))
			}
		})
	}
}

func scanAll(b *testing.B, s *Scanner) {
	for {
		_, err := s.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
