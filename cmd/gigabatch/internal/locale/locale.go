// Package locale detects the language of the user.
package locale

import "gigabatch/internal/messages"

// Language returns the language of messages: flag (the value of --lang), else GIGABATCH_LANG, else the POSIX locale (the first of LC_ALL,
// LC_MESSAGES and LANG that is set), else the user interface language of Windows. An unknown language counts as not set in flag and
// GIGABATCH_LANG, and as English in the locale.
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
