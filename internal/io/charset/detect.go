package charset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf8"
)

// Guess is what a text's bytes say about its encoding.
type Guess struct {
	Encoding *Encoding
	BOM      bool // it begins with a byte order mark, which is U+FEFF when decoded
	Damaged  bool // it is UTF-8 with some bytes that mean nothing
	Mixed    bool // it is not UTF-8, but its first line beyond ASCII is, or more of it than is not
}

// BOM is the byte order mark as UTF-8 has it.
const BOM = "\uFEFF"

var boms = []struct {
	encoding *Encoding
	mark     []byte
}{{UTF8, []byte("\xEF\xBB\xBF")}, {UTF16LE, []byte("\xFF\xFE")}, {UTF16BE, []byte("\xFE\xFF")}}

// Detect guesses the encoding from the first bytes of a text: by a byte order mark, by the zeros of UTF-16, by being valid
// UTF-8, mostly at least or in its first lines, and else by the letters that the bytes would be. cut says that the text goes on.
func Detect(text []byte, cut bool) Guess {
	for _, b := range boms {
		if bytes.HasPrefix(text, b.mark) {
			return Guess{Encoding: b.encoding, BOM: true, Damaged: b.encoding == UTF8 && badUTF8(trimCut(text, cut)) >= 0}
		}
	}
	if e := wide(text); e != nil {
		return Guess{Encoding: e}
	}
	return narrow(text, cut)
}

// narrow is the guess for a text that is not UTF-16.
func narrow(text []byte, cut bool) Guess {
	text = trimCut(text, cut)
	good, bad := sequences(text)
	letters := whole(text)
	if good >= 2*bad || letters >= surely && letters*4 >= bad {
		return Guess{Encoding: UTF8, Damaged: bad > 0}
	}
	return Guess{Encoding: likeliest(text), Mixed: good > bad || letters > 0}
}

// surely is how many characters of several bytes no text in another encoding begins with.
const surely = 4

// whole counts the characters of two bytes in the lines before the first one with a byte that is not UTF-8.
func whole(text []byte) (letters int) {
	for len(text) > 0 {
		end := bytes.IndexAny(text, "\r\n") + 1
		if end == 0 {
			end = len(text)
		}
		line := text[:end]
		text = text[end:]
		if !utf8.Valid(line) {
			break
		}
		letters += twoBytes(line)
	}
	return letters
}

func twoBytes(text []byte) (n int) {
	for _, c := range text {
		if c >= 0xC2 && c < 0xE0 {
			n++
		}
	}
	return n
}

// trimCut drops a character at the end that may have been cut.
func trimCut(text []byte, cut bool) []byte {
	for i := 1; cut && i < utf8.UTFMax && i <= len(text); i++ {
		if c := text[len(text)-i]; utf8.RuneStart(c) {
			if c >= 0xC0 && !utf8.FullRune(text[len(text)-i:]) {
				return text[:len(text)-i]
			}
			break
		}
	}
	return text
}

// wide is the UTF-16 whose high bytes stand in the text: nearly all of them zero, or four for Cyrillic letters.
func wide(text []byte) *Encoding {
	pairs := len(text) / 2
	var high, signs [2]int
	for i, c := range text[:2*pairs] {
		if c <= 5 {
			high[i%2]++
		} else if c == 0x20 || c == 0x21 { // dashes, quotes and №
			signs[i%2]++
		}
	}
	is := func(i int) bool {
		return pairs > 0 && (high[i]+signs[i])*10 >= pairs*9 && high[i]*2 > pairs && high[1-i]*2 < pairs
	}
	switch {
	case is(1):
		return UTF16LE
	case is(0):
		return UTF16BE
	}
	return nil
}

// sequences counts the characters of several bytes, and the bytes that are no UTF-8. A rare character of four bytes is none that
// counts: it may be a word in IBM866.
func sequences(text []byte) (good, bad int) {
	rare := 0
	for len(text) > 0 {
		if text[0] < utf8.RuneSelf {
			text = text[1:]
			continue
		}
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			bad++
		} else if r < 0x20000 {
			good++
		} else {
			rare++
		}
		text = text[n:]
	}
	if good == 0 {
		bad += rare
	}
	return good, bad
}

const sampleSize = 64 << 10

// DetectReader guesses the encoding of the text that r reads. It reads the first 64 KiB, and where these are plain ASCII, on to the
// first byte that is not, and 64 KiB more.
func DetectReader(r io.Reader) (Guess, error) {
	sample := make([]byte, sampleSize)
	for first := true; ; first = false {
		n, err := io.ReadFull(r, sample)
		end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !end {
			return Guess{}, err
		}
		at := notASCII(sample[:n])
		if first && (at >= 0 || wide(sample[:n]) != nil) {
			return Detect(sample[:n], !end), nil
		}
		if at >= 0 {
			return detectFrom(r, sample[max(0, at-contextSize):n])
		}
		if end {
			return Guess{Encoding: UTF8}, nil
		}
	}
}

// contextSize is how much plain text before the first other byte helps to judge it.
const contextSize = 32

// detectFrom guesses from a text's part and what follows it.
func detectFrom(r io.Reader, part []byte) (Guess, error) {
	text, err := io.ReadAll(io.LimitReader(io.MultiReader(bytes.NewReader(part), r), sampleSize+contextSize))
	if err != nil {
		return Guess{}, err
	}
	return narrow(text, len(text) == sampleSize+contextSize), nil
}

// notASCII is the position of the first byte beyond ASCII, -1 if there is none.
func notASCII(b []byte) int {
	i := 0
	for ; i+8 <= len(b) && binary.LittleEndian.Uint64(b[i:])&0x8080808080808080 == 0; i += 8 {
	}
	for ; i < len(b); i++ {
		if b[i] >= utf8.RuneSelf {
			return i
		}
	}
	return -1
}
