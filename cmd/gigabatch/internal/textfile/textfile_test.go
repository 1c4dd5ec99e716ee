package textfile

import (
	"testing"

	"gigabatch/internal/io/charset"
)

// TestDecode decodes a prompt that a text editor on Windows saved.
func TestDecode(t *testing.T) {
	t.Parallel()
	const text = "Определи тональность отзыва одним словом: {{Отзыв}}\r\n"
	for _, e := range []*charset.Encoding{charset.UTF8, charset.Windows1251, charset.IBM866, charset.KOI8R} {
		raw, _, ok := e.Encode(nil, text)
		if !ok {
			t.Fatalf("%s cannot express %q", e.Name(), text)
		}
		if got, err := Decode("p.txt", raw); got != text || err != nil {
			t.Errorf("%s: got %q, error %v", e.Name(), got, err)
		}
	}
	wide := []byte{0xFF, 0xFE, 'H', 0, 'i', 0, 0x3F, 0x04}
	if got, err := Decode("p.txt", wide); got != "Hiп" || err != nil {
		t.Errorf("UTF-16: got %q, error %v", got, err)
	}
	if got, err := Decode("p.txt", []byte("\xEF\xBB\xBFhello")); got != "hello" || err != nil {
		t.Errorf("with BOM: got %q, error %v", got, err)
	}
	if _, err := Decode("p.txt", []byte("Опиши это: \x00 слово")); err == nil {
		t.Error("a NUL byte was accepted")
	}
}
