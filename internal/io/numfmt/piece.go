package numfmt

import (
	"strings"
	"unicode/utf8"
)

// piece is a part of a section that is shown as a unit.
type piece struct {
	kind pieceKind
	text string // as it is shown; for placeholders, as it is written in the code
}

type pieceKind uint8

const (
	literalPiece pieceKind = iota
	figurePiece            // a digit from 1 to 9: a literal except below a fraction bar
	digitPiece             // 0, # or ?
	pointPiece             // before decimals
	commaPiece             // between digits
	percentPiece
	exponentPiece // E+ or E-
	slashPiece
	generalPiece
	textPiece // @
	datePiece // y, m, d, h, s, in lower case
	minutePiece
	elapsedPiece // h, m or s, in lower case
	halfPiece    // AM/PM or A/P
	subPiece     // decimals of seconds, ".00"
	foreignPiece // a letter of a calendar that this package does not support
)

type pieces []piece

func (ps pieces) has(kind pieceKind) bool {
	for _, p := range ps {
		if p.kind == kind {
			return true
		}
	}
	return false
}

// fractionSlash returns the position of the slash between digits, or 0.
func (ps pieces) fractionSlash() int {
	for i, p := range ps {
		if p.kind == slashPiece && i > 0 && i+1 < len(ps) && ps[i-1].kind == digitPiece {
			if next := ps[i+1].kind; next == digitPiece || next == figurePiece {
				return i
			}
		}
	}
	return 0
}

// literals returns what the pieces show for any number.
func (ps pieces) literals(general string) string {
	var b strings.Builder
	for _, p := range ps {
		if p.kind == generalPiece {
			b.WriteString(general)
		} else {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// lexPieces splits the code of a section into pieces and applies the settings in brackets.
func (s *section) lexPieces(code string) {
	for i := 0; i < len(code); {
		n := s.lexPiece(code[i:])
		i += max(n, 1)
	}
}

// lexPiece returns the length of the first piece in bytes.
func (s *section) lexPiece(code string) int {
	c := code[0]
	switch c {
	case '"':
		end := closing(code, 0, '"')
		s.add(literalPiece, code[1:end])
		return end + 1
	case '[':
		end := closing(code, 0, ']')
		s.bracket(code[1:end])
		return end + 1
	case '\\', '_', '*':
		return s.escaped(c, code[1:])
	}
	if kind, ok := marks[c]; ok {
		s.add(kind, code[:1])
		return 1
	}
	if c < utf8.RuneSelf {
		return s.letter(code)
	}
	_, n := utf8.DecodeRuneInString(code)
	s.add(literalPiece, code[:n])
	return n
}

var marks = map[byte]pieceKind{
	'0': digitPiece, '#': digitPiece, '?': digitPiece, '.': pointPiece, ',': commaPiece, '%': percentPiece, '/': slashPiece,
	'@': textPiece,
	'1': figurePiece, '2': figurePiece, '3': figurePiece, '4': figurePiece, '5': figurePiece,
	'6': figurePiece, '7': figurePiece, '8': figurePiece,
	'9': figurePiece,
}

// escaped adds the character itself, a space as wide as it, or nothing for a fill character.
func (s *section) escaped(mark byte, rest string) int {
	_, n := utf8.DecodeRuneInString(rest)
	switch {
	case mark == '\\':
		s.add(literalPiece, rest[:n])
	case mark == '_' && n > 0:
		s.add(literalPiece, " ")
	}
	return 1 + n
}

func (s *section) letter(code string) int {
	for word, kind := range words {
		if len(code) >= len(word) && strings.EqualFold(code[:len(word)], word) {
			s.add(kind, code[:len(word)])
			return len(word)
		}
	}
	c := code[0] | 0x20
	switch n := run(code); c {
	case 'y', 'm', 'd', 'h', 's':
		s.add(datePiece, strings.ToLower(code[:n]))
		return n
	case 'e', 'g', 'b', 'a':
		s.add(foreignPiece, code[:n])
		return n
	}
	s.add(literalPiece, code[:1])
	return 1
}

// words begin with different letters, or have the same kind.
var words = map[string]pieceKind{"General": generalPiece, "AM/PM": halfPiece, "A/P": halfPiece, "E+": exponentPiece, "E-": exponentPiece}

// run returns how often the first letter is repeated.
func run(code string) int {
	n := 1
	for n < len(code) && code[n]|0x20 == code[0]|0x20 {
		n++
	}
	return n
}

// bracket interprets the content of brackets: a condition, a currency, a language, a duration, or something that is not shown.
func (s *section) bracket(inner string) {
	lower := strings.ToLower(inner)
	switch {
	case strings.HasPrefix(inner, "$"):
		sign, place, _ := strings.Cut(inner[1:], "-")
		s.add(literalPiece, sign)
		if s.place == "" {
			s.place = strings.ToLower(place)
		}
	case inner != "" && strings.Contains("hms", lower[:1]) && strings.Trim(lower, lower[:1]) == "":
		s.add(elapsedPiece, lower)
	default:
		if c := parseCondition(inner); c != nil {
			s.when = c
		}
	}
}

func (s *section) add(kind pieceKind, text string) {
	if text != "" {
		s.pieces = append(s.pieces, piece{kind, text})
	}
}
