package messages

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Language is a language that the program speaks.
type Language int

const (
	English Language = iota
	Russian
)

// Languages are all languages.
var Languages = []Language{English, Russian}

var languages = []struct {
	name  string
	tag   language.Tag
	forms []plural.Form // that words with a number have, in the order of the catalogue
	group string        // what divides the groups of a number
}{
	English: {"en", language.English, []plural.Form{plural.One, plural.Other}, ","},
	Russian: {"ru", language.Russian, []plural.Form{plural.One, plural.Few, plural.Many}, "\u00a0"},
}

// String returns the code of the language, "en" or "ru".
func (l Language) String() string { return languages[l].name }

// ParseLanguage finds a language by its code or by a locale, such as "ru", "ru-RU" or "ru_RU.UTF-8".
func ParseLanguage(code string) (Language, bool) {
	code, _, _ = strings.Cut(strings.ToLower(code), ".")
	code, _, _ = strings.Cut(strings.NewReplacer("_", "-", "@", "-").Replace(code), "-")
	for l, known := range languages {
		if known.name == code {
			return Language(l), true
		}
	}
	return English, false
}

// form returns the form of words that goes with a number.
func (l Language) form(forms []string, number any) string {
	n, ok := whole(number)
	if !ok {
		return forms[len(forms)-1]
	}
	if n < 0 {
		n = -n
	}
	const million = 1_000_000 // the rules look at the last digits only
	if n >= million {
		n = million + n%million
	}
	category := plural.Cardinal.MatchPlural(languages[l].tag, int(n), 0, 0, 0, 0)
	for i, c := range languages[l].forms {
		if c == category && i < len(forms) {
			return forms[i]
		}
	}
	return forms[len(forms)-1]
}

// whole returns an integer of any type.
func whole(v any) (int64, bool) {
	switch r := reflect.ValueOf(v); {
	case !r.IsValid():
		return 0, false
	case r.CanInt():
		return r.Int(), true
	case r.CanUint():
		return int64(r.Uint()), true
	}
	return 0, false
}

// Digits groups the digits of a number of five digits or more: 12,345 in English, 12 345 in Russian, where the space does not break.
func (l Language) Digits(n int64) string {
	s := strconv.FormatInt(n, 10)
	digits := strings.TrimPrefix(s, "-")
	if len(digits) < 5 {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:len(s)-len(digits)])
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(languages[l].group)
		}
		b.WriteRune(d)
	}
	return b.String()
}

// decimal writes a fraction with the decimal sign of the language. text is the number in English.
func (l Language) decimal(number any, text string) string {
	switch number.(type) {
	case float32, float64:
		if l == Russian {
			return strings.Replace(text, ".", ",", 1)
		}
	}
	return text
}

// Duration writes a time in English as Go does (1m30s), in Russian in units (1 мин 30 с).
func (l Language) Duration(d time.Duration) string {
	if l == English {
		return d.String()
	}
	if d < 0 {
		return "−" + l.Duration(-d)
	}
	if d < time.Second && d > 0 {
		return l.decimal(0.5, strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', -1, 64)) + "\u00a0мс"
	}
	var parts []string
	if h := d / time.Hour; h > 0 {
		parts = append(parts, fmt.Sprintf("%d\u00a0ч", h))
	}
	if m := d % time.Hour / time.Minute; m > 0 {
		parts = append(parts, fmt.Sprintf("%d\u00a0мин", m))
	}
	if rest := d % time.Minute; rest > 0 || parts == nil {
		seconds := strings.TrimSuffix(rest.String(), "s") // exact: a float would add digits
		parts = append(parts, l.decimal(0.5, seconds)+"\u00a0с")
	}
	return strings.Join(parts, " ")
}

// Time writes a date and a time of the day: 2026-11-29 04:00 in English, 29.11.2026 04:00 in Russian.
func (l Language) Time(t time.Time) string {
	if l == Russian {
		return t.Format("02.01.2006 15:04")
	}
	return t.Format("2006-01-02 15:04")
}
