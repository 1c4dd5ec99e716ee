package jobfile

import (
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"gigabatch/internal/messages"
)

// builder converts the nodes of the YAML library.
type builder struct {
	lines [][]rune             // of the file, for details that the library does not report
	built map[*yaml.Node]*node // completed nodes, for aliases
}

func newBuilder(text string) *builder {
	b := &builder{built: map[*yaml.Node]*node{}}
	for line := range strings.Lines(text) {
		b.lines = append(b.lines, []rune(line))
	}
	return b
}

// node converts a value.
func (b *builder) node(v *yaml.Node) (n *node, err error) {
	at := b.begin(v)
	switch {
	case b.rune(at) == '!' || v.Style&yaml.TaggedStyle != 0:
		return nil, hasTag(at, b.word(at))
	case v.Kind == yaml.AliasNode:
		return b.alias(v)
	}
	n = &node{place: at, flow: v.Style&yaml.FlowStyle != 0, weight: 1}
	switch v.Kind {
	case yaml.SequenceNode:
		err = b.list(n, v)
	case yaml.MappingNode:
		err = b.mapping(n, v)
	default:
		n.text = v.Value
		n.weight += len(n.text) / textWeight
		n.shape = isText
		switch {
		case v.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
			n.clipped = !strings.ContainsAny(b.word(at), "+-")
		case v.Style&yaml.DoubleQuotedStyle != 0 && b.quotesTab(at):
			return nil, wrong(at, messages.Sprintf(`write a tab as \t`), "the double-quoted text contains a tab")
		case v.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0:
			n.shape = resolve(n.text)
			if strings.Contains(n.text, "\t") {
				return nil, wrong(at, messages.Sprintf("put it in quotes, or write it as a block below |"), "the text %q needs quotes", short(n.text))
			}
		}
	}
	b.built[v] = n
	return n, err
}

// begin returns where a value begins after its anchor. The library reports the place of the anchor.
func (b *builder) begin(v *yaml.Node) place {
	at := place{v.Line, v.Column}
	if v.Anchor == "" || b.rune(at) != '&' || v.Kind == yaml.ScalarNode && v.Value == "" && v.Style == 0 {
		return at
	}
	at.col += 1 + len([]rune(v.Anchor))
	for ; at.line <= len(b.lines); at = (place{at.line + 1, 1}) {
		line := b.lines[at.line-1]
		for at.col <= len(line) && strings.ContainsRune(" \t\n", line[at.col-1]) {
			at.col++
		}
		if at.col <= len(line) && line[at.col-1] != '#' {
			return at
		}
	}
	return place{v.Line, v.Column}
}

// rune returns the character at a place, or a line break after the end of the line.
func (b *builder) rune(at place) rune {
	if at.line > len(b.lines) || at.col > len(b.lines[at.line-1]) {
		return '\n'
	}
	return b.lines[at.line-1][at.col-1]
}

// word returns the text from a place to the next space.
func (b *builder) word(at place) string {
	rest := b.lines[at.line-1][at.col-1:]
	if end := slices.IndexFunc(rest, func(r rune) bool { return strings.ContainsRune(" \t\n", r) }); end >= 0 {
		rest = rest[:end]
	}
	return string(rest)
}

// quotesTab reports whether the double-quoted text that begins at a place contains a tab.
func (b *builder) quotesTab(at place) bool {
	rest := b.lines[at.line-1][at.col:]
	for ; ; at.line++ {
		for i := 0; i < len(rest); i++ {
			switch {
			case rest[i] == '\t':
				return true
			case rest[i] == '"':
				return false
			case rest[i] == '\\' && i+1 < len(rest) && rest[i+1] != '\t':
				i++
			}
		}
		if at.line >= len(b.lines) {
			return false
		}
		rest = b.lines[at.line]
	}
}

// alias returns the node of the anchor, moved to the place of the alias. Within the value of an anchor, its name is undefined.
func (b *builder) alias(v *yaml.Node) (*node, error) {
	at := place{v.Line, v.Column}
	target := b.built[v.Alias]
	if target == nil {
		return nil, noAnchor(at, v.Value)
	}
	n := *target
	n.place = at
	return &n, nil
}

func noAnchor(at place, name string) error {
	return wrong(at, messages.Sprintf("put a text that begins with * in quotes"), "anchor &%s is not defined above", short(name))
}

func hasTag(at place, tag string) error {
	return wrong(at, messages.Sprintf("put a text that begins with ! in quotes"), "tags such as %s are not supported", short(tag))
}

func (b *builder) list(n *node, v *yaml.Node) error {
	n.shape = isList
	for _, item := range v.Content {
		value, err := b.node(item)
		if err != nil {
			return err
		}
		n.items = append(n.items, value)
		if err := n.carry(value); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) mapping(n *node, v *yaml.Node) error {
	n.shape = isMapping
	var bases []*node
	seen := map[string]place{}
	for i := 0; i < len(v.Content); i += 2 {
		if err := b.checkKey(n, v.Content[i]); err != nil {
			return err
		}
		key, err := b.node(v.Content[i])
		if err != nil {
			return err
		}
		value, err := b.node(v.Content[i+1])
		first, twice := seen[key.text]
		switch {
		case err != nil:
			return err
		case v.Content[i].Tag == "!!merge":
			bases = append(bases, value)
			continue
		case key.shape == isMapping:
			return wrong(key.place, hintBraces, "a key must be a text, not %s", key)
		case key.shape != isText:
			return wrong(key.place, messages.Sprintf("put it in quotes"), "a key must be a text, not %s", key)
		case twice:
			return duplicate(key, first)
		}
		seen[key.text] = key.place
		if err := n.add(pair{key: key, value: value}); err != nil {
			return err
		}
	}
	return n.merge(bases, seen)
}

// checkKey rejects keys that the library accepts and job files do not have. A key after a question mark is not in the column where its
// mapping begins, unless the mapping is in braces.
func (b *builder) checkKey(n *node, key *yaml.Node) error {
	at := place{key.Line, key.Column}
	colon := strings.Index(key.Value, ":")
	switch {
	case key.Anchor != "":
		return wrong(at, messages.Sprintf("for example: key: &name value"), "an anchor belongs after the colon, not before the key")
	case key.Kind == yaml.AliasNode:
		return wrong(at, messages.Sprintf("put a text that begins with * in quotes"), "a key must be a text, not an alias")
	case !n.flow && at.col != n.col, n.flow && b.behindQuestionMark(at):
		return wrong(place{at.line, min(at.col, n.col)}, messages.Sprintf("put a text that begins with ? in quotes"),
			"a key must be a text followed by a colon")
	case n.flow && key.Kind == yaml.ScalarNode && key.Style == 0 && colon >= 0:
		at.col += len([]rune(key.Value[:colon]))
		return wrong(at, messages.Text{}, "a space is missing after the colon")
	}
	return nil
}

// behindQuestionMark reports whether the last character before a place, other than white space, is a question mark.
func (b *builder) behindQuestionMark(at place) bool {
	for before := b.lines[at.line-1][:at.col-1]; ; before = b.lines[at.line-1] {
		for _, r := range slices.Backward(before) {
			if !unicode.IsSpace(r) {
				return r == '?'
			}
		}
		if at.line--; at.line == 0 {
			return false
		}
	}
}

func (n *node) add(p pair) error {
	n.pairs = append(n.pairs, p)
	if err := n.carry(p.key); err != nil {
		return err
	}
	return n.carry(p.value)
}

// merge adds the keys of merged mappings that n does not have itself (https://yaml.org/type/merge.html).
func (n *node) merge(bases []*node, seen map[string]place) error {
	for _, base := range bases {
		if base.shape == isList {
			if err := n.merge(base.items, seen); err != nil {
				return err
			}
			continue
		}
		if base.shape != isMapping {
			return wrong(base.place, messages.Sprintf("for example: <<: *first"), "<< must be a mapping or a list of mappings, not %s", base)
		}
		for _, p := range base.pairs {
			if _, ok := seen[p.key.text]; ok {
				continue
			}
			seen[p.key.text] = p.key.place
			if err := n.add(pair{key: p.key, value: p.value, merged: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// carry adds the weight of a nested value and checks the limits.
func (n *node) carry(value *node) error {
	n.weight += value.weight
	n.depth = max(n.depth, value.depth+1)
	switch {
	case n.weight > maxWeight:
		return wrong(value.place, messages.Sprintf("shorten the file or use fewer aliases"),
			"the file has more than %d {value|values}, aliases expanded", maxWeight)
	case n.depth > maxNested:
		return tooDeep(value.place)
	}
	return nil
}
