package estimate

import (
	"cmp"
	"math"

	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
)

// InBatches is what the requests cost in asynchronous batches, and in how many batches and rounds they are asked. Each round needs answers of
// the one before: for columns that depend on others, for repairs, and for joining the parts of long texts.
type InBatches struct {
	Via     string      `json:"via,omitempty"` // how the run asks; "" if it asks live
	Lines   int         `json:"batch_lines"`   // most requests of a batch
	Batches Range       `json:"batches"`
	Rounds  Range       `json:"rounds"`
	Cost    *Money      `json:"rubles,omitempty"`      // of all requests in batches; nil if the price of batches is unknown
	Live    *Money      `json:"rubles_live,omitempty"` // of all requests live
	Saved   cost.Amount `json:"saved_rubles"`          // likely, if all requests are asked in batches
}

// money returns the estimated cost of requests by the way in which they are asked: in batches, live, or in batches as far as the key and the
// deadline allow. It is nil if a price is unknown.
func (s *sums) money(via string) (way, live, batch *Money) {
	if s.priced {
		live = moneyOf(s.rubles)
	}
	if s.batched {
		batch = moneyOf(s.inBatches)
	}
	switch {
	case via == task.ViaLive, via == task.ViaAuto && batch == nil:
		return live, live, batch
	case via == task.ViaBatch, live == nil, batch == nil:
		return batch, live, batch
	}
	return &Money{batch.Likely, batch.Low, max(batch.High, live.High)}, live, batch
}

func moneyOf(s Sum) *Money {
	r := s.Range()
	return &Money{cost.OfRubles(r.Likely), cost.OfRubles(r.Low), cost.OfRubles(r.High)}
}

// inBatches returns what the requests of the columns, and all of them, cost in batches. It is nil for a run that asks live if that is unknown.
func inBatches(columns []*column, each []sums, total sums, way task.Batching) *InBatches {
	in := &InBatches{Via: way.Via, Lines: cmp.Or(way.Lines, task.DefaultBatchLines)}
	_, in.Live, in.Cost = total.money(way.Via)
	if total.requests.Mean == 0 || in.Cost == nil && way.Via == task.ViaLive {
		return nil
	}
	if in.Cost != nil {
		in.Saved = in.Live.Likely - in.Cost.Likely
	}
	in.Rounds.Likely, in.Batches.Likely = rounds(columns, each, float64(in.Lines), func(s Sum) float64 { return s.Mean }, likelyRepairs)
	in.Rounds.Low, in.Batches.Low = rounds(columns, each, float64(in.Lines), func(s Sum) float64 { return s.Range().Low }, noRepairs)
	in.Rounds.High, in.Batches.High = rounds(columns, each, float64(in.Lines), func(s Sum) float64 { return s.Range().High }, mostRepairs)
	return in
}

// How many rounds of at most so many repairs are expected of n requests, of which a share needs each.
func noRepairs(float64, float64, int) int { return 0 }

func mostRepairs(_, share float64, repairs int) int {
	if share == 0 {
		return 0
	}
	return repairs
}

func likelyRepairs(n, share float64, repairs int) (rounds int) {
	for n *= share; n >= 0.5 && rounds < repairs; n *= share {
		rounds++
	}
	return rounds
}

// rounds returns the number of rounds and of batches, by the amounts that pick chooses.
func rounds(
	columns []*column, each []sums, lines float64, pick func(Sum) float64, repairs func(n, share float64, most int) int,
) (rounds, batches float64) {
	ends := make([]int, len(columns)) // the round after which a column is complete
	var asked []float64               // by round
	ask := func(round int, n float64) {
		for len(asked) < round {
			asked = append(asked, 0)
		}
		asked[round-1] += n
	}
	var end func(i int) int
	end = func(i int) int {
		c, s := columns[i], each[i]
		if ends[i] > 0 || s.requests.Mean == 0 {
			return ends[i]
		}
		first := 1
		for _, j := range c.Needs {
			first = max(first, end(j)+1)
		}
		n, share := pick(s.requests), s.repairs.Mean/s.requests.Mean
		n /= 1 + share
		last := first
		if c.split > 0 {
			last++
			ask(last, float64(c.split))
			n = max(0, n-float64(c.split))
		}
		ask(first, n)
		for range repairs(n, share, c.Spec.Repairs) {
			n *= share
			last++
			ask(last, n)
		}
		ends[i] = last
		return last
	}
	for i := range columns {
		end(i)
	}
	for _, n := range asked {
		batches += math.Ceil(n / lines)
	}
	return float64(len(asked)), batches
}
