// Package charset detects the encoding of a text, and reads and writes text in that encoding.
//
// It supports UTF-8, UTF-16 and the encodings of golang.org/x/text that have no state. Any bytes can be read: invalid ones become U+FFFD,
// and their position is reported.
package charset

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"gigabatch/internal/messages"
)

// Encoding is a way to encode text as bytes. The encodings are the variables of this package, or come from Lookup, and are compared with
// ==.
type Encoding struct {
	name    string
	aliases []string          // without hyphens and the like
	big     bool              // of UTF-16: big-endian
	codec   encoding.Encoding // nil for UTF-8 and UTF-16
	page    *charmap.Charmap  // nil unless the encoding has one byte per character, and ASCII
	meaning [256]rune         // of a page's bytes; utf8.RuneError for bytes without a meaning
	text    [256]string       // the same in UTF-8
}

// The encodings that are detected.
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

// The other encodings that are recognized, but not with certainty.
var (
	iso5        = page("ISO-8859-5", charmap.ISO8859_5, "iso88595", "cp28595", "28595")
	ibm855      = page("IBM855", charmap.CodePage855, "ibm855", "cp855", "855")
	koi8u       = page("KOI8-U", charmap.KOI8U, "koi8u", "cp21866", "21866")
	windows1253 = page("windows-1253", charmap.Windows1253, "windows1253", "cp1253", "win1253", "1253")
	windows1255 = page("windows-1255", charmap.Windows1255, "windows1255", "cp1255", "win1255", "1255")
	windows1256 = page("windows-1256", charmap.Windows1256, "windows1256", "cp1256", "win1256", "1256")
	windows874  = page("windows-874", charmap.Windows874, "windows874", "cp874", "win874", "874", "tis620", "iso885911")
	shiftJIS    = codec("Shift_JIS", japanese.ShiftJIS, "shiftjis", "sjis", "cp932", "932", "ms932", "windows31j")
	eucJP       = codec("EUC-JP", japanese.EUCJP, "eucjp", "cp20932", "20932", "51932")
	gbk         = codec("GBK", simplifiedchinese.GBK, "gbk", "gb2312", "cp936", "936", "euccn")
	big5        = codec("Big5", traditionalchinese.Big5, "big5", "cp950", "950")
	eucKR       = codec("EUC-KR", korean.EUCKR, "euckr", "cp949", "949", "uhc", "ksc5601")
)

var all = []*Encoding{
	UTF8, UTF16LE, UTF16BE, Windows1251, KOI8R, IBM866, MacCyrillic, Windows1252,
	iso5, ibm855, koi8u, windows1253, windows1255, windows1256, windows874, shiftJIS, eucJP, gbk, big5, eucKR,
	page("windows-1250", charmap.Windows1250, "windows1250", "cp1250", "win1250", "1250"),
	page("windows-1254", charmap.Windows1254, "windows1254", "cp1254", "win1254", "1254"),
	page("windows-1257", charmap.Windows1257, "windows1257", "cp1257", "win1257", "1257"),
	page("windows-1258", charmap.Windows1258, "windows1258", "cp1258", "win1258", "1258"),
	page("ISO-8859-2", charmap.ISO8859_2, "iso88592", "latin2", "cp28592", "28592"),
	page("ISO-8859-3", charmap.ISO8859_3, "iso88593", "latin3", "cp28593", "28593"),
	page("ISO-8859-4", charmap.ISO8859_4, "iso88594", "latin4", "cp28594", "28594"),
	page("ISO-8859-6", charmap.ISO8859_6, "iso88596", "cp28596", "28596"),
	page("ISO-8859-7", charmap.ISO8859_7, "iso88597", "greek", "cp28597", "28597"),
	page("ISO-8859-8", charmap.ISO8859_8, "iso88598", "hebrew", "cp28598", "28598"),
	page("ISO-8859-9", charmap.ISO8859_9, "iso88599", "latin5", "cp28599", "28599"),
	page("ISO-8859-10", charmap.ISO8859_10, "iso885910", "latin6"),
	page("ISO-8859-13", charmap.ISO8859_13, "iso885913", "cp28603", "28603"),
	page("ISO-8859-14", charmap.ISO8859_14, "iso885914", "latin8"),
	page("ISO-8859-15", charmap.ISO8859_15, "iso885915", "latin9", "cp28605", "28605"),
	page("ISO-8859-16", charmap.ISO8859_16, "iso885916", "latin10"),
	page("IBM437", charmap.CodePage437, "ibm437", "cp437", "437"),
	page("IBM850", charmap.CodePage850, "ibm850", "cp850", "850"),
	page("IBM852", charmap.CodePage852, "ibm852", "cp852", "852"),
	page("IBM858", charmap.CodePage858, "ibm858", "ibm00858", "cp858", "858"),
	page("IBM860", charmap.CodePage860, "ibm860", "cp860", "860"),
	page("IBM862", charmap.CodePage862, "ibm862", "cp862", "862"),
	page("IBM863", charmap.CodePage863, "ibm863", "cp863", "863"),
	page("IBM865", charmap.CodePage865, "ibm865", "cp865", "865"),
	page("Macintosh", charmap.Macintosh, "macintosh", "macroman", "mac", "cp10000", "10000"),
	codec("IBM037", charmap.CodePage037, "ibm037", "cp037", "ebcdiccpus"),
	codec("IBM1047", charmap.CodePage1047, "ibm1047", "cp1047", "1047"),
	codec("IBM1140", charmap.CodePage1140, "ibm1140", "ibm01140", "cp1140", "1140"),
	codec("GB18030", simplifiedchinese.GB18030, "gb18030", "cp54936", "54936"),
}

func page(name string, p *charmap.Charmap, aliases ...string) *Encoding {
	e := &Encoding{name: name, aliases: aliases, codec: p, page: p}
	for i := range e.meaning {
		r := p.DecodeByte(byte(i))
		if i == 0 || r >= 0x80 && r < 0xA0 {
			r = utf8.RuneError // text never contains NUL or the control characters that fill the gaps of a page
		}
		e.meaning[i], e.text[i] = r, string(r)
	}
	return e
}

// codec returns an encoding whose characters have several bytes, or whose ASCII characters have other bytes.
func codec(name string, c encoding.Encoding, aliases ...string) *Encoding {
	return &Encoding{name: name, aliases: aliases, codec: c}
}

// Lookup returns the encoding with a name or common alias ("cp1251", "latin1"). Case and hyphens are ignored. "utf-16" is UTF16LE.
// Encodings with a state, such as ISO-2022-JP, are not found: their bytes cannot be kept.
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
	for _, find := range []func(string) (encoding.Encoding, error){ianaindex.IANA.Encoding, htmlindex.Get} {
		c, err := find(name)
		i := slices.IndexFunc(all, func(e *Encoding) bool { return c != nil && e.codec == c })
		if err == nil && i >= 0 {
			return all[i], true
		}
	}
	return nil, false
}

// Names returns the names of the encodings as a user would type them: detected has those that are detected.
func Names() (detected, others []string) {
	for i, e := range all {
		if i < 8 {
			detected = append(detected, e.typed())
		} else {
			others = append(others, e.typed())
		}
	}
	return append(detected, "utf-16", "latin1", "cp1251", "cp866", "cp1252"), others
}

// typed returns the name as a user would type it.
func (e *Encoding) typed() string { return strings.ReplaceAll(strings.ToLower(e.name), " ", "-") }

// Name returns the usual spelling of the encoding's name.
func (e *Encoding) Name() string { return e.name }

// Wide reports whether the bytes of the encoding must go through NewReader and NewWriter, because not every byte below 0x80 is a
// character of ASCII. The other methods then apply to the bytes of that reader.
func (e *Encoding) Wide() bool { return e.page == nil && e != UTF8 }

// UTF16 reports whether the encoding is UTF-16 in one of its byte orders.
func (e *Encoding) UTF16() bool { return e == UTF16LE || e == UTF16BE }

// Unicode reports whether the encoding can represent every text.
func (e *Encoding) Unicode() bool { return e.codec == nil }

// Bad returns the position of the first invalid byte of b, or -1 if all bytes are valid.
func (e *Encoding) Bad(b []byte) int {
	switch {
	case e.page == nil && e.codec != nil:
		return e.badMarked(b)
	case e.page == nil:
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

// IsPlain reports whether Decode would return b as it is.
func (e *Encoding) IsPlain(b []byte) bool { return e.page == nil && e.codec == nil && badUTF8(b) < 0 }

// Decode appends the text of b, as UTF-8, to dst. Invalid bytes become U+FFFD.
func (e *Encoding) Decode(dst, b []byte) []byte {
	switch {
	case e.page == nil && e.codec != nil:
		return e.decodeMarked(dst, b)
	case e.page == nil:
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
	if badUTF8(b) < 0 {
		return append(dst, b...)
	}
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

// Encode appends text to dst, for an encoding that is Wide as NewWriter expects it. If a character cannot be represented, Encode returns
// false and the first such character.
func (e *Encoding) Encode(dst []byte, text string) ([]byte, rune, bool) {
	if e.page == nil {
		r, ok := e.lacks(text)
		return append(dst, text...), r, !ok
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
