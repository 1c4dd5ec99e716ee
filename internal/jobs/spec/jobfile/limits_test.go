package jobfile

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestLimits reads files that try to take much time or memory. The test itself would not end if one of them succeeded.
func TestLimits(t *testing.T) {
	t.Parallel()
	const all = maxBytes / 8
	fill := func(begin, with, end string) string {
		return begin + strings.Repeat(with, (all-len(begin)-len(end))/len(with)) + end
	}
	for name, c := range map[string]struct{ text, want string }{
		"too large":            {strings.Repeat(" ", maxBytes+1), "larger than 1024 KiB"},
		"laughs":               {laughs(30), "more than 10,000 values"},
		"long laughs":          {"schema:\n  a: &a " + strings.Repeat("x", 100_000) + "\n  b: [" + strings.Repeat("*a,", 200) + "]\n", "more than 10,000 values"},
		"merged laughs":        {mergedLaughs(30), "more than 10,000 values"},
		"deep laughs":          {deepLaughs(40), "nested more than 50 levels deep"},
		"many values":          {fill("where: [", "a,", "]"), "more than 10,000 values"},
		"many lines":           {fill("where:\n", "- a\n", ""), "more than 10,000 values"},
		"deep lists":           {fill("schema: ", "[", ""), "nested more than 50 levels deep"},
		"deep mappings":        {fill("schema: ", "{a: ", ""), "nested more than 50 levels deep"},
		"deep in lines":        {fill("schema:\n", " [\n", ""), "nested more than 50 levels deep"},
		"dashes":               {fill("schema:\n", "- ", "a\n"), "nested more than 50 levels deep"},
		"colons":               {fill("", "a: ", "b\n"), "mapping values are not allowed"},
		"indents":              {"schema:\n" + stairs(1000), "nested more than 50 levels deep"},
		"question marks":       {fill("", "? ", "a\n"), "nested more than 50 levels deep"},
		"tags":                 {fill("prompt: ", "!a ", "b\n"), "tags such as"},
		"anchors":              {fill("prompt: ", "&a ", "b\n"), "only one anchor"},
		"anchors and comments": {fill("prompt:\n", " &a # b\n", " b\n"), "only one anchor"},
		"document ends":        {fill("prompt: b\n", "...\n", ""), "not read"},
		"anchors in lines":     {fill("prompt:\n", " &a\n", " b\n"), "only one anchor"},
		"aliases":              {fill("where: [", "*a,", "]"), "is not defined above"},
		"keys":                 {fill("schema: {", "\"a\":b,", "}"), "already appears in line 1"},
		"documents":            {fill("", "---\na\n", ""), "a second one begins"},
		"closing":              {fill("", "]", "\n"), ""},
		"colons in a key":      {fill("{", "a:", "}\n"), ""},
		"tabs":                 {fill("prompt: ", "\t", "\n"), "not read"},
		"quotes":               {fill("prompt: ", "'", "\n"), ""},
		"comments":             {fill("", "#\n", ""), "empty"},
		"escapes":              {fill("prompt: \"", "\\t", "x\"\n"), "not read"},
		"far keys":             {"schema: {" + farKeys(4900) + "}\n", "not read"},
		"a late alias":         {fill("schema:\n", "  - a\n", "prompt: *none\n"), "anchor &none is not defined"},
		"a late mistake":       {fill("schema:\n", "  - a\n", "   - b: c\n"), "not YAML"},
		"a long text":          {fill("prompt: |\n", "  a text of a prompt\n", ""), "not read"},
		"a long line":          {fill("prompt: ", "a text ", "b\n"), "not read"},
		"folded lines":         {fill("prompt: >\n", "  a\n   b\n", ""), "not read"},
		"plain lines":          {fill("prompt: a\n", "  a\n\n", ""), "not read"},
		"a long number":        {fill("max_tokens: ", "9", "\n"), "not read"},
		"a long hex":           {fill("max_tokens: 0x", "f", "\n"), "not read"},
	} {
		_, err := Read("job.yaml", []byte(c.text), testSpec())
		var e *Error
		switch {
		case c.want == "not read" && err != nil:
			t.Errorf("%s: %.200v", name, err)
		case c.want != "not read" && (!errors.As(err, &e) || !strings.Contains(e.Error(), c.want)):
			t.Errorf("%s: got %.200v, want %q", name, err, c.want)
		case e != nil && len(e.Error())+len(e.Hint.String()) > 500:
			t.Errorf("%s: the error has %d bytes", name, len(e.Error())+len(e.Hint.String()))
		}
	}
}

// farKeys returns n keys on one line, far apart.
func farKeys(n int) string {
	b := strings.Builder{}
	for i := range n {
		fmt.Fprintf(&b, "k%d:%sv, ", i, strings.Repeat(" ", 180))
	}
	return b.String()
}

// laughs returns n lists, each of which contains the one above twice.
func laughs(n int) string {
	b := strings.Builder{}
	b.WriteString("schema:\n  a0: &a0 x\n")
	for i := range n {
		fmt.Fprintf(&b, "  a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	return b.String()
}

func mergedLaughs(n int) string {
	b := strings.Builder{}
	b.WriteString("schema:\n  a0: &a0 {k: v}\n")
	for i := range n {
		fmt.Fprintf(&b, "  a%d: &a%d {<<: *a%d, x%d: *a%d, y%d: *a%d}\n", i+1, i+1, i, i, i, i, i)
	}
	return b.String()
}

// deepLaughs is like laughs with one item each: deep instead of many.
func deepLaughs(n int) string {
	b := strings.Builder{}
	b.WriteString("schema:\n  a0: &a0 [[x]]\n")
	for i := range n {
		fmt.Fprintf(&b, "  a%d: &a%d [[*a%d]]\n", i+1, i+1, i)
	}
	return b.String()
}

// stairs returns n nested mappings.
func stairs(n int) string {
	b := strings.Builder{}
	for i := range n {
		b.WriteString(strings.Repeat(" ", i+1) + "a:\n")
	}
	return b.String()
}
