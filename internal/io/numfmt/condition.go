package numfmt

import (
	"strconv"
	"strings"
)

// condition defines the numbers that a section applies to. A nil condition applies to all numbers.
type condition struct {
	op    string
	limit float64
}

// parseCondition returns the condition in brackets, or nil if the brackets contain something else.
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

// negative reports whether only negative numbers, or zero, meet the condition. If limit is 0, all negative numbers must meet it; if it
// is -1, some suffice.
func (c *condition) negative(limit float64) bool {
	return c != nil && (c.op == "<" || c.op == "<=") && (c.limit == 0 || limit < 0 && c.limit < 0)
}

// positive reports whether all positive numbers meet the condition and no negative ones.
func (c *condition) positive() bool { return c != nil && (c.op == ">" || c.op == ">=") && c.limit == 0 }
