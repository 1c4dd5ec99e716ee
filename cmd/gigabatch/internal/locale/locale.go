// Package locale finds the language of the reader.
package locale

import "gigabatch/internal/messages"

// Language returns the language of the program: the one that --lang names, else GIGABATCH_LANG, else that of the locale as POSIX finds
// it, else that of the system's user interface (Windows).
func Language(flag string, getenv func(string) string) messages.Language {
	for _, code := range []string{flag, getenv("GIGABATCH_LANG")} {
		if l, ok := messages.ParseLanguage(code); ok {
			return l
		}
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := getenv(name); locale != "" {
			l, _ := messages.ParseLanguage(locale)
			return l
		}
	}
	l, _ := messages.ParseLanguage(systemLanguage())
	return l
}
