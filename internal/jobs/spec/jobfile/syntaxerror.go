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
	return wrong(at, messages.Sprintf("delete the line, or put quotes around a text that begins with %%"), "directives are not read")
}

func secondDocument(at place) error {
	return wrong(at, messages.Sprintf("put each job into a file of its own"), "a job file has one document, and here a second begins")
}

func tooDeep(at place) error {
	return wrong(at, messages.Sprintf("write it in fewer levels"), "values are nested more than %d deep", maxNested)
}

var (
	hintQuotes = messages.Sprintf("put quotes around texts with : # ? { [ or quotes in them, or write them below a |")
	hintBraces = messages.Sprintf(`put quotes around a text with braces: "… {{text}}", or write it below a |`)
)

var (
	errorForm   = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)
	ofParser    = regexp.MustCompile(`^did not find expected (key|node content|'|<)`)
	noName      = regexp.MustCompile(`\*[^\w\n-][^\s,\]}]*`)
	twoAnchors  = regexp.MustCompile(`^&\S+\s*($|[#&])`)
	ended       = regexp.MustCompile(`(?m)^\.\.\.(\s|$)`)
	behindColon = regexp.MustCompile(`^[ \t]*(?:- +)*(?:[\w-]+:[ \t]+)?`)
)

// syntaxError is what the library says of a text that is not YAML, as one line. It tells no column: that of the value in the line is taken.
func syntaxError(text string) error {
	n, msg := complaint(text)
	if n == 0 {
		return &Error{Msg: messages.Sprintf("the file cannot be read as YAML"), Hint: hintQuotes}
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	n = min(n, len(lines))                                     // some things are missed behind the end
	if strings.HasPrefix(msg, "found a tab character where") { // below the header of a block text, which is what the library names
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
		return wrong(at, messages.Sprintf("leave one of them out"), "a value has one anchor")
	case strings.HasSuffix(msg, "<document start>") && ended.MatchString(strings.Join(lines[:n-1], "\n")):
		return secondDocument(behind(line[:len(line)-len(strings.TrimLeft(line, " "))]))
	case tabbed(line):
		return wrong(place{n, 1}, messages.Sprintf("indent with spaces"), "the line begins with a tab")
	case strings.HasSuffix(msg, "expected ':'"):
		return wrong(at, messages.Sprintf("write a key in one line with its colon, and indent what belongs to it"),
			"this is neither a key with a colon nor indented")
	case strings.Contains(msg, "escape c"), strings.Contains(msg, "hexdecimal"):
		return wrong(at, messages.Sprintf(`write \\ for a backslash; / and characters such as 😀 stand as they are`),
			"an escape in the text stands for no character")
	case strings.Contains(line, "{{"):
		return wrong(at, hintBraces, "not YAML: %s", msg)
	}
	return wrong(at, hintQuotes, "not YAML: %s", msg)
}

func tabbed(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " "), "\t") }

// complaint is what the library says of a text, and of which line: 0 if it panics. The library never names the first line. It counts the
// lines of its scanner from 1 and those of its parser from 0, and for a fault within a mapping or a list it names the line where that begins,
// unless that is the first one.
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
	if again == msg && line+more <= strings.Count(text, "\n") { // else it ends too early
		line += more
	}
	return line, msg
}

// firstError is the first error in a text, with the line that it names, if any. It is empty if there is none, or the library panics.
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
