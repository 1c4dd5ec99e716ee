package charset

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// doubts reports whether a text, whose likeliest encoding is best, probably is in one that is not detected, and returns the names of those
// that it may be in. The first and the last words of a text may be cut.
func doubts(text []byte, best *Encoding) (names []string, unsure bool) {
	high := 0
	for _, c := range text {
		if c >= utf8.RuneSelf {
			high++
		}
	}
	if high < 4 {
		return nil, false
	}
	score := best.score(text)
	mean, slack := score/float64(high), 6/math.Sqrt(float64(high))
	if mean > -3.7 && best != Windows1252 {
		return nil, false // as usual
	}
	inside := 1
	if best == Windows1252 {
		names, inside = otherLatin(text, high)
	} else {
		names = otherAlphabet(text, best, score, high)
	}
	if mean < -5 && (names == nil || high >= 16) {
		if wide := ideographic(text); wide != nil {
			names = wide
		}
	}
	return names, names != nil || inside > 0 && mean < -5-slack
}

// otherAlphabet returns the name of another encoding with Cyrillic letters in which a text looks far more like Russian, or the names of
// those with other letters.
func otherAlphabet(text []byte, best *Encoding, score float64, high int) []string {
	for _, e := range []*Encoding{koi8u, iso5, ibm855} {
		if better := e.score(text) - score; better > 10 && (e == koi8u && best == KOI8R || better > float64(high)) {
			return []string{e.typed()}
		}
	}
	between := 0 // letters of Latin words, which no text in Cyrillic has there
	for i := 1; i+1 < len(text); i++ {
		c := text[i]
		if c >= utf8.RuneSelf && unicode.IsLetter(best.meaning[c]) && isASCIILetter(rune(text[i-1])) && isASCIILetter(rune(text[i+1])) {
			between++
		}
	}
	if between >= 2 && between*4 >= high {
		return []string{"windows-1250", "iso-8859-2", "windows-1252"}
	}
	for _, s := range scripts {
		if score < s.mean*float64(high) && high >= 12 && scriptLetters(text, s.encoding, s.letters)*100 >= 97*high {
			return []string{s.encoding.typed()}
		}
	}
	return nil
}

// scripts are the encodings of other alphabets, with the score per byte that no text in Cyrillic falls below.
var scripts = []struct {
	encoding *Encoding
	letters  *unicode.RangeTable
	mean     float64
}{
	{windows1256, unicode.Arabic, -4.8}, {windows1255, unicode.Hebrew, -4.4},
	{windows1253, unicode.Greek, -4.9}, {windows874, unicode.Thai, -5.6},
}

// scriptLetters counts the non-ASCII bytes that are letters of a script, or signs among them that occur in all of them.
func scriptLetters(text []byte, e *Encoding, letters *unicode.RangeTable) int {
	all, signs := 0, 0
	for _, c := range text {
		switch r := e.meaning[c]; {
		case c < utf8.RuneSelf:
		case unicode.Is(letters, r):
			all++
		case strings.ContainsRune("«»–—’“”…\u00A0\u200C\u200D\u200E\u200F،؛؟", r):
			signs++
		}
	}
	if signs > all {
		return all
	}
	return all + signs
}

// ideographic returns the names of the encodings of Chinese, Japanese and Korean in which all of a text is valid, and most of it common.
func ideographic(text []byte) (names []string) {
	for _, c := range []struct {
		encoding *Encoding
		common   func(r rune, lead byte) bool
		least    float64
	}{
		{shiftJIS, kana, 0.3},
		{eucJP, kana, 0.3},
		{eucKR, func(r rune, lead byte) bool { return lead >= 0xB0 && lead <= 0xC8 && unicode.Is(unicode.Hangul, r) }, 0.9},
		{gbk, func(r rune, lead byte) bool { return lead >= 0xB0 && lead <= 0xD7 && unicode.Is(unicode.Han, r) }, 0.6},
		{big5, func(r rune, lead byte) bool { return lead >= 0xA4 && lead <= 0xC6 && unicode.Is(unicode.Han, r) }, 0.6},
	} {
		all, common, broken, ascii := 0, 0, 0, 0
		dec := c.encoding.codec.NewDecoder()
		var b [2 * utf8.UTFMax]byte
		for i := 0; i < len(text); {
			if text[i] < utf8.RuneSelf {
				i++
				continue
			}
			n := min(2, len(text)-i)
			dec.Reset()
			m, taken, _ := dec.Transform(b[:], text[i:i+n], true)
			r, _ := utf8.DecodeRune(b[:m])
			if all++; r == utf8.RuneError {
				broken++
			} else if c.common(r, text[i]) {
				common++
			}
			if n == 2 && text[i+1] < utf8.RuneSelf {
				ascii++ // in Latin text, what follows nearly always is
			}
			i += max(1, taken)
		}
		if c.encoding != shiftJIS && ascii*10 > all*6 {
			continue
		}
		if all >= 3 && broken <= all/100+1 && float64(common) >= c.least*float64(all) {
			names = append(names, c.encoding.typed())
		}
	}
	return names
}

func kana(r rune, _ byte) bool {
	return unicode.In(r, unicode.Hiragana, unicode.Katakana) && r < 0xFF00
}

// otherLatin returns the names of other encodings with Latin letters if a text shows in windows-1252 what words in its languages do not
// have: signs inside words, or letters that do not go together. It also returns the number of these signs.
func otherLatin(text []byte, high int) (names []string, inside int) {
	var count [256]int
	control := 0
	for i, c := range text {
		count[c]++
		if c < utf8.RuneSelf || i == 0 || i+1 == len(text) {
			continue
		}
		before, r, after := Windows1252.meaning[text[i-1]], Windows1252.meaning[c], Windows1252.meaning[text[i+1]]
		if unicode.IsLetter(before) && unicode.IsLetter(after) && !unicode.IsLetter(r) && !strings.ContainsRune("’·-\u00AD", r) {
			if inside++; c < 0xA0 {
				control++
			}
		}
	}
	of := func(letters string) (n int) {
		b, _, _ := Windows1252.Encode(nil, letters)
		for _, c := range b {
			n += count[c]
		}
		return n
	}
	switch many := func(n int) bool { return n >= 3 && n*20 >= high }; {
	case inside >= 2 && inside*20 >= high && control*2 > inside:
		return []string{"cp850", "cp437", "cp852", "macintosh"}, inside
	case inside >= 2 && inside*20 >= high:
		return []string{"windows-1250", "iso-8859-2"}, inside
	case (of("ì") > 0 && of("ø") > 0 || many(of("è")) && of("šž") > 0) && of("åàêçñ") == 0:
		return []string{"windows-1250"}, inside // Czech, Slovak, Croatian, Slovene
	case many(of("ðþý")) && of("íóú") == 0:
		return []string{"windows-1254", "windows-1257"}, inside
	case of("õû") >= 3 && of("áíóé") > 0 && of("öüúí") > 0 && of("ãçàèä") == 0:
		return []string{"windows-1250"}, inside // Hungarian
	}
	return nil, inside
}
