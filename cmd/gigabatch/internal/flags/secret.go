package flags

import (
	"regexp"
	"strings"

	"gigabatch/internal/messages"
)

// secretForm matches what a key, a Client Secret or a token looks like: long, in one piece, without an extension; or an API key of Cloud.ru,
// whose second half is hexadecimal.
var secretForm = regexp.MustCompile(`^[A-Za-z0-9+/=_-]{32,}$|^eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]+$|^[A-Za-z0-9+/=_-]{16,}\.[0-9a-f]{24,}$`)

// Shown returns an argument as messages may show it: one that looks like a secret is not shown, because it was probably meant for another place.
func Shown(arg string) string {
	if secretForm.MatchString(arg) {
		return "…"
	}
	return arg
}

// SlipHint is the hint about an argument that was probably meant otherwise: a dash of a word processor for those of a flag, or a word of a
// prompt without quotes. It is empty for others.
func SlipHint(arg string) messages.Text {
	switch {
	case strings.HasPrefix(arg, "—") || strings.HasPrefix(arg, "–") || strings.HasPrefix(arg, "−"):
		return messages.Sprintf("the argument begins with a long dash; type the hyphens of the flag: - or --")
	case strings.Contains(arg, "{{") || strings.Contains(arg, "}}"):
		return messages.Sprintf(`put quotes around the whole prompt: -p "… {{column}} …"`)
	}
	return messages.Text{}
}

// KeyHint is the hint about an argument that looks like a secret; it is empty for others.
func KeyHint(arg string) messages.Text {
	if Shown(arg) == arg {
		return messages.Text{}
	}
	return messages.Sprintf("this looks like a key; others can see the command line, so put the key into .env as GIGACHAT_CREDENTIALS=…, or use --key-stdin")
}
