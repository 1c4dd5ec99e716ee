package messages

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"gigabatch/internal/messages/page"
	"gigabatch/internal/messages/russian"
)

// inRussian has the Russian format of every English one.
var inRussian = sync.OnceValue(func() map[string]string { return joinedParts(russian.Parts) })

// onPage has the wording on the page of every English format that has one.
var onPage = sync.OnceValue(func() map[string]page.Wording { return joinedParts(page.Parts) })

func joinedParts[V any](parts []map[string]V) map[string]V {
	all := map[string]V{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

// format returns a format in the language of the reader, in English if the catalogue lacks it.
func (p Printer) format(english string) string {
	if p.Page {
		if w, ok := onPage()[english]; ok {
			if p.Language == Russian && w.Russian != "" {
				return w.Russian
			}
			return w.English
		}
	}
	if p.Language == Russian {
		if f, ok := inRussian()[english]; ok {
			return f
		}
		if f, ok := russian.Help[english]; ok {
			return f
		}
	}
	return english
}

// foreign finds the format that an English text fits: among the foreign texts, then among the program's own. Where there is none, the text
// stays as it is.
func (p Printer) foreign(text string) string {
	if p.Language != Russian {
		return text
	}
	for _, f := range patterns() {
		if !strings.HasPrefix(text, f.prefix) {
			continue
		}
		m := f.pattern.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		args := make([]any, len(m)-1)
		for i, arg := range m[1:] {
			args[i] = f.value(i, arg)
		}
		return p.Text(Text{f.format, args})
	}
	return text
}

// pattern finds the arguments of a format in a text.
type pattern struct {
	format, prefix string
	pattern        *regexp.Regexp
	verbs          []rune // of the arguments
}

// value is an argument that was found.
func (p *pattern) value(i int, text string) any {
	switch p.verbs[i] {
	case 'd':
		if n, err := strconv.Atoi(strings.ReplaceAll(text, ",", "")); err == nil {
			return n
		}
	case 'q':
		if name, err := strconv.Unquote(text); err == nil {
			return name
		}
	}
	return foreign(text)
}

// patterns are the foreign texts in their order, and then the formats with words of their own, those with the most first.
var patterns = sync.OnceValue(func() (all []pattern) {
	for _, pair := range russian.Foreign {
		all = append(all, patternOf(pair[0], pair[1]))
	}
	var own []pattern
	for english, russian := range inRussian() {
		if len(words.FindAllString(english, 3)) == 3 {
			own = append(own, patternOf(english, russian))
		}
	}
	slices.SortFunc(own, func(a, b pattern) int {
		return cmp.Or(cmp.Compare(len(b.pattern.String()), len(a.pattern.String())), cmp.Compare(a.format, b.format))
	})
	// several texts in one line; an explanation and what it explains
	return append(append(all, own...), patternOf("%s; %s", "%s; %s"), patternOf("%s (%s)", "%s (%s)"))
})

var words = regexp.MustCompile(`\pL{2,}`)

// patternOf makes the pattern of an English format. Its arguments are numbered as they stand there.
func patternOf(english, format string) pattern {
	verbs := verbsOf(english)
	p := pattern{format: format, prefix: english}
	expr, at := "(?s)^", 0
	for _, v := range verbs {
		if at == 0 {
			p.prefix = english[:v.start]
		}
		expr += regexp.QuoteMeta(english[at:v.start])
		at = v.end
		if v.verb != '%' && v.forms == nil {
			p.verbs = append(p.verbs, v.verb)
		}
		switch {
		case v.verb == '%':
			expr += "%"
		case v.forms != nil:
			expr += "(?:"
			for i, form := range v.forms {
				if i > 0 {
					expr += "|"
				}
				expr += regexp.QuoteMeta(form)
			}
			expr += ")"
		case v.verb == 'd':
			expr += `(-?\d[\d,\x{a0}]*)`
		case v.verb == 'q':
			expr += `("(?:[^"\\]|\\.)*")`
		default:
			expr += "(.+?)"
		}
	}
	p.pattern = regexp.MustCompile(expr + regexp.QuoteMeta(english[at:]) + "$")
	return p
}
