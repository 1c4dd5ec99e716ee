package messages

import (
	"os"
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
