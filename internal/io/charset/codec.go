package charset

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// codecReader decodes a text in an encoding of several bytes per character.
type codecReader struct {
	decoding
	dec, enc   transform.Transformer
	text, back []byte // reused: decoded text, and its bytes
	slow       []byte // backs out, if the characters had to be decoded one by one
}

func newCodecReader(r io.Reader, e *Encoding) *codecReader {
	return &codecReader{decoding: newDecoding(r), dec: e.codec.NewDecoder(), enc: e.codec.NewEncoder(),
		text: make([]byte, 128<<10), back: make([]byte, 256<<10)}
}

func (r *codecReader) Read(p []byte) (int, error) { return r.read(p, r.fill) }

// fill reads more bytes and decodes them: all at once if the writer would restore them, otherwise character by character.
func (r *codecReader) fill() {
	err := r.more()
	end := errors.Is(err, io.EOF)
	if err != nil && !end {
		return
	}
	text, taken := r.decode(r.in, end)
	if text != nil {
		r.out = text
	} else {
		b := r.slow[:0]
		for n := 1; n > 0; taken += n {
			b, n = r.character(b, r.in[taken:], end)
		}
		r.slow, r.out = b, b
	}
	r.in = r.in[:copy(r.in, r.in[taken:])]
}

// decode returns the text of the complete characters that b begins with, and their length, or nil if the writer would not restore them.
func (r *codecReader) decode(b []byte, end bool) (text []byte, taken int) {
	n, taken, err := r.dec.Transform(r.text, b, end)
	if err != nil && !errors.Is(err, transform.ErrShortSrc) {
		return nil, 0
	}
	m, _, err := r.enc.Transform(r.back, r.text[:n], true)
	if err != nil || !bytes.Equal(r.back[:m], b[:taken]) {
		return nil, 0
	}
	return r.text[:n], taken
}

// maxCharacter is the length of the longest character, in GB18030.
const maxCharacter = 4

// character appends the first character of b, and returns its length, which is 0 if b does not have all of it.
func (r *codecReader) character(dst, b []byte, end bool) ([]byte, int) {
	for n := 1; n <= min(len(b), maxCharacter); n++ {
		// The character, or U+FFFD for what is none, fills the space, so that nothing after it is taken.
		_, taken, err := r.dec.Transform(r.text[:len("\uFFFD")], b[:n], end && n == len(b))
		if taken == 0 && errors.Is(err, transform.ErrShortDst) {
			_, taken, _ = r.dec.Transform(r.text[:utf8.UTFMax], b[:n], end && n == len(b))
		}
		if taken == 0 {
			continue
		}
		if text, _ := r.decode(b[:taken], true); text != nil {
			return append(dst, text...), taken
		}
		for _, c := range b[:taken] {
			dst = appendMarked(dst, c)
		}
		return dst, taken
	}
	return dst, 0
}

// decodeMarked is Decode for text from a codecReader.
func (e *Encoding) decodeMarked(dst, b []byte) []byte {
	for {
		at, n := marks(b)
		if at < 0 {
			return decodeUTF8(dst, b)
		}
		dst = decodeUTF8(dst, b[:at])
		dst = decodeUTF8(dst, e.unmarked(b[at:at+n]))
		b = b[at+n:]
	}
}

// badMarked is Bad for text from a codecReader.
func (e *Encoding) badMarked(b []byte) int {
	for from := 0; ; {
		at, n := marks(b[from:])
		if at < 0 {
			at = len(b) - from
		}
		if i := badUTF8(b[from : from+at]); i >= 0 {
			return from + i
		}
		if from += at; n == 0 {
			return -1
		}
		if bytes.ContainsAny(e.unmarked(b[from:from+n]), "\x00\uFFFD") {
			return from
		}
		from += n
	}
}

// unmarked returns the text of the bytes that marks represent.
func (e *Encoding) unmarked(b []byte) []byte {
	raw := make([]byte, 0, len(b)/3)
	for ; len(b) > 0; b = b[3:] {
		raw = append(raw, marked(b))
	}
	text, _ := e.codec.NewDecoder().Bytes(raw) // never fails: what is invalid becomes U+FFFD
	return text
}

// marks returns the position and the length of the first marks in b, or -1.
func marks(b []byte) (at, n int) {
	at = bytes.IndexByte(b, oddMark)
	if at < 0 {
		return -1, 0
	}
	for n = 0; len(b) >= at+n+3 && b[at+n] == oddMark && broken(b[at+n:]) == 3; n += 3 {
	}
	if n == 0 {
		next, m := marks(b[at+1:])
		if next < 0 {
			return -1, 0
		}
		return at + 1 + next, m
	}
	return at, n
}

// lacks returns the first character of a text that the encoding does not have.
func (e *Encoding) lacks(text string) (rune, bool) {
	if e.codec == nil {
		return 0, false
	}
	enc := e.codec.NewEncoder()
	if _, err := enc.String(text); err == nil {
		return 0, false
	}
	for _, r := range text {
		if _, err := enc.String(string(r)); err != nil {
			return r, true
		}
	}
	return 0, false
}

type codecWriter struct {
	w   io.Writer
	enc *encoding.Encoder
	buf []byte
}

func newCodecWriter(w io.Writer, e *Encoding) *codecWriter {
	return &codecWriter{w: w, enc: encoding.ReplaceUnsupported(e.codec.NewEncoder())}
}

func (w *codecWriter) Write(p []byte) (int, error) {
	b := w.buf[:0]
	for rest := p; len(rest) > 0; {
		at, n := marks(rest)
		if at < 0 {
			at = len(rest)
		}
		text, err := w.enc.Bytes(bytes.ToValidUTF8(rest[:at], []byte(string(utf8.RuneError))))
		if err != nil {
			return 0, err
		}
		b = append(b, text...)
		for ; n > 0; n -= 3 {
			b = append(b, marked(rest[at:]))
			at += 3
		}
		rest = rest[at:]
	}
	w.buf = b
	if _, err := w.w.Write(b); err != nil {
		return 0, err
	}
	return len(p), nil
}
