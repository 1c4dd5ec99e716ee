package messages

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"gigabatch/internal/messages/page"
	"gigabatch/internal/messages/russian"
)

// inRussian has the Russian format of every English one.
var inRussian = sync.OnceValue(func() map[string]string { return joinedParts(russian.Parts) })

// onPage has the wording on the page of every English format that has one.
var onPage = sync.OnceValue(func() map[string]page.Wording { return joinedParts(page.Parts) })

// plainHelp has the texts of the help without the back quotes round the names of values, as the keys of job files show them.
var plainHelp = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for english, text := range russian.Help {
		all[strings.ReplaceAll(english, "`", "")] = strings.ReplaceAll(text, "`", "")
	}
	return all
})

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
		if f, ok := plainHelp()[english]; ok {
			return f
		}
	}
	return english
}

const (
	maxForeign = 8 << 10 // bytes of a foreign text that is looked up; a longer one is mostly data
	maxLookups = 50      // for a foreign text and the texts in it
)

// foreign is a text that may fit a format.
type foreign string

// formatted is an argument that was found in a text and is written as it stands.
type formatted string

// foreign finds the format that an English text fits: among the foreign texts, then among the program's own. Where there is none, the text
// stays as it is, and so does a long one.
func (p Printer) foreign(text string) string {
	lookups := maxLookups
	return p.lookUp(text, &lookups)
}

// lookUp is foreign with the number of lookups that are left.
func (p Printer) lookUp(text string, lookups *int) string {
	if p.Language != Russian || len(text) > maxForeign || *lookups == 0 {
		return text
	}
	*lookups--
	for _, f := range patterns() {
		m := f.find(text)
		if m == nil {
			continue
		}
		args, fits := make([]any, len(m)-1), f.own
		for i, arg := range m[1:] {
			args[i] = f.value(i, arg)
			if args[i] == nil {
				found := p.lookUp(arg, lookups)
				args[i], fits = formatted(found), fits || found != arg
			}
		}
		if fits {
			return p.Text(Text{f.format, args})
		}
	}
	return text
}

// pattern finds the arguments of a format in a text.
type pattern struct {
	format   string
	own      bool     // a text that fits is of this format; else only if one of its arguments is known
	literals []string // what a text has that fits, in their order; the first begins it and the last ends it
	pattern  *regexp.Regexp
	verbs    []rune // of the arguments
}

// find returns a text that fits the format and its arguments, nil if the text does not fit.
func (p *pattern) find(text string) []string {
	if !p.mayFit(text) {
		return nil
	}
	return p.pattern.FindStringSubmatch(text)
}

// mayFit reports whether a text has the literals of the format. It is much faster than the pattern, which most texts do not fit.
func (p *pattern) mayFit(text string) bool {
	last := len(p.literals) - 1
	if !strings.HasPrefix(text, p.literals[0]) || !strings.HasSuffix(text, p.literals[last]) {
		return false
	}
	for _, l := range p.literals {
		_, after, found := strings.Cut(text, l)
		if !found {
			return false
		}
		text = after
	}
	return true
}

// value returns an argument that is no text, nil for a text.
func (p *pattern) value(i int, text string) any {
	switch p.verbs[i] {
	case 'd':
		if n, err := strconv.ParseInt(strings.ReplaceAll(text, ",", ""), 10, 64); err == nil {
			return n
		}
		return formatted(text)
	case 'q':
		if name, err := strconv.Unquote(text); err == nil {
			return name
		}
		return formatted(text)
	case 's', 'v', 'w':
		return nil
	}
	return formatted(text)
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
	p := pattern{format: format}
	expr, at := "(?s)^", 0
	for _, v := range verbs {
		p.literals = append(p.literals, english[at:v.start])
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
	p.literals = append(p.literals, english[at:])
	p.own = slices.Contains(p.verbs, 'q') || strings.ContainsFunc(format, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
	p.pattern = regexp.MustCompile(expr + regexp.QuoteMeta(english[at:]) + "$")
	return p
}
