package charset

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// likeliest returns the single-byte encoding in which the text looks most like Russian, or else like another language with Latin
// letters. Of encodings that give the same text, it returns the first.
func likeliest(text []byte) *Encoding {
	var best *Encoding
	most := math.Inf(-1)
	for _, c := range []struct {
		encoding *Encoding
		rarity   float64
	}{{Windows1251, 0}, {KOI8R, 2}, {IBM866, 1.5}, {MacCyrillic, 2.5}, {Windows1252, 1}} {
		if s := c.encoding.score(text) - c.rarity; s > most {
			best, most = c.encoding, s
		}
	}
	return best
}

// score returns how likely the text is in this encoding: the logarithm of a probability, up to a constant. Only non-ASCII bytes count,
// each with the characters before and after it.
func (e *Encoding) score(text []byte) float64 {
	sum, before := 0.0, ' '
	for i, c := range text {
		r := e.meaning[c]
		if c >= 0x80 {
			after := ' '
			if i+1 < len(text) {
				after = e.meaning[text[i+1]]
			}
			sum += likelihood(before, r, after)
		}
		before = r
	}
	return sum
}

func likelihood(before, r, after rune) float64 {
	lower := unicode.ToLower(r)
	switch {
	case lower >= 'а' && lower <= 'я' || lower == 'ё':
		return letterScore[lower] + caseScore(before, r, after) + neighbourScore(before, lower, after)
	case unicode.Is(unicode.Cyrillic, r):
		score := -11.0
		if strings.ContainsRune("іїєґўІЇЄҐЎ", r) {
			score = -6
		}
		return score + caseScore(before, r, after)
	case unicode.Is(unicode.Latin, r):
		return latinScore(before, r, after)
	}
	return signScore(before, r, after)
}

// signScore rates signs: few occur directly before a letter, and none before a lower-case letter in the middle of a text.
func signScore(before, r, after rune) float64 {
	score := -10.0 // box-drawing characters
	switch {
	case strings.ContainsRune("№«»—–…“”„’\u00A0€£", r):
		score = -5.3
	case strings.ContainsRune("‘‹›°§±©®•™²³µ·½¥", r):
		score = -6.5
	}
	if !unicode.IsLetter(before) && unicode.IsLower(after) && !strings.ContainsRune("«“„", r) {
		score -= 7
	}
	return score
}

// caseScore rates capitals: they begin words or follow each other.
func caseScore(before, r, after rune) float64 {
	switch {
	case !unicode.IsUpper(r):
		if unicode.IsUpper(before) && unicode.IsUpper(after) {
			return -8
		}
		return 0
	case unicode.IsLower(before):
		return -8
	case unicode.IsUpper(before):
		return -0.5
	}
	return -2.3
}

// neighbourScore rates neighbours: vowels and consonants alternate, Russian words do not mix in Latin letters, and the signs ъ, ь and
// the letter ы follow a consonant.
func neighbourScore(before, r, after rune) float64 {
	score, prev := 0.0, unicode.ToLower(before)
	switch {
	case isASCIILetter(before) || isASCIILetter(after):
		score -= 4
	case unicode.IsDigit(before) || unicode.IsDigit(after):
		score -= 1.5
	case unicode.Is(unicode.Cyrillic, prev) && vowel(r) == vowel(prev):
		score -= 1.4
	}
	if strings.ContainsRune("ьъы", r) && (!unicode.Is(unicode.Cyrillic, prev) || vowel(prev) || strings.ContainsRune("ьъй", prev)) {
		score -= 5
	}
	return score
}

// latinScore rates Latin letters: those with diacritics occur among plain ones.
func latinScore(before, r, after rune) float64 {
	score := -5.5
	if strings.ContainsRune("éèêëàâäáãåçíîïñóôöõøúùûüßæœÉÖÜÄ", r) {
		score = -3.5
	}
	switch {
	case unicode.IsUpper(r) && unicode.IsLower(before):
		score -= 5
	case unicode.IsLetter(before) && before >= 0x80 || unicode.IsLetter(after) && after >= 0x80:
		score -= 3
	case !isASCIILetter(before) && !isASCIILetter(after):
		score -= 2
	}
	return score
}

func isASCIILetter(r rune) bool { return r < 0x80 && unicode.IsLetter(r) }

func vowel(r rune) bool { return slices.Contains([]rune("аеёиоуыэюя"), r) }

// letterScore maps each Russian letter to the logarithm of its frequency.
var letterScore = func() map[rune]float64 {
	scores := map[rune]float64{}
	for i, perMille := range []float64{
		80, 16, 45, 17, 30, 85, 9.4, 16.5, 73.5, 12, 35, 44, 32, 67, 110, 28,
		47, 55, 63, 26, 2.6, 9.7, 4.8, 14.4, 7.3, 3.6, 0.4, 19, 17.4, 3.2, 6.4, 20,
	} {
		scores['а'+rune(i)] = math.Log(perMille / 1000)
	}
	scores['ё'] = math.Log(0.002)
	return scores
}()
