package messages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"unicode"

	"gigabatch/internal/messages/russian"
)

// Text is a message: a format and its arguments. The zero Text is empty.
type Text struct {
	format string
	args   []any
}

// Sprintf makes a Text of a format and its arguments, which must not change afterwards. Only bytes are copied: they are often those of a
// buffer.
func Sprintf(format string, args ...any) Text {
	if false {
		_ = fmt.Sprintf(format, args...) // makes go vet check the formats of the callers
	}
	return Text{format, kept(args)}
}

// kept returns the arguments with copies of those that are bytes.
func kept(args []any) []any {
	var own []any
	for i, arg := range args {
		switch b := arg.(type) {
		case []byte:
			arg = bytes.Clone(b)
		case json.RawMessage:
			arg = bytes.Clone(b)
		default:
			continue
		}
		if own == nil {
			own = slices.Clone(args)
		}
		own[i] = arg
	}
	if own == nil {
		return args
	}
	return own
}

// Help makes a Text of a text of the help.
func Help(english string) Text { return Text{format: english} }

// HelpTexts returns the English texts of the help that have Russian, sorted.
func HelpTexts() []string { return slices.Sorted(maps.Keys(russian.Help)) }

// Verbatim makes a Text of words that are not the program's own: they are the same in every language.
func Verbatim(words string) Text {
	if words == "" {
		return Text{}
	}
	return Text{"%s", []any{words}}
}

// Foreign makes a Text of English words whose format is not at hand: those of a library, or those that were kept in a file. In another
// language, the format that they fit is looked for in the catalogue.
func Foreign(english string) Text {
	if english == "" {
		return Text{}
	}
	return Text{"%s", []any{foreign(english)}}
}

// IsZero reports whether the text is empty.
func (t Text) IsZero() bool { return t.format == "" }

// String returns the text in English.
func (t Text) String() string { return Printer{}.Text(t) }

// MarshalText returns the English text: what machines read does not depend on the language.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText makes a Text of words that MarshalText returned. Its format is found again when it is rendered.
func (t *Text) UnmarshalText(words []byte) error {
	*t = Foreign(string(words))
	return nil
}

// Or returns the first of texts that is not empty.
func Or(texts ...Text) Text {
	for _, t := range texts {
		if !t.IsZero() {
			return t
		}
	}
	return Text{}
}

// Join makes a Text of several, with separator between them.
func Join(texts []Text, separator string) Text {
	switch len(texts) {
	case 0:
		return Text{}
	case 1:
		return texts[0]
	}
	return Text{"%s", []any{joined{texts, separator}}}
}

// joined is an argument that is rendered text by text.
type joined struct {
	texts     []Text
	separator string
}

func (j joined) String() string { return Printer{}.joined(j) }

// maxQuoted is how many names Quoted lists.
const maxQuoted = 20

// Replace makes a Text whose words are those of t with every old replaced by new.
func Replace(t Text, old string, new Text) Text { return Text{"%s", []any{replaced{t, old, new}}} }

type replaced struct {
	text Text
	old  string
	new  Text
}

// Quoted is a list of names in the quotation marks of the language. A long list is cut, and the rest counted.
func Quoted(names []string) Text {
	var texts []Text
	for i, name := range names {
		if i == maxQuoted {
			return Sprintf("%s and %d more", Join(texts, ", "), len(names)-maxQuoted)
		}
		texts = append(texts, Sprintf("%q", name))
	}
	return Join(texts, ", ")
}

// Argument returns a text as a shell takes it for one argument of a command: in quotation marks if it needs them.
func Argument(text string) string { return asArgument(text, runtime.GOOS == "windows") }

func asArgument(text string, windows bool) string {
	plain := "_./-+:,=@%"
	if windows {
		plain += `\`
	}
	special := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(plain, r)
	}
	switch {
	case text != "" && !strings.ContainsFunc(text, special):
		return text
	case !windows && strings.ContainsAny(text, "\"$`\\!"):
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	return `"` + text + `"`
}
