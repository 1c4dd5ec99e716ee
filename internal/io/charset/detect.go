package charset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// Guess is what the bytes of a text reveal about its encoding.
type Guess struct {
	Encoding *Encoding
	BOM      bool // the text begins with a byte order mark, which decodes to U+FEFF
	Damaged  bool // the text is UTF-8 with some invalid bytes
	Mixed    bool // the text is not UTF-8, but its first line with non-ASCII characters is, or most of it is
	Unsure   bool // the text is probably in an encoding that is not detected, and Encoding is only the most similar one

	Perhaps string // the encodings in which an Unsure text may be, for people; may be ""
}

// BOM is the byte order mark in UTF-8.
const BOM = "\uFEFF"

var boms = []struct {
	encoding *Encoding
	mark     []byte
}{{UTF8, []byte("\xEF\xBB\xBF")}, {UTF16LE, []byte("\xFF\xFE")}, {UTF16BE, []byte("\xFE\xFF")}}

// Detect guesses the encoding from the first bytes of a text. It looks for a byte order mark, for the zeros of UTF-16, and for UTF-8
// that is valid entirely, mostly, or in its first lines. Otherwise it compares the letters that the bytes would represent. cut reports
// that the text continues.
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

// narrow returns the guess for a text that is not UTF-16.
func narrow(text []byte, cut bool) Guess {
	text = trimCut(text, cut)
	good, bad := sequences(text)
	letters := whole(text)
	if good >= 2*bad || letters >= surely && letters*4 >= bad {
		return Guess{Encoding: UTF8, Damaged: bad > 0}
	}
	g := Guess{Encoding: likeliest(text), Mixed: good > bad || letters > 0}
	if !g.Mixed {
		var names []string
		names, g.Unsure = doubts(text, g.Encoding)
		g.Perhaps = strings.Join(names, ", ")
	}
	return g
}

// surely is a number of multibyte characters that no text in another encoding begins with.
const surely = 4

// whole counts the two-byte characters in the lines before the first line with invalid UTF-8.
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

// trimCut removes a character at the end that may be incomplete.
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

// wide returns the UTF-16 encoding whose high bytes occur in the text: nearly all of them are 0, or 4 for Cyrillic letters.
func wide(text []byte) *Encoding {
	pairs := len(text) / 2
	var high, signs [2]int
	for i, c := range text[:2*pairs] {
		if c <= 5 {
			high[i%2]++
		} else if c == 0x20 || c == 0x21 { // dashes, quotation marks and №
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

// sequences counts the multibyte characters and the bytes that are not valid UTF-8. Rare four-byte characters are not counted, because
// they may be words in IBM866.
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

// DetectReader guesses the encoding of the text that r reads. It reads the first 64 KiB. If they are plain ASCII, it continues to the
// first byte that is not, and reads 64 KiB more. It does not read beyond a line longer than 16 MiB, because nobody else will.
func DetectReader(r io.Reader) (Guess, error) {
	const maxLine = 16 << 20
	line := 0 // the length of the last line so far
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
		if line += n; bytes.IndexByte(sample[:n], '\n') >= 0 || bytes.IndexByte(sample[:n], '\r') >= 0 {
			line = 0
		}
		if end || line > maxLine {
			return Guess{Encoding: UTF8}, nil
		}
	}
}

// contextSize is the amount of plain text before the first non-ASCII byte that is used as context.
const contextSize = 32

// detectFrom guesses from a part of a text and what follows it.
func detectFrom(r io.Reader, part []byte) (Guess, error) {
	text, err := io.ReadAll(io.LimitReader(io.MultiReader(bytes.NewReader(part), r), sampleSize+contextSize))
	if err != nil {
		return Guess{}, err
	}
	return narrow(text, len(text) == sampleSize+contextSize), nil
}

// notASCII returns the position of the first non-ASCII byte, or -1.
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
