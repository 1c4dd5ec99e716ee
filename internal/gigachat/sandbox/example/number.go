package example

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// An interval is the range of a number. An open end is outside it.
type interval struct {
	lo, hi         float64
	loOpen, hiOpen bool
}

// intervalOf reads the bounds of s. A missing bound is set at width from the other one.
func intervalOf(s schema, width float64) interval {
	lo, hasLo := numberAt(s, "minimum")
	hi, hasHi := numberAt(s, "maximum")
	i := interval{lo: lo, hi: hi, loOpen: hasLo && s["exclusiveMinimum"] == true, hiOpen: hasHi && s["exclusiveMaximum"] == true}
	if x, found := numberAt(s, "exclusiveMinimum"); found && (!hasLo || x >= lo) {
		i.lo, i.loOpen, hasLo = x, true, true
	}
	if x, found := numberAt(s, "exclusiveMaximum"); found && (!hasHi || x <= hi) {
		i.hi, i.hiOpen, hasHi = x, true, true
	}
	switch {
	case !hasLo && !hasHi:
		i.hi = width
	case !hasHi:
		i.hi = i.lo + width
	case !hasLo && i.hi > 0:
		i.lo, i.loOpen = math.Max(0, i.hi-width), true
	case !hasLo:
		i.lo = i.hi - width
	}
	return i
}

// number makes an integer or a fraction.
func (m *maker) number(s schema) any {
	var step *big.Rat // the number must be a multiple of step; extreme steps are ignored
	if f, found := numberAt(s, "multipleOf"); found && 1e-9 <= f && f <= 1e15 {
		step, _ = new(big.Rat).SetString(strconv.FormatFloat(f, 'f', -1, 64))
	}
	isInteger := kindIn(s) == "integer"
	switch {
	case step != nil && isInteger:
		step = new(big.Rat).SetInt(step.Num()) // the integer multiples of a fraction are the multiples of its numerator
	case isInteger:
		step = big.NewRat(1, 1)
	case step == nil:
		return m.fraction(intervalOf(s, 100))
	}
	size, _ := step.Float64()
	k := m.multiple(intervalOf(s, 100*size), size)
	r := new(big.Rat).Mul(step, new(big.Rat).SetInt(k))
	if r.IsInt() {
		return json.Number(r.Num().String())
	}
	return json.Number(strings.TrimRight(r.FloatString(24), "0")) // a multiple of a decimal fraction is a decimal fraction
}

// multiple returns a k for which k*step is within i, if one exists.
func (m *maker) multiple(i interval, step float64) *big.Int {
	first, last := math.Ceil(i.lo/step), math.Floor(i.hi/step)
	if i.loOpen && first*step <= i.lo {
		first++
	}
	if i.hiOpen && last*step >= i.hi {
		last--
	}
	k := first
	if last > first {
		k += float64(m.below(int(math.Min(last-first, 1<<53)) + 1))
	}
	n, _ := big.NewFloat(finite(k)).Int(nil)
	return n
}

// fraction returns a number within i, rounded to two decimals if it stays within i.
func (m *maker) fraction(i interval) any {
	f := i.lo + (i.hi-i.lo)*float64(1+m.below(99))/100
	if rounded := math.Round(f*100) / 100; i.lo < rounded && rounded < i.hi {
		f = rounded
	}
	return json.Number(strconv.FormatFloat(finite(f), 'g', -1, 64))
}

// finite returns f, or 0 if f is infinite or not a number, which extreme bounds can cause.
func finite(f float64) float64 {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return 0
	}
	return f
}
