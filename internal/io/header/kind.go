package header

import (
	"regexp"
	"strconv"
	"strings"
)

// cellKind is the kind of content of a cell, as far as it helps to distinguish a header from data.
type cellKind int

const (
	blankKind cellKind = iota
	wordKind
	yearKind // a number that can also be the name of a column
	numberKind
	dateKind
)

// value reports whether a cell of this kind cannot be a name.
func (k cellKind) value() bool { return k == numberKind || k == dateKind }

// is reports whether the cell is of this kind. Years also count as numbers.
func (k cellKind) is(cell string) bool {
	got := cellKindOf(cell)
	return got == k || k == numberKind && got == yearKind
}

// IsValue reports whether the cell is a number or a date.
func IsValue(cell string) bool {
	k := cellKindOf(cell)
	return k.value() || k == yearKind
}

var (
	datePattern = regexp.MustCompile(`^(\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})|\d{4}[./-]\d{1,2}[./-]\d{1,2})([ T]\d{1,2}:\d{2}(:\d{2})?\S*)?$`)
	yearPattern = regexp.MustCompile(`^(19|20)\d\d$`)
)

const maxValue = 40 // the maximum length of a number or date, in bytes

func cellKindOf(cell string) cellKind {
	cell = strings.TrimSpace(cell)
	switch {
	case cell == "":
		return blankKind
	case len(cell) > maxValue || cell[0] > '9':
		return wordKind
	case yearPattern.MatchString(cell):
		return yearKind
	case PlainNumber(cell):
		return numberKind
	case datePattern.MatchString(cell):
		return dateKind
	}
	return wordKind
}

var (
	numberPattern = regexp.MustCompile(`^[+-]?(\d+|\d{1,3}([ ,.]\d{3})+)([.,]\d+)?([eE][+-]?\d+)?( ?%)?$`)
	noBreakSpaces = strings.NewReplacer("\u00A0", " ", "\u202F", " ", "\u2009", " ")
)

// PlainNumber reports whether the text is a number as people write it: -5, +7.5, -3,14, 12 345,67 or -5 %.
func PlainNumber(text string) bool {
	return len(text) <= 2*maxValue && numberPattern.MatchString(noBreakSpaces.Replace(text))
}

// numberOf returns the value of a plain number, accurate enough to compare steps.
func numberOf(cell string) float64 {
	f, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(cell), ",", "."), 64)
	if err != nil {
		return 0
	}
	return f
}

// bareEnd returns the text without the quotation marks and brackets that may follow its last punctuation mark.
func bareEnd(text string) string { return strings.TrimRight(text, " \t\r\n\"'»”)") }

// isSentence reports whether the text has several words and ends like a sentence.
func isSentence(text string) bool {
	end := bareEnd(text)
	return strings.ContainsAny(strings.TrimSpace(end), " \u00A0") && (strings.HasSuffix(end, "…") || end != "" &&
		strings.ContainsAny(end[len(end)-1:], ".?!"))
}

// sentenceMark returns the kind of punctuation that ends the text. A full stop and an ellipsis are the same kind.
func sentenceMark(text string) byte {
	end := bareEnd(text)
	switch {
	case strings.HasSuffix(end, "?"):
		return '?'
	case strings.HasSuffix(end, "!"):
		return '!'
	}
	return '.'
}

// isWord reports whether the text is one word without punctuation at its end.
func isWord(text string) bool {
	return cellKindOf(text) == wordKind && len(strings.Fields(text)) == 1 && !strings.ContainsAny(text, ".?!…")
}
