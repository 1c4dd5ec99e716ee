package jobfile

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// builder makes nodes of a syntax tree.
type builder struct {
	lines   []string
	runes   [][]rune         // the same lines
	anchors map[string]*node // those that ended above
	flow    int              // how many brackets are open
}

func newBuilder(text string) *builder {
	b := &builder{lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n"), anchors: map[string]*node{}}
	for _, line := range b.lines {
		b.runes = append(b.runes, []rune(line))
	}
	return b
}

// line is the one that a place is in.
func (b *builder) line(at place) []rune { return b.runes[min(at.line, len(b.runes))-1] }

// node reads a value. indent is how far the line of its key, or of its dash, is indented: -1 at the top.
func (b *builder) node(v ast.Node, indent int) (*node, error) {
	switch v := v.(type) {
	case nil, *ast.CommentGroupNode:
		return &node{place: place{1, 1}, weight: 1}, nil
	case *ast.AnchorNode:
		return b.anchor(v, indent)
	case *ast.AliasNode:
		return b.alias(v)
	case *ast.LiteralNode:
		return b.block(v, indent)
	case *ast.SequenceNode:
		return b.list(v)
	case *ast.MappingNode:
		return b.mapping(v)
	}
	return b.scalar(v.GetToken())
}

// anchor keeps its value for the aliases below. Within the value the name stands for nothing.
func (b *builder) anchor(v *ast.AnchorNode, indent int) (*node, error) {
	name := v.Name.GetToken().Value
	delete(b.anchors, name)
	n, err := b.node(v.Value, indent)
	if err == nil {
		b.anchors[name] = n
	}
	return n, err
}

// alias is what the anchor of that name holds, in the place of the alias.
func (b *builder) alias(v *ast.AliasNode) (*node, error) {
	at := placeOf(v.Start)
	name := v.Value.GetToken().Value
	target := b.anchors[name]
	if target == nil {
		return nil, wrong(at, "put quotes around a text that begins with *", "there is no anchor &%s above", short(name))
	}
	n := *target
	n.place = at
	return &n, nil
}

func (b *builder) scalar(t *token.Token) (n *node, err error) {
	switch t.Type {
	case token.SingleQuoteType, token.DoubleQuoteType:
		n, err = b.quotedText(t)
	case token.ImplicitNullType:
		n = &node{place: placeOf(t)}
	case token.NullType, token.BoolType, token.IntegerType, token.BinaryIntegerType, token.OctetIntegerType, token.HexIntegerType,
		token.FloatType, token.InfinityType, token.NanType, token.StringType:
		n, err = b.plainText(t)
	default:
		err = wrong(placeOf(t), hintQuotes, "this has no place here")
	}
	if err != nil {
		return nil, err
	}
	n.weight = 1 + len(n.text)/textWeight
	return n, nil
}

func (b *builder) list(v *ast.SequenceNode) (*node, error) {
	n := &node{place: placeOf(v.Start), shape: isList, flow: v.IsFlowStyle, weight: 1}
	if n.flow {
		b.flow++
		defer func() { b.flow-- }()
	}
	for i, item := range v.Values {
		dash := n.place
		if i < len(v.Entries) && !n.flow {
			dash = placeOf(v.Entries[i].Start)
		}
		value, err := b.node(item, dash.col-1)
		if err != nil {
			return nil, err
		}
		if err := b.checkIndent(dash, value); err != nil {
			return nil, err
		}
		n.items = append(n.items, value)
		if err := n.carry(value); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// carry adds the weight of a value within, and checks the limits.
func (n *node) carry(value *node) error {
	n.weight += value.weight
	n.depth = max(n.depth, value.depth+1)
	switch {
	case n.weight > maxWeight:
		return wrong(value.place, "write less into one file, and use fewer aliases", "the file comes to more than %d values", maxWeight)
	case n.depth > maxNested:
		return tooDeep(value.place)
	}
	return nil
}
