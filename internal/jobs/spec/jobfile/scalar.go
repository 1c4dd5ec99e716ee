package jobfile

import (
	"math/big"
	"regexp"
	"strings"
)

// The core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#1032-tag-resolution).
var (
	nulls    = regexp.MustCompile(`^(null|Null|NULL|~|)$`)
	bools    = regexp.MustCompile(`^(true|True|TRUE|false|False|FALSE)$`)
	integers = regexp.MustCompile(`^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$`)
	floats   = regexp.MustCompile(`^([-+]?)([0-9]*)(?:\.([0-9]*))?([eE][-+]?[0-9]+)?$`)
	extremes = regexp.MustCompile(`^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
)

// resolve is the shape of a text without quotes.
func resolve(text string) shape {
	switch {
	case nulls.MatchString(text):
		return isNull
	case bools.MatchString(text):
		return isBool
	case integers.MatchString(text):
		return isInteger
	case isFloat(text), extremes.MatchString(text):
		return isNumber
	}
	return isText
}

func isFloat(text string) bool {
	m := floats.FindStringSubmatch(text)
	return m != nil && m[2]+m[3] != ""
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
