package deflate

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"testing"
)

// Compressed data inflates to the same bytes, whatever the pieces in which it is written, and the compressed form is the same each
// time.
func TestDeflate(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, 5*blockSize+17)
	for i := range text {
		text[i] = byte('a' + r.IntN(1+i%20))
	}
	for _, n := range []int{0, 1, blockSize - 1, blockSize, blockSize + 1, len(text)} {
		var before []byte
		for _, piece := range []int{1 + blockSize/3, 3 * blockSize, 999} {
			var out bytes.Buffer
			d := NewWriter(&out)
			for p := text[:n]; len(p) > 0; {
				m, err := d.Write(p[:min(piece, len(p))])
				if err != nil {
					t.Fatal(err)
				}
				p = p[m:]
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			if before != nil && !bytes.Equal(before, out.Bytes()) {
				t.Errorf("%d bytes in pieces of %d: got other bytes than before", n, piece)
			}
			before = bytes.Clone(out.Bytes())
			got, err := io.ReadAll(flate.NewReader(&out))
			if err != nil || !bytes.Equal(got, text[:n]) {
				t.Errorf("%d bytes in pieces of %d: got %d, error %v", n, piece, len(got), err)
			}
		}
	}
}
