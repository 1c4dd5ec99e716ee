package numfmt

import (
	"strconv"
	"strings"
)

// condition says which numbers a section is for. A nil one is for all.
type condition struct {
	op    string
	limit float64
}

// parseCondition is nil where the brackets hold something else.
func parseCondition(inner string) *condition {
	limit := strings.TrimLeft(inner, "<>=")
	op := inner[:len(inner)-len(limit)]
	n, err := strconv.ParseFloat(strings.TrimSpace(limit), 64)
	if op == "" || err != nil {
		return nil
	}
	return &condition{op, n}
}

func (c *condition) holds(n float64) bool {
	if c == nil {
		return true
	}
	switch c.op {
	case "<":
		return n < c.limit
	case "<=":
		return n <= c.limit
	case ">":
		return n > c.limit
	case ">=":
		return n >= c.limit
	case "=":
		return n == c.limit
	case "<>":
		return n != c.limit
	}
	return false
}

// negative says whether only numbers below zero, and zero, meet the condition; limit 0 asks for all of those, -1 for any.
func (c *condition) negative(limit float64) bool {
	return c != nil && (c.op == "<" || c.op == "<=") && (c.limit == 0 || limit < 0 && c.limit < 0)
}

// positive says whether all numbers above zero meet the condition and none below.
func (c *condition) positive() bool { return c != nil && (c.op == ">" || c.op == ">=") && c.limit == 0 }
