package estimate

import (
	"math"

	"gigabatch/internal/gigachat"
)

// Fit is what is known of the tokens of prompts: about around tokens for each request, beyond what is expected of the template of a chat,
// and a number for each character. Measured prompts refine what is assumed without any.
type Fit struct {
	around, each float64    // means
	variance     [3]float64 // of around; of around with each; of each
	scatter      float64    // of a prompt, relative to its characters
	freedom      float64    // degrees of freedom of scatter
	measured     int
}

// What is assumed of the tokens of a text. The documentation has 3 to 4 Russian characters a token, other users 2.7, and CharsPerToken is
// between them; mixed texts differ from each other.
const (
	likelyEach     = 1 / gigachat.CharsPerToken
	doubtEach      = 0.15 * likelyEach // standard deviation
	likelyScatter  = 0.15
	scatterFreedom = 4
	minFreedom     = 6 // for the interval, which few observations would make too wide
)

// observation is a measured prompt: its characters, and its tokens beyond what is expected of the template of a chat.
type observation struct{ chars, tokens float64 }

// fit refines what is assumed by observations (a linear regression with a prior distribution, whose weights fall with the length of the
// text). doubt is the standard deviation of around.
func fit(doubt float64, seen []observation) Fit {
	f := Fit{each: likelyEach, scatter: likelyScatter, freedom: scatterFreedom, measured: len(seen)}
	for range 3 {
		// The sums of the normal equations: of 1, of the characters, of their square; of the tokens, of tokens times characters.
		one, x, xx := 1/(doubt*doubt), 0.0, 1/(doubtEach*doubtEach)
		y, xy := 0.0, likelyEach/(doubtEach*doubtEach)
		for _, o := range seen {
			w := 1 / f.varianceOf(o.chars)
			one, x, xx = one+w, x+w*o.chars, xx+w*o.chars*o.chars
			y, xy = y+w*o.tokens, xy+w*o.tokens*o.chars
		}
		d := one*xx - x*x
		f.around, f.each = (xx*y-x*xy)/d, (one*xy-x*y)/d
		f.variance = [3]float64{xx / d, -x / d, one / d}
		squares := scatterFreedom * likelyScatter * likelyScatter
		for _, o := range seen {
			r := o.tokens - f.around - f.each*o.chars
			squares += max(0, r*r-rounding) / max(1, f.each*f.each*o.chars*o.chars)
		}
		f.freedom = scatterFreedom + float64(len(seen))
		f.scatter = math.Sqrt(squares / f.freedom)
	}
	return f
}

// rounding is the variance that the tokens of a prompt have whatever its length.
const rounding = 1

// varianceOf returns the variance of the tokens of a prompt about what is expected.
func (f Fit) varianceOf(chars float64) float64 {
	return rounding + f.scatter*f.scatter*f.each*f.each*chars*chars
}

// Total returns the tokens of n prompts with that many characters in all, beyond what is expected of the template. squares is the sum of the
// squares of their characters.
func (f Fit) Total(n, chars, squares float64) Sum {
	shared := n*n*f.variance[0] + 2*n*chars*f.variance[1] + chars*chars*f.variance[2]
	t := student(max(minFreedom, f.freedom-2))
	noise := rounding*n + f.scatter*f.scatter*f.each*f.each*squares
	return Sum{
		Mean: n*f.around + chars*f.each, Down: t * math.Sqrt(max(0, shared)), Up: t * math.Sqrt(max(0, shared)),
		Noise: noise * (t / normal) * (t / normal),
	}
}

// CharsPerToken returns the characters that a token has on average.
func (f Fit) CharsPerToken() float64 { return 1 / f.each }

// meanOf returns the mean of amounts for one request, with the doubt that few of them leave. Each is assumed to scatter by about half.
func meanOf(amounts []float64) Sum {
	n, sum := float64(len(amounts)), 0.0
	for _, a := range amounts {
		sum += a
	}
	mean := sum / n
	const priorFreedom = 2
	squares := priorFreedom * (mean / 2) * (mean / 2)
	for _, a := range amounts {
		squares += (a - mean) * (a - mean)
	}
	freedom := priorFreedom + n - 1
	t, variance := student(freedom), squares/freedom
	width := t * math.Sqrt(variance/n)
	return Sum{Mean: mean, Down: width, Up: width, Noise: variance * (t / normal) * (t / normal)}
}

// share returns the share of a kind of which some among n were seen, after a prior experience of some among others.
func share(some, n, priorSome, priorN float64) Sum {
	p := (some + priorSome) / (n + priorN)
	width := normal * math.Sqrt(p*(1-p)/(n+priorN+1))
	return Sum{Mean: p, Down: min(width, p), Up: min(width, 1-p)}
}
