package sandbox

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// shownRunes is how many characters of a prompt an answer repeats.
const shownRunes = 60

// Answer returns the completion for a prompt, the text of the last user message, if no option or fault changes it. It repeats the beginning
// of the prompt for people and contains a hash of the whole prompt for programs, so different prompts have different answers.
func Answer(prompt string) string { return string(appendAnswer(nil, prompt, hashOf([]byte(prompt)))) }

func appendAnswer(b []byte, prompt string, h hash) []byte {
	b = append(b, "This is the sandbox, no model was asked. The prompt was “"...)
	b = appendShort(b, prompt)
	b = append(b, "” ["...)
	b = hex.AppendEncode(b, h[:8])
	return append(b, ']')
}

// appendShort appends the first shownRunes of prompt on one line.
func appendShort(b []byte, prompt string) []byte {
	space, n := false, 0
	for _, r := range prompt {
		if r <= ' ' {
			space = n > 0
			continue
		}
		if n >= shownRunes {
			return append(b, "…"...)
		}
		if space {
			b, space, n = append(b, ' '), false, n+1
		}
		b, n = utf8.AppendRune(b, r), n+1
	}
	return b
}

// filler is the text that pads answers. It is as long as a long answer, so one copy is usually enough.
var filler = "\n" + strings.Repeat("Песочница отвечает длинно, потому что её об этом попросили. "+
	"The answer goes on for as long as it was told to.\n", 40)

// fill appends filler until b has n bytes, without cutting a character.
func fill(b []byte, n int) []byte {
	for len(b) < n {
		b = append(b, filler[:min(len(filler), n-len(b))]...)
	}
	for {
		if r, size := utf8.DecodeLastRune(b); r != utf8.RuneError || size != 1 {
			break
		}
		b = b[:len(b)-1]
	}
	for len(b) < n {
		b = append(b, '.')
	}
	return b
}

// apology is the whole answer to a prompt that moderation blocked.
const apology = "Генеративные языковые модели не обладают собственным мнением — их ответы являются обобщением информации, " +
	"находящейся в открытом доступе. Чтобы избежать ошибок и неправильного толкования, разговоры на чувствительные темы " +
	"могут быть ограничены."

// tokensOf returns how many tokens n characters count as, at 3.5 characters a token.
func tokensOf(characters int) int { return (characters*2 + 6) / 7 }

// firstRunes returns the first n characters of s.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
