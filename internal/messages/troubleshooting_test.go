package messages

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// others are quotations that are not messages of the program: what the service or the system says.
var others = regexp.MustCompile(`^(oauth|chat|models|files): \d+|^(dial tcp|lookup|certificate)\b`)

// TestTroubleshooting finds the messages that docs/troubleshooting.md quotes, so that none is looked for there in vain. What stands between
// two … is compared.
func TestTroubleshooting(t *testing.T) {
	text, err := os.ReadFile("../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	var known strings.Builder
	for format := range read(t, "../..").formats {
		for _, form := range []int{0, 1} {
			known.WriteString(plainFormat(format, form))
			known.WriteByte('\n')
		}
	}
	quoted := regexp.MustCompile("`([^`]+)`")
	n := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if !strings.HasPrefix(line, "| ") || len(cells) < 4 {
			continue
		}
		for _, q := range quoted.FindAllStringSubmatch(cells[1], -1) {
			n++
			if others.MatchString(q[1]) {
				continue
			}
			for _, piece := range strings.Split(q[1], "…") {
				piece = strings.Trim(piece, ` :"()[],;`)
				for _, prefix := range []string{"error: ", "warning: ", "note: ", "hint: "} {
					piece = strings.TrimPrefix(piece, prefix)
				}
				if len(piece) > 3 && !strings.Contains(known.String(), piece) {
					t.Errorf("%q: no message has %q", q[1], piece)
				}
			}
		}
	}
	if n < 40 {
		t.Errorf("got %d quotations, want a page of them", n)
	}
}

// TestQuotedLines finds each line that a document shows as said by the program ("gigabatch: …" in a block) among the messages, in the
// language of the document.
func TestQuotedLines(t *testing.T) {
	names, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	formats := map[Language][]pattern{}
	for english := range read(t, "../..").formats {
		if hasWords(english) || strings.Count(english, "%") > 1 {
			formats[English] = append(formats[English], patternOf(english, english))
			if text, ok := inRussian()[english]; ok {
				formats[Russian] = append(formats[Russian], patternOf(text, text))
			} else if !hasWords(english) {
				formats[Russian] = append(formats[Russian], patternOf(english, english))
			}
		}
	}
	lines := 0
	for _, name := range append(names, "../../README.md", "../../README.ru.md") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		language := English
		if strings.HasSuffix(name, ".ru.md") {
			language = Russian
		}
		block := false
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(strings.TrimSpace(line), "```") {
				block = !block
			}
			said, ok := strings.CutPrefix(strings.TrimSpace(line), "gigabatch: ")
			if !block || !ok || counts.MatchString(said) {
				continue
			}
			lines++
			if !isSaid(said, formats[language]) {
				t.Errorf("%s: no message in this language says %q", filepath.Base(name), said)
			}
		}
	}
	if lines < 10 {
		t.Errorf("got %d lines, want those of the documents", lines)
	}
}

// counts matches a line that has only the values of a column, each with its number.
var counts = regexp.MustCompile(`^\S+: (\S+ \d+, )*\S+ \d+$`)

// prefixes are the formats that only introduce a message.
var prefixes = regexp.MustCompile(`^(error|hint|warning|note|ошибка|подсказка|внимание|примечание): %[sv]$`)

// isSaid reports whether a text is what a message says: all of it, what follows an introduction, or each of its parts that is a sentence.
func isSaid(text string, all []pattern) bool {
	for _, p := range all {
		m := p.pattern.FindStringSubmatch(text)
		switch {
		case m == nil || len(words.FindAllString(p.format, 1)) == 0:
		case prefixes.MatchString(p.format):
			if isSaid(m[1], all) {
				return true
			}
		default:
			return true
		}
	}
	if name, rest, ok := strings.Cut(text, ": "); ok && !strings.Contains(name, " ") && isSaid(rest, all) {
		return true
	}
	parts := regexp.MustCompile(`: |, `).Split(text, -1)
	some := false
	for _, part := range parts {
		said := len(parts) > 1 && isSaid(part, all)
		if some = some || said; !said && len(words.FindAllString(part, 3)) == 3 {
			return false
		}
	}
	return some
}

// plainFormat is an English format without its verbs, with one form of each counted word.
func plainFormat(format string, form int) string {
	var b strings.Builder
	at := 0
	for _, v := range verbsOf(format) {
		b.WriteString(format[at:v.start])
		at = v.end
		switch {
		case v.forms != nil:
			b.WriteString(v.forms[min(form, len(v.forms)-1)])
		default:
			b.WriteString("\x00")
		}
	}
	b.WriteString(format[at:])
	return b.String()
}
