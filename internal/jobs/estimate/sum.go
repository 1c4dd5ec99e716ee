package estimate

import (
	"encoding/json"
	"math"
)

// Range is an estimated amount. The true amount is between Low and High in 95 of 100 cases.
type Range struct{ Likely, Low, High float64 }

// MarshalJSON rounds to whole numbers.
func (r Range) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Likely int64 `json:"estimate"`
		Low    int64 `json:"low"`
		High   int64 `json:"high"`
	}{int64(math.Round(r.Likely)), int64(math.Round(r.Low)), int64(math.Round(r.High))})
}

// Sum is an amount that consists of parts, with what is unknown of it.
type Sum struct {
	Mean  float64
	Down  float64 // the amount may be this much lower for a reason that all parts share, with 95 %
	Up    float64 // … or higher
	Noise float64 // variance of what differs from part to part by chance
}

// Plus returns the sum of two amounts. What is unknown of them for a shared reason adds up.
func (s Sum) Plus(o Sum) Sum {
	return Sum{s.Mean + o.Mean, s.Down + o.Down, s.Up + o.Up, s.Noise + o.Noise}
}

// Times returns the amount k times.
func (s Sum) Times(k float64) Sum { return Sum{s.Mean * k, s.Down * k, s.Up * k, s.Noise * k * k} }

// Both returns the sum of two amounts that are wrong for reasons of their own.
func (s Sum) Both(o Sum) Sum {
	return Sum{s.Mean + o.Mean, math.Hypot(s.Down, o.Down), math.Hypot(s.Up, o.Up), s.Noise + o.Noise}
}

// Of returns the product of a count and an amount for each, which are wrong for reasons of their own.
func (s Sum) Of(each Sum) Sum {
	width := func(count, amount float64) float64 { return math.Hypot(count*each.Mean, amount*s.Mean) }
	return Sum{s.Mean * each.Mean, width(s.Down, each.Down), width(s.Up, each.Up), s.Noise*each.Mean*each.Mean + s.Mean*each.Noise}
}

// Range returns the interval of the amount, which is not negative.
func (s Sum) Range() Range {
	chance := normal * math.Sqrt(s.Noise)
	return Range{s.Mean, max(0, s.Mean-math.Hypot(s.Down, chance)), s.Mean + math.Hypot(s.Up, chance)}
}

// exactly returns a known amount.
func exactly(n float64) Sum { return Sum{Mean: n} }

// normal is how many standard deviations on both sides of the mean have 95 % of a normal distribution.
const normal = 1.959964

// student returns the same for Student's distribution with some degrees of freedom (Abramowitz and Stegun, 26.7.5).
func student(freedom float64) float64 {
	const (
		z  = normal
		z3 = z * z * z
		z5 = z3 * z * z
		z7 = z5 * z * z
	)
	switch n := freedom; {
	case n < 1.5:
		return 12.7
	case n < 2.5:
		return 4.3
	default:
		return z + (z3+z)/(4*n) + (5*z5+16*z3+3*z)/(96*n*n) + (3*z7+19*z5+17*z3-15*z)/(384*n*n*n)
	}
}
