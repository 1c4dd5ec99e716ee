package charset

import (
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// oddMark begins the three bytes that represent a byte of the source that is not (part of) a character, or that a writer would write
// differently.
const oddMark = 0xFF

func appendMarked(b []byte, c byte) []byte { return append(b, oddMark, 0x80|c>>4, 0x80|c&15) }

func marked(b []byte) byte { return b[1]<<4 | b[2]&15 }

// NewReader reads a Wide encoding as UTF-8. In UTF-16, a lone surrogate becomes its three-byte form (WTF-8), and an odd last byte becomes
// three bytes that are not UTF-8, so that NewWriter restores every byte. So does every byte of another encoding that could not be restored.
// A byte order mark is an ordinary character. For encodings that are not Wide, NewReader returns r.
func NewReader(r io.Reader, e *Encoding) io.Reader {
	switch {
	case !e.Wide():
		return r
	case e.codec != nil:
		return newCodecReader(r, e)
	}
	return &reader{decoding: newDecoding(r), big: e.big}
}

// Half returns the position, at the end of a text from NewReader, of the three bytes that represent an odd last byte, or -1.
func Half(text []byte) int {
	if n := len(text) - 3; n >= 0 && text[n] == oddMark && broken(text[n:]) == 3 {
		return n
	}
	return -1
}

// decoding is a stream on its way from bytes to text.
type decoding struct {
	r   io.Reader
	in  []byte // bytes not decoded yet
	out []byte // text not read yet
	err error
}

func newDecoding(r io.Reader) decoding { return decoding{r: r, in: make([]byte, 0, 32<<10)} }

// read reads text, which fill decodes from further bytes when there is none.
func (d *decoding) read(p []byte, fill func()) (int, error) {
	for len(d.out) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		fill()
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

// more reads more bytes.
func (d *decoding) more() error {
	n, err := d.r.Read(d.in[len(d.in):cap(d.in)])
	d.in, d.err = d.in[:len(d.in)+n], err
	return err
}

type reader struct {
	decoding
	big bool
	buf []byte // backs out
}

func (r *reader) Read(p []byte) (int, error) { return r.read(p, r.fill) }

// fill reads more bytes and decodes them.
func (r *reader) fill() {
	err := r.more()
	b := r.buf[:0]
	at := 0
	for len(r.in)-at >= 2 {
		c := r.unit(at)
		low := rune(-1)
		if utf16.IsSurrogate(c) && c < 0xDC00 {
			if len(r.in)-at < 4 && err == nil {
				break
			}
			if len(r.in)-at >= 4 {
				low = r.unit(at + 2)
			}
		}
		if pair := utf16.DecodeRune(c, low); pair != utf8.RuneError {
			b, at = utf8.AppendRune(b, pair), at+4
			continue
		}
		b, at = appendUnit(b, c), at+2
	}
	if rest := r.in[at:]; errors.Is(err, io.EOF) && len(rest) == 1 {
		b, at = appendMarked(b, rest[0]), at+1
	}
	r.in = r.in[:copy(r.in, r.in[at:])]
	r.buf, r.out = b, b
}

func (r *reader) unit(i int) rune {
	if r.big {
		return rune(r.in[i])<<8 | rune(r.in[i+1])
	}
	return rune(r.in[i+1])<<8 | rune(r.in[i])
}

// appendUnit is utf8.AppendRune that also accepts surrogates.
func appendUnit(b []byte, c rune) []byte {
	if utf16.IsSurrogate(c) {
		return append(b, 0xE0|byte(c>>12), 0x80|byte(c>>6)&0x3F, 0x80|byte(c)&0x3F)
	}
	return utf8.AppendRune(b, c)
}

// NewWriter writes text from NewReader, and any other UTF-8, in a Wide encoding. Anything else becomes U+FFFD, or what the encoding has
// for it. A character must not be split between two calls of Write. For encodings that are not Wide, NewWriter returns w.
func NewWriter(w io.Writer, e *Encoding) io.Writer {
	switch {
	case !e.Wide():
		return w
	case e.codec != nil:
		return newCodecWriter(w, e)
	}
	return &writer{w: w, big: e.big}
}

type writer struct {
	w   io.Writer
	big bool
	buf []byte
}

func (w *writer) Write(p []byte) (int, error) {
	b := w.buf[:0]
	for i := 0; i < len(p); {
		r, n := utf8.DecodeRune(p[i:])
		if r == utf8.RuneError && n == 1 {
			b, n = w.appendBroken(b, p[i:])
		} else if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
			b = w.append(w.append(b, hi), lo)
		} else {
			b = w.append(b, r)
		}
		i += n
	}
	w.buf = b
	if _, err := w.w.Write(b); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *writer) append(b []byte, c rune) []byte {
	if w.big {
		return append(b, byte(c>>8), byte(c))
	}
	return append(b, byte(c), byte(c>>8))
}

// appendBroken appends the damaged character that p begins with, and returns its length.
func (w *writer) appendBroken(b, p []byte) ([]byte, int) {
	n := broken(p)
	switch {
	case n == 3 && p[0] == oddMark:
		return append(b, marked(p)), n
	case n == 3:
		return w.append(b, 0xD000|rune(p[1]&0x3F)<<6|rune(p[2]&0x3F)), n
	}
	return w.append(b, utf8.RuneError), n
}
