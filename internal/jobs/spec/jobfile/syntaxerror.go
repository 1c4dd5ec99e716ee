package jobfile

import (
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"gigabatch/internal/messages"
)

func hasDirective(at place) error {
	return wrong(at, messages.Sprintf("delete the line, or put a text that begins with %% in quotes"), "directives are not supported")
}

func secondDocument(at place) error {
	return wrong(at, messages.Sprintf("put each job in a separate file"), "only one document is allowed, and a second one begins here")
}

func tooDeep(at place) error {
	return wrong(at, messages.Sprintf("use fewer levels"), "values are nested more than %d {level|levels} deep", maxNested)
}

var (
	hintQuotes = messages.Sprintf("put texts that contain : # ? { [ or quotes in quotes, or write them as a block below |")
	hintBraces = messages.Sprintf(`put a text with braces in quotes: "… {{text}}", or write it as a block below |`)
)

var (
	errorForm   = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)
	ofParser    = regexp.MustCompile(`^did not find expected (key|node content|'|<)`)
	noName      = regexp.MustCompile(`\*[^\w\n-][^\s,\]}]*`)
	twoAnchors  = regexp.MustCompile(`^&\S+\s*($|[#&])`)
	ended       = regexp.MustCompile(`(?m)^\.\.\.(\s|$)`)
	behindColon = regexp.MustCompile(`^[ \t]*(?:- +)*(?:[\w-]+:[ \t]+)?`)
)

// syntaxError returns the error of the library for a text that is not YAML. The library reports no column, so the column is that of the
// value in the line.
func syntaxError(text string) error {
	n, msg := complaint(text)
	if n == 0 {
		return &Error{Msg: messages.Sprintf("the file cannot be read as YAML"), Hint: hintQuotes}
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	n = min(n, len(lines))                                     // some errors are reported after the end
	if strings.HasPrefix(msg, "found a tab character where") { // the library names the header of the block text above it
		for n < len(lines) && !tabbed(lines[n-1]) {
			n++
		}
	}
	line := lines[n-1]
	behind := func(head string) place { return place{n, 1 + utf8.RuneCountInString(head)} }
	head := behindColon.FindString(line)
	value, at := line[len(head):], behind(head)
	switch {
	case strings.HasPrefix(msg, "exceeded max depth"):
		return tooDeep(at)
	case strings.HasPrefix(msg, "unknown anchor '"):
		alias := "*" + strings.TrimSuffix(strings.TrimPrefix(msg, "unknown anchor '"), "' referenced")
		return noAnchor(behind(line[:max(strings.Index(line, alias), 0)]), alias[1:])
	case strings.HasPrefix(msg, "did not find expected alphabetic") && noName.MatchString(line):
		found := noName.FindStringIndex(line)
		return noAnchor(behind(line[:found[0]]), strings.TrimSpace(line[found[0]+1:found[1]]))
	case strings.HasPrefix(value, "!"):
		return hasTag(at, strings.Fields(value)[0])
	case strings.HasPrefix(line, "%"):
		return hasDirective(at)
	case strings.HasSuffix(msg, "expected key") && twoAnchors.MatchString(value):
		return wrong(at, messages.Sprintf("delete one of them"), "a value can have only one anchor")
	case strings.HasSuffix(msg, "<document start>") && ended.MatchString(strings.Join(lines[:n-1], "\n")):
		return secondDocument(behind(line[:len(line)-len(strings.TrimLeft(line, " "))]))
	case tabbed(line):
		return wrong(place{n, 1}, messages.Sprintf("indent with spaces"), "the line begins with a tab")
	case strings.HasSuffix(msg, "expected ':'"):
		return wrong(at, messages.Sprintf("write a key and its colon on one line, and indent its value"),
			"the line is neither a key with a colon nor indented")
	case strings.Contains(msg, "escape c"), strings.Contains(msg, "hexdecimal"):
		return wrong(at, messages.Sprintf(`write a backslash as \\; write / and characters such as 😀 without escapes`),
			"the text contains an invalid escape")
	case strings.Contains(line, "{{"):
		return wrong(at, hintBraces, "not YAML: %s", messages.Foreign(oneLine(msg)))
	}
	return wrong(at, hintQuotes, "not YAML: %s", messages.Foreign(oneLine(msg)))
}

func tabbed(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " "), "\t") }

// complaint returns the error of the library for a text and its line, which is 0 if the library panics. The library never names the first
// line. It counts the lines of its scanner from 1 and those of its parser from 0. For a mistake within a mapping or a list, it names the
// line where that begins, unless that is the first line.
func complaint(text string) (line int, msg string) {
	line, msg = firstError("\n" + text)
	switch {
	case msg == "":
		return 0, ""
	case strings.HasPrefix(msg, "unknown anchor"): // without a line
		lines := strings.SplitAfter(text, "\n")
		return 1 + sort.Search(len(lines)-1, func(n int) bool {
			_, above := firstError(strings.Join(lines[:n+1], ""))
			return above == msg
		}), msg
	case !ofParser.MatchString(msg):
		return max(line-1, 1), msg
	}
	more, again := firstError(strings.SplitAfterN(text, "\n", line)[line-1])
	if again == msg && line+more <= strings.Count(text, "\n") { // otherwise the text ends too early
		line += more
	}
	return line, msg
}

// firstError returns the first error in a text and the line that it names, if any. Both are empty if there is no error or the library
// panics.
func firstError(text string) (line int, msg string) {
	d := yaml.NewDecoder(strings.NewReader(text))
	err := decode(d, new(yaml.Node))
	for err == nil {
		err = decode(d, new(yaml.Node))
	}
	m := errorForm.FindStringSubmatch(err.Error())
	if m == nil {
		return 0, ""
	}
	line, _ = strconv.Atoi(m[1])
	return line, m[2]
}
