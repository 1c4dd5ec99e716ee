package estimate

import (
	"math/rand/v2"
	"slices"
)

// Sample is a choice among items of known sizes, from which an amount of all of them is extrapolated. Items that are large compared to the
// others are all in it. The others are in strata of similar sizes, each with about the same share of the total size.
type Sample struct {
	strata []stratum
}

// stratum is a group of items of similar sizes, some of which are chosen.
type stratum struct {
	items  int
	size   float64 // of all items
	chosen []int   // indices of items
	sizes  []float64
}

// perStratum is how many items of a stratum are measured.
const perStratum = 4

// Choose chooses n items. The same sizes and seed give the same choice.
func Choose(sizes []uint32, n int, seed uint64) *Sample {
	order := make([]int32, len(sizes))
	left := 0.0
	for i, size := range sizes {
		order[i] = int32(i)
		left += float64(size)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return int(sizes[b]) - int(sizes[a]) })
	s := &Sample{}
	all := stratum{}
	for n > 0 && len(order) > 0 && (n >= len(order) || float64(n)*float64(sizes[order[0]]) >= left) {
		all.add(int(order[0]), sizes)
		all.items, all.size = all.items+1, all.size+float64(sizes[order[0]])
		left -= float64(sizes[order[0]])
		order, n = order[1:], n-1
	}
	if all.items > 0 {
		s.strata = append(s.strata, all)
	}
	random := rand.New(rand.NewPCG(seed, uint64(len(sizes))))
	strata := max(1, n/perStratum)
	for h := range strata {
		if len(order) == 0 || n == 0 {
			break
		}
		take := max(1, n/(strata-h)) // of this stratum
		part, members := stratum{}, 0
		for members < len(order) && (h == strata-1 || members < take || part.size < left/float64(strata-h)) {
			part.size += float64(sizes[order[members]])
			members++
		}
		part.items = members
		for _, i := range random.Perm(members)[:min(take, members)] {
			part.add(int(order[i]), sizes)
		}
		n -= len(part.chosen)
		left -= part.size
		order = order[members:]
		s.strata = append(s.strata, part)
	}
	return s
}

func (h *stratum) add(i int, sizes []uint32) {
	h.chosen, h.sizes = append(h.chosen, i), append(h.sizes, float64(sizes[i]))
}

// Chosen returns the indices of the chosen items.
func (s *Sample) Chosen() (all []int) {
	for _, h := range s.strata {
		all = append(all, h.chosen...)
	}
	return all
}

// Total extrapolates an amount from what measured returns for the chosen items: it assumes that the amount of an item is about proportional
// to its size (the combined ratio estimator; W. G. Cochran, Sampling Techniques, 6.11).
func (s *Sample) Total(measured func(item int) float64) Sum {
	known, amount, size, rest := 0.0, 0.0, 0.0, 0.0
	for _, h := range s.strata {
		weight := float64(h.items) / float64(max(1, len(h.chosen)))
		for i, item := range h.chosen {
			if weight == 1 {
				known += measured(item)
				continue
			}
			amount += weight * measured(item)
			size += weight * h.sizes[i]
		}
		if weight != 1 {
			rest += h.size
		}
	}
	if size == 0 {
		return exactly(known)
	}
	ratio := amount / size
	variance, spread := 0.0, 0.0 // spread is for the degrees of freedom (Satterthwaite)
	var lone []float64           // residuals of strata with a single measured item
	for _, h := range s.strata {
		n, all := float64(len(h.chosen)), float64(h.items)
		if n == all {
			continue
		}
		mean, squares := 0.0, 0.0
		for i, item := range h.chosen {
			d := measured(item) - ratio*h.sizes[i]
			mean += d / n
			squares += d * d
		}
		if n < 2 {
			lone = append(lone, squares*all*all)
			continue
		}
		v := all * all * (1 - n/all) / n * max(0, squares-n*mean*mean) / (n - 1)
		variance += v
		spread += v * v / (n - 1)
	}
	for _, v := range lone {
		variance += v
		spread += v * v
	}
	freedom := 1e6
	if spread > 0 {
		freedom = variance * variance / spread
	}
	widen := student(freedom) / normal
	return Sum{Mean: known + ratio*rest, Noise: variance * widen * widen}
}
