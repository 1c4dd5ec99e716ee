// Package charset detects the encoding of a text, and reads and writes text in that encoding.
//
// It supports UTF-8, UTF-16 and the single-byte encodings in which Russian and Western European texts occur. Any bytes can be read:
// invalid ones become U+FFFD, and their position is reported.
package charset

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"gigabatch/internal/messages"
)

// Encoding is a way to encode text as bytes. The encodings are the variables of this package and are compared with ==.
type Encoding struct {
	name    string
	aliases []string
	big     bool             // of UTF-16: big-endian
	page    *charmap.Charmap // nil for UTF-8 and UTF-16
	meaning [256]rune        // of a page's bytes; utf8.RuneError for bytes without a meaning
	text    [256]string      // the same in UTF-8
}

// The supported encodings.
var (
	UTF8        = &Encoding{name: "UTF-8", aliases: []string{"utf8", "utf8bom", "utf8sig", "65001", "cp65001", "unicode"}}
	UTF16LE     = &Encoding{name: "UTF-16 LE", aliases: []string{"utf16le", "utf16", "ucs2", "ucs2le", "1200"}}
	UTF16BE     = &Encoding{name: "UTF-16 BE", aliases: []string{"utf16be", "ucs2be", "1201"}, big: true}
	Windows1251 = page("windows-1251", charmap.Windows1251, "windows1251", "cp1251", "win1251", "1251", "ansi1251", "xcp1251")
	KOI8R       = page("KOI8-R", charmap.KOI8R, "koi8r", "koi8", "cp20866", "20866")
	IBM866      = page("IBM866", charmap.CodePage866, "ibm866", "cp866", "866", "dos", "dos866", "csibm866", "oem866")
	MacCyrillic = page("Mac Cyrillic", charmap.MacintoshCyrillic, "maccyrillic", "xmaccyrillic", "macintoshcyrillic", "cp10007", "10007")
	Windows1252 = page("windows-1252", charmap.Windows1252, "windows1252", "cp1252", "win1252", "1252", "latin1", "iso88591", "l1", "ansi1252")
)

var all = []*Encoding{UTF8, UTF16LE, UTF16BE, Windows1251, KOI8R, IBM866, MacCyrillic, Windows1252}

func page(name string, p *charmap.Charmap, aliases ...string) *Encoding {
	e := &Encoding{name: name, aliases: aliases, page: p}
	for i := range e.meaning {
		r := p.DecodeByte(byte(i))
		if i == 0 || r >= 0x80 && r < 0xA0 {
			r = utf8.RuneError // text never contains NUL or the control characters that fill the gaps of a page
		}
		e.meaning[i], e.text[i] = r, string(r)
	}
	return e
}

// Lookup returns the encoding with a name or common alias ("cp1251", "latin1"). Case and hyphens are ignored. "utf-16" is UTF16LE.
func Lookup(name string) (*Encoding, bool) {
	bare := strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_ .:", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
	for _, e := range all {
		if slices.Contains(e.aliases, bare) {
			return e, true
		}
	}
	return nil, false
}

// Names returns the names of the encodings as a user would type them.
func Names() []string {
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = strings.ReplaceAll(strings.ToLower(e.name), " ", "-")
	}
	return append(names, "utf-16", "latin1", "cp1251", "cp866", "cp1252")
}

// Name returns the usual spelling of the encoding's name.
func (e *Encoding) Name() string { return e.name }

// Wide reports whether the encoding is UTF-16. Its bytes must go through NewReader and NewWriter; the other methods then apply to the
// bytes of that reader.
func (e *Encoding) Wide() bool { return e == UTF16LE || e == UTF16BE }

// Unicode reports whether the encoding can represent every text.
func (e *Encoding) Unicode() bool { return e.page == nil }

// Bad returns the position of the first invalid byte of b, or -1 if all bytes are valid.
func (e *Encoding) Bad(b []byte) int {
	if e.page == nil {
		return badUTF8(b)
	}
	for i, c := range b {
		if e.meaning[c] == utf8.RuneError {
			return i
		}
	}
	return -1
}

func badUTF8(b []byte) int {
	if utf8.Valid(b) {
		return bytes.IndexByte(b, 0)
	}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if b[i] == 0 || r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// Decode appends the text of b, as UTF-8, to dst. Invalid bytes become U+FFFD.
func (e *Encoding) Decode(dst, b []byte) []byte {
	if e.page == nil {
		return decodeUTF8(dst, b)
	}
	dst = slices.Grow(dst, 2*len(b))
	for _, c := range b {
		if c < utf8.RuneSelf && c != 0 {
			dst = append(dst, c)
		} else {
			dst = append(dst, e.text[c]...)
		}
	}
	return dst
}

func decodeUTF8(dst, b []byte) []byte {
	for {
		part, rest, nul := bytes.Cut(b, []byte{0})
		for i := badUTF8(part); i >= 0; i = badUTF8(part) {
			dst = append(append(dst, part[:i]...), "\uFFFD"...)
			part = part[i+broken(part[i:]):]
		}
		dst = append(dst, part...)
		if !nul {
			return dst
		}
		dst = append(dst, "\uFFFD"...)
		b = rest
	}
}

// broken returns the number of bytes that represent one damaged character: a surrogate or the last byte as NewReader writes them, or a
// single byte.
func broken(b []byte) int {
	if len(b) >= 3 && (b[0] == 0xED && b[1]&0xE0 == 0xA0 || b[0] == oddMark) && isTail(b[1]) && isTail(b[2]) {
		return 3
	}
	return 1
}

func isTail(c byte) bool { return c&0xC0 == 0x80 }

// Encode appends text to dst. If a character cannot be represented, Encode returns false and the first such character.
func (e *Encoding) Encode(dst []byte, text string) ([]byte, rune, bool) {
	if e.page == nil {
		return append(dst, text...), 0, true
	}
	for _, r := range text {
		if r < utf8.RuneSelf {
			dst = append(dst, byte(r))
			continue
		}
		c, ok := e.page.EncodeRune(r)
		if !ok || e.meaning[c] != r {
			return dst, r, false
		}
		dst = append(dst, c)
	}
	return dst, 0, true
}

// Damage describes a text that has the invalid byte c at the position that Bad returned. column is the number of that character on its
// line.
func (e *Encoding) Damage(c byte, column int) messages.Text {
	switch {
	case c == 0:
		return messages.Sprintf("NUL byte at character %d, read as \uFFFD", column)
	case e.Wide():
		return messages.Sprintf("incomplete character at character %d, read as \uFFFD", column)
	}
	return messages.Sprintf("byte 0x%02X at character %d is not valid %s, read as \uFFFD", c, column, e.Name())
}
