package messages

import (
	"regexp"
	"strconv"
	"strings"
)

// verb is a verb of a format, or the words that depend on the number before them.
type verb struct {
	start, end int // its place in the format
	spec       string
	verb       rune
	arg        int // of the argument, from 0; of words, that of their number
	forms      []string
}

var verbPattern = regexp.MustCompile(`%%|%([-+# 0]*)(?:\[(\d+)\])?(\d*)((?:\.\d+)?)(?:\[(\d+)\])?([a-zA-Z])|\{(?:(\d+):)?([^{}|]*(?:\|[^{}|]*)+)\}`)

// verbsOf takes a format apart. Width and precision from an argument (*) are not supported.
func verbsOf(format string) []verb {
	if !strings.ContainsAny(format, "%{") { // most texts of the help, which are all rendered whenever the program starts
		return nil
	}
	var verbs []verb
	next, last := 0, 0
	for _, m := range verbPattern.FindAllStringSubmatchIndex(format, -1) {
		group := func(n int) string {
			if m[2*n] < 0 {
				return ""
			}
			return format[m[2*n]:m[2*n+1]]
		}
		v := verb{start: m[0], end: m[1]}
		switch {
		case format[m[0]:m[1]] == "%%":
			v.verb = '%'
		case format[m[0]] == '{':
			v.arg = last
			if n, err := strconv.Atoi(group(7)); err == nil {
				v.arg = n - 1
			}
			v.forms = strings.Split(group(8), "|")
		default:
			if n, err := strconv.Atoi(group(2) + group(5)); err == nil {
				next = n - 1
			}
			v.arg, last, next = next, next, next+1
			v.verb = rune(group(6)[0])
			v.spec = "%" + group(1) + group(3) + group(4) + strings.Replace(group(6), "w", "v", 1)
		}
		verbs = append(verbs, v)
	}
	return verbs
}

// argument returns an argument of a format, nil if there are too few.
func argument(args []any, n int) any {
	if n < 0 || n >= len(args) {
		return nil
	}
	return args[n]
}
