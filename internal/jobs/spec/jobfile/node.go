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

// node is a value as YAML 1.2 means it, without anchors, aliases and merge keys. Nodes are shared between their aliases.
type node struct {
	place
	shape   shape
	text    string // of a scalar, as it was written
	clipped bool   // it is a block text whose last line break is clipped (neither |+ nor |-)
	flow    bool   // it is a list or a mapping in brackets
	items   []*node
	pairs   []pair
	weight  int // how much it is with all within
	depth   int // how many values it has within each other
}

// pair is a key of a mapping, which is a text, with its value.
type pair struct {
	key, value *node
	merged     bool // it came from a merge key
}

// value is that of the key of this name, nil if there is none.
func (n *node) value(name string) *node {
	for _, p := range n.pairs {
		if canonical(p.key.text) == name {
			return p.value
		}
	}
	return nil
}

// scalar reports whether it is one value that is not null.
func (n *node) scalar() bool { return n.shape != isNull && n.shape != isList && n.shape != isMapping }

// plain is the text of a scalar without the line break at the end of a block.
func (n *node) plain() string {
	if n.clipped {
		return strings.TrimSuffix(n.text, "\n")
	}
	return n.text
}

// Message says what it is.
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

// short is the beginning of a text.
func short(text string) string {
	const most = 40
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// numeric reports whether it is a number that is one: neither infinite nor .nan.
func (n *node) numeric() bool {
	return n.shape == isInteger || n.shape == isNumber && !extremes.MatchString(n.text)
}

// number writes a numeric node as JSON and flags take it: as it was written, but decimal, without a plus or zeros in front.
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
