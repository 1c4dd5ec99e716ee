package jobfile

import (
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/token"
)

// What a text without quotes cannot have (https://yaml.org/spec/1.2.2/#733-plain-style). The library reads some of it all the same, and not
// as other programs do.
var (
	notPlain  = regexp.MustCompile("^[\\[\\]{},#&*!|>'\"%@`]|^[-?:](\\s|$)|:(\\s|$)|(^|\\s)#|\t")
	notInFlow = regexp.MustCompile(`[\[\]{},]`)
)

// plainText reads a text without quotes.
func (b *builder) plainText(t *token.Token) (*node, error) {
	origin := strings.TrimSpace(t.Origin)
	n := &node{place: placeOf(t), text: t.Value}
	if strings.Contains(origin, "\n") {
		n.text = fold(origin)
	}
	n.place = b.locate(n.place, []rune(n.text))
	n.shape = resolve(n.text)
	if notPlain.MatchString(n.text) || strings.Contains(origin, "\t") || b.flow > 0 && notInFlow.MatchString(n.text) || !alike(n.text, t.Value) {
		return nil, wrong(n.place, "put quotes around it, or write it below a |", "the text %q cannot stand without quotes", short(n.text))
	}
	return n, nil
}

// locate is where a text without quotes begins, a few columns from where the library sees it if there are tabs or spaces around it.
func (b *builder) locate(at place, text []rune) place {
	const most = 8
	line := b.line(at)
	for shift := range most {
		for _, col := range []int{at.col - shift, at.col + shift} {
			if col >= 1 && col <= len(line) && len(text) > 0 && line[col-1] == text[0] {
				return place{at.line, col}
			}
		}
	}
	return at
}

// escapedEnd matches ends of lines that the library reads in its own way: an escaped space, and an escaped line break above a blank line.
var escapedEnd = regexp.MustCompile(`\\ [ \t]*\n|\\\n[ \t]*\n`)

// quotedText reads a text in quotes.
func (b *builder) quotedText(t *token.Token) (*node, error) {
	n := &node{place: placeOf(t), shape: isText, text: t.Value}
	if t.Type == token.SingleQuoteType && strings.Contains(t.Origin, "\n") {
		inner := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(t.Origin), "'"), "'")
		n.text = strings.ReplaceAll(fold(inner), "''", "'")
	}
	switch {
	case t.Type == token.DoubleQuoteType && strings.Contains(t.Origin, "\t"):
		return nil, wrong(n.place, `write \t`, "a text in double quotes has a tab in it")
	case t.Type == token.SingleQuoteType && !alike(n.text, t.Value), t.Type == token.DoubleQuoteType && escapedEnd.MatchString(t.Origin):
		return nil, wrong(n.place, "write it in one line, or below a |", "the text in quotes cannot be read over several lines")
	case strings.Contains(n.text, "\ufffd") && !strings.Contains(strings.Join(b.lines, ""), "\ufffd"):
		return nil, wrong(n.place, `write \\ for a backslash`, "an escape in the text stands for no character")
	}
	return n, nil
}

// alike reports whether two texts differ in space at most.
func alike(a, b string) bool { return slices.Equal(strings.Fields(a), strings.Fields(b)) }

// fold joins the lines of a text that is not a block: a line break is a space, and blank lines are line breaks.
func fold(text string) string {
	lines := strings.Split(text, "\n")
	var b strings.Builder
	breaks := 0
	for i, line := range lines {
		if i > 0 {
			line = strings.TrimLeft(line, " \t")
			breaks++
		}
		last := i == len(lines)-1
		if !last {
			line = strings.TrimRight(line, " \t")
		}
		if line == "" && !last && i > 0 {
			continue
		}
		switch {
		case breaks == 1:
			b.WriteByte(' ')
		case breaks > 1:
			b.WriteString(strings.Repeat("\n", breaks-1))
		}
		b.WriteString(line)
		breaks = 0
	}
	return b.String()
}
