package jobfile

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

func (b *builder) mapping(v *ast.MappingNode) (*node, error) {
	n := &node{place: placeOf(v.Start), shape: isMapping, flow: v.IsFlowStyle, weight: 1}
	switch {
	case n.flow:
		b.flow++
		defer func() { b.flow-- }()
	case len(v.Values) > 0:
		n.place = placeOf(v.Values[0].Key.GetToken())
	}
	var bases []*node
	seen := map[string]place{}
	for _, kv := range v.Values {
		if kv.Key.IsMergeKey() {
			base, err := b.node(kv.Value, -1)
			if err != nil {
				return nil, err
			}
			bases = append(bases, base)
			continue
		}
		p, err := b.pair(kv)
		if err != nil {
			return nil, err
		}
		if first, ok := seen[p.key.text]; ok {
			return nil, duplicate(p.key, first)
		}
		seen[p.key.text] = p.key.place
		if err := n.add(p); err != nil {
			return nil, err
		}
	}
	return n, n.merge(bases, seen)
}

func (b *builder) pair(kv *ast.MappingValueNode) (p pair, err error) {
	if p.key, err = b.key(kv); err != nil {
		return p, err
	}
	if p.value, err = b.node(kv.Value, p.key.col-1); err == nil && p.value.shape != isList {
		err = b.checkIndent(p.key.place, p.value)
	}
	return p, err
}

// checkIndent refuses a value in a line below its key or dash that does not stand to the right of it. The library takes some of those.
func (b *builder) checkIndent(at place, value *node) error {
	if b.flow > 0 || value.shape == isNull || value.line <= at.line || value.col > at.col {
		return nil
	}
	return wrong(value.place, "indent it, or give what stands above it a value", "this is not indented deeper than what it belongs to in line %d", at.line)
}

func (b *builder) key(kv *ast.MappingValueNode) (*node, error) {
	t := kv.Key.GetToken()
	at, colon := placeOf(t), placeOf(kv.Start)
	if _, ok := kv.Key.(*ast.AnchorNode); ok {
		return nil, wrong(at, "for example: key: &name value", "an anchor stands behind the colon, not in front of a key")
	}
	key, err := b.scalar(t)
	switch {
	case err != nil:
		return nil, err
	case key.shape != isText:
		return nil, wrong(at, "put quotes around it", "a key is a text, not %s", key)
	case colon.line != at.line:
		return nil, wrong(at, hintQuotes, "a key stands in one line with its colon")
	case b.flow > 0 && t.Indicator != token.QuotedScalarIndicator && !strings.ContainsRune(" \t\n,]}", b.behind(colon)):
		return nil, wrong(colon, "", "a space is missing behind the colon")
	}
	return key, nil
}

// behind is the character after a place, a line break at the end of its line.
func (b *builder) behind(at place) rune {
	if line := b.line(at); at.col < len(line) {
		return line[at.col]
	}
	return '\n'
}

func (n *node) add(p pair) error {
	n.pairs = append(n.pairs, p)
	if err := n.carry(p.key); err != nil {
		return err
	}
	return n.carry(p.value)
}

// merge adds the keys of the mappings that merge keys name, where n does not have them itself (https://yaml.org/type/merge.html).
func (n *node) merge(bases []*node, seen map[string]place) error {
	for _, base := range bases {
		if base.shape == isList {
			if err := n.merge(base.items, seen); err != nil {
				return err
			}
			continue
		}
		if base.shape != isMapping {
			return wrong(base.place, "for example: <<: *first", "<< takes a mapping or a list of mappings, not %s", base)
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
