package messages

import (
	"maps"
	"regexp"
	"sync"
)

// wording is another wording of a message on the page, in each language.
type wording struct{ english, russian string }

// russian has the Russian format of every English one.
var russian = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for _, part := range russianParts {
		maps.Copy(all, part)
	}
	return all
})

// format returns a format in the language of the reader, in English if the catalogue lacks it.
func (p Printer) format(english string) string {
	if p.Page {
		if w, ok := onPage[english]; ok {
			if p.Language == Russian && w.russian != "" {
				return w.russian
			}
			return w.english
		}
	}
	if p.Language == Russian {
		if f, ok := russian()[english]; ok {
			return f
		}
		if f, ok := russianHelp[english]; ok {
			return f
		}
	}
	return english
}

// foreign finds a text that is not the program's own in the catalogue, such as one of the operating system.
func (p Printer) foreign(text string) string {
	if p.Language != Russian {
		return text
	}
	for _, f := range foreignPatterns() {
		m := f.pattern.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		args := make([]any, len(m)-1)
		for i, arg := range m[1:] {
			args[i] = p.foreign(arg)
		}
		return p.Text(Text{f.russian, args})
	}
	return text
}

type foreignPattern struct {
	pattern *regexp.Regexp
	russian string
}

// foreignPatterns are the texts of russianForeign, in their order.
var foreignPatterns = sync.OnceValue(func() (patterns []foreignPattern) {
	for _, pair := range russianForeign {
		english, expr, at := pair[0], "(?s)^", 0
		for _, v := range verbsOf(english) {
			expr += regexp.QuoteMeta(english[at:v.start]) + "(.+?)"
			at = v.end
		}
		patterns = append(patterns, foreignPattern{regexp.MustCompile(expr + regexp.QuoteMeta(english[at:]) + "$"), pair[1]})
	}
	return patterns
})
