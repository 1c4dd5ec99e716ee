package numfmt

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

// decimal is the absolute value of a number: the digits follow a decimal point, which is then moved to the right by shift. It has 15
// digits, the precision of spreadsheets, unless it is an integer that is stored with more.
type decimal struct {
	digits string // without leading and trailing zeros
	shift  int
}

// newDecimal returns the absolute value of n, which is stored like this.
func newDecimal(n float64, stored string) decimal {
	if whole, ok := integer(stored); ok && len(whole) > maxDigits {
		whole = strings.TrimPrefix(whole, "-")
		return decimal{strings.TrimRight(whole, "0"), len(whole)}
	}
	var room [32]byte
	text := strconv.AppendFloat(room[:0], math.Abs(n), 'e', 14, 64)
	mark := bytes.IndexByte(text, 'e')
	exponent, err := strconv.Atoi(string(text[max(mark, 0)+1:]))
	if mark < 2 || err != nil {
		return decimal{} // not a number
	}
	text[1] = text[0] // overwrites the point
	digits := bytes.TrimRight(text[1:mark], "0")
	if len(digits) == 0 {
		return decimal{}
	}
	return decimal{string(digits), exponent + 1}
}

// zero reports whether the number is 0.
func (d decimal) zero() bool { return d.digits == "" }

// times returns d multiplied by a power of ten.
func (d decimal) times(power int) decimal {
	if !d.zero() {
		d.shift += power
	}
	return d
}

// round returns d with that many decimals. Halves are rounded away from zero.
func (d decimal) round(decimals int) decimal {
	keep := d.shift + decimals
	switch {
	case keep < 0 || d.zero():
		return decimal{}
	case keep >= len(d.digits):
		return d
	case d.digits[keep] < '5':
		d.digits = strings.TrimRight(d.digits[:keep], "0")
		if d.digits == "" {
			return decimal{}
		}
		return d
	}
	kept := strings.TrimRight(d.digits[:keep], "9")
	if kept == "" {
		return decimal{"1", d.shift + 1}
	}
	return decimal{kept[:len(kept)-1] + string(kept[len(kept)-1]+1), d.shift}
}

// split returns the digits before the decimal point, "" for 0, and the digits after it.
func (d decimal) split(decimals int) (whole, part string) {
	d = d.round(decimals)
	digits, point := d.digits, d.shift
	if point < 0 {
		digits = strings.Repeat("0", -point) + digits
		point = 0
	}
	if missing := point + decimals - len(digits); missing > 0 {
		digits += strings.Repeat("0", missing)
	}
	return digits[:point], digits[point : point+decimals]
}
