package jobfile

import (
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// blockHeader is what stands above a block text.
var blockHeader = regexp.MustCompile(`^[|>](?:([1-9])[-+]?|[-+]([1-9])?)?$`)

// block reads a text below | or >. It is read from the lines themselves, so that what was written is what is asked; the library's idea of
// it only has to agree on where it ends.
func (b *builder) block(v *ast.LiteralNode, indent int) (*node, error) {
	at, header := placeOf(v.Start), v.Start.Value
	m := blockHeader.FindStringSubmatch(header)
	if m == nil {
		return nil, wrong(at, "write | or >", "no text begins with %s", short(header))
	}
	depth := 0
	if digit := m[1] + m[2]; digit != "" {
		depth = max(indent, 0) + int(digit[0]-'0')
	}
	lines, ok := blockLines(b.lines[min(at.line, len(b.lines)):], depth, indent)
	text := unfold(lines, header)
	if !ok || v.Value == nil || !alike(text, v.Value.Value) {
		return nil, wrong(at, "indent all of its lines alike", "it is not clear where the text below %s begins or ends", header)
	}
	clipped := !strings.ContainsAny(header, "+-")
	return &node{place: at, shape: isText, text: text, block: clipped, weight: 1 + len(text)/textWeight}, nil
}

// blockLines are the lines of a block text without their indentation, which is depth, or that of the first line if depth is 0. It is not ok
// if blank lines above the first line are indented deeper.
func blockLines(lines []string, depth, indent int) (text []string, ok bool) {
	blank := 0 // how far the blank lines above the first line are indented
	for _, line := range lines {
		spaces := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case spaces == len(line) && depth == 0:
			blank = max(blank, spaces)
			text = append(text, "")
			continue
		case depth == 0:
			depth = max(spaces, indent+1)
		}
		if spaces < len(line) && spaces < depth {
			break
		}
		text = append(text, line[min(depth, spaces):])
	}
	return text, blank <= depth || strings.Join(text, "") == ""
}

// unfold joins the lines as the header says (https://yaml.org/spec/1.2.2/#81-block-scalar-styles).
func unfold(lines []string, header string) string {
	var b strings.Builder
	folded, breaks, began, deeper := header[0] == '>', 0, false, false
	for _, line := range lines {
		if line == "" {
			breaks++
			continue
		}
		more := line[0] == ' ' || line[0] == '\t'
		switch {
		case !began:
		case folded && !more && !deeper && breaks == 0:
			b.WriteByte(' ')
		case !folded || more || deeper:
			breaks++
		}
		b.WriteString(strings.Repeat("\n", breaks))
		b.WriteString(line)
		began, deeper, breaks = true, more, 0
	}
	return b.String() + chomp(header, breaks, began)
}

// chomp is what follows the last line of a block text that has breaks blank lines below it.
func chomp(header string, breaks int, began bool) string {
	switch {
	case strings.Contains(header, "+") && began:
		return strings.Repeat("\n", breaks+1)
	case strings.Contains(header, "+"):
		return strings.Repeat("\n", breaks)
	case strings.Contains(header, "-"), !began:
		return ""
	}
	return "\n"
}
