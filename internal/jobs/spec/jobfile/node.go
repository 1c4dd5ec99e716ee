package jobfile

import (
	"math/big"
	"strings"

	"gigabatch/internal/messages"
)

type shape int

const (
	isNull shape = iota
	isText
	isInteger
	isNumber // with a fraction or an exponent; also .inf and .nan
	isBool
	isList
	isMapping
)

// node is a value of YAML 1.2 without anchors, aliases and merge keys. Aliases share nodes.
type node struct {
	place
	shape   shape
	text    string // of a scalar, as written
	clipped bool   // a block text whose final line break is clipped (neither |+ nor |-)
	flow    bool   // a list in brackets or a mapping in braces
	items   []*node
	pairs   []pair
	weight  int // size including nested values
	depth   int // depth of the nested values
}

// pair is a key of a mapping, which is a text, with its value.
type pair struct {
	key, value *node
	merged     bool // comes from a merge key
}

// value returns the value of a key, or nil.
func (n *node) value(name string) *node {
	for _, p := range n.pairs {
		if canonical(p.key.text) == name {
			return p.value
		}
	}
	return nil
}

// scalar reports whether the node is a single value other than null.
func (n *node) scalar() bool { return n.shape != isNull && n.shape != isList && n.shape != isMapping }

// plain returns the text of a scalar without the clipped line break of a block.
func (n *node) plain() string {
	if n.clipped {
		return strings.TrimSuffix(n.text, "\n")
	}
	return n.text
}

// Message describes the node.
func (n *node) Message() messages.Text {
	switch n.shape {
	case isNull:
		return messages.Sprintf("nothing")
	case isText:
		return messages.Sprintf("the text %q", short(n.text))
	case isInteger, isNumber:
		return messages.Sprintf("the number %s", short(n.text))
	case isBool:
		return messages.Verbatim(n.text)
	case isList:
		return messages.Sprintf("a list")
	}
	return messages.Sprintf("a mapping")
}

func (n *node) String() string { return n.Message().String() }

// short returns the beginning of a text.
func short(text string) string {
	const most = 40
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// numeric reports whether the node is a finite number.
func (n *node) numeric() bool {
	return n.shape == isInteger || n.shape == isNumber && !extremes.MatchString(n.text)
}

// number returns a numeric node in the syntax of JSON and flags: as written, but decimal and without a plus sign or leading zeros.
func (n *node) number() string {
	if n.shape == isInteger && strings.HasPrefix(n.text, "0") && len(n.text) > 1 && n.text[1] > '9' {
		v, _ := new(big.Int).SetString(n.text, 0)
		return v.String()
	}
	m := floats.FindStringSubmatch(n.text)
	if m == nil {
		return n.text
	}
	whole := strings.TrimLeft(m[2], "0")
	if whole == "" {
		whole = "0"
	}
	fraction := ""
	if m[3] != "" {
		fraction = "." + m[3]
	}
	return strings.TrimPrefix(m[1], "+") + whole + fraction + m[4]
}
