package estimate

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gigabatch/internal/jobs/task"
)

func TestStudent(t *testing.T) {
	t.Parallel()
	for freedom, want := range map[float64]float64{1: 12.7, 2: 4.3, 3: 3.182, 5: 2.571, 10: 2.228, 30: 2.042, 1e6: 1.96} {
		if got := student(freedom); math.Abs(got-want) > 0.02*want {
			t.Errorf("%v degrees of freedom: got %.3f, want %.3f", freedom, got, want)
		}
	}
}

func TestSum(t *testing.T) {
	t.Parallel()
	a, b := Sum{Mean: 100, Down: 30, Up: 60}, Sum{Mean: 50, Down: 40, Up: 80}
	for name, test := range map[string]struct {
		sum  Sum
		want Range
	}{
		"for a shared reason":    {a.Plus(b), Range{150, 80, 290}},
		"for reasons of its own": {a.Both(b), Range{150, 100, 250}},
		"three times":            {a.Times(3), Range{300, 210, 480}},
		"of ten":                 {exactly(10).Of(a), Range{1000, 700, 1600}},
		"never negative":         {Sum{Mean: 1, Down: 5}, Range{1, 0, 1}},
		"by chance":              {Sum{Mean: 100, Noise: 25}, Range{100, 100 - 5*normal, 100 + 5*normal}},
	} {
		got := test.sum.Range()
		for i, x := range []float64{got.Likely - test.want.Likely, got.Low - test.want.Low, got.High - test.want.High} {
			if math.Abs(x) > 1e-9 {
				t.Errorf("%s: got %v, want %v (%d)", name, got, test.want, i)
			}
		}
	}
	raw, err := json.Marshal(Range{1.6, 0.2, 2.5})
	if err != nil || string(raw) != `{"estimate":2,"low":0,"high":3}` {
		t.Errorf("got %s, %v", raw, err)
	}
}

// population is items with sizes and amounts: about each for a size of 1, with a scatter, and a few giants.
func population(seed uint64, n int) (sizes []uint32, amounts []float64) {
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range n {
		size := math.Exp(3 + 1.2*r.NormFloat64())
		if i%101 == 3 {
			size = 20000 * (1 + r.Float64())
		}
		sizes = append(sizes, uint32(size)+1)
		amounts = append(amounts, float64(sizes[i])*0.3*math.Exp(0.25*r.NormFloat64()))
	}
	return sizes, amounts
}

func TestChoose(t *testing.T) {
	t.Parallel()
	sizes, _ := population(1, 1000)
	chosen := Choose(sizes, 100, 7).Chosen()
	if again := Choose(sizes, 100, 7).Chosen(); !slices.Equal(chosen, again) {
		t.Error("the same sizes and seed give another choice")
	}
	if n := len(chosen); n < 95 || n > 100 {
		t.Errorf("%d items are chosen, want about 100", n)
	}
	for i, size := range sizes {
		if size > 20000 && !slices.Contains(chosen, i) {
			t.Errorf("the giant %d of size %d is not chosen", i, size)
		}
	}
	if slices.Sort(chosen); len(slices.Compact(chosen)) != len(chosen) {
		t.Error("an item is chosen twice")
	}
	for _, test := range []struct{ items, n, want int }{{5, 100, 5}, {0, 100, 0}, {100, 100, 100}, {1000, 1, 1}, {1000, 3, 3}} {
		sizes, _ := population(2, test.items)
		if got := len(Choose(sizes, test.n, 7).Chosen()); got != test.want {
			t.Errorf("%d of %d items: %d are chosen, want %d", test.n, test.items, got, test.want)
		}
	}
}

// The interval of a total holds in nearly 95 of 100 populations, the estimate is right on average, and a full count is exact.
func TestTotal(t *testing.T) {
	t.Parallel()
	held, bias := 0, 0.0
	const populations = 400
	for seed := range uint64(populations) {
		sizes, amounts := population(seed, 2000)
		want := 0.0
		for _, a := range amounts {
			want += a
		}
		got := Choose(sizes, 100, seed).Total(func(i int) float64 { return amounts[i] }).Range()
		if got.Low <= want && want <= got.High {
			held++
		}
		bias += (got.Likely/want - 1) / populations
	}
	if held < populations*92/100 || held > populations*99/100 || math.Abs(bias) > 0.005 {
		t.Errorf("the interval held in %d of %d populations, want about %d; the bias is %.2f %%", held, populations, populations*95/100, 100*bias)
	}
	sizes, amounts := population(3, 50)
	want := 0.0
	for _, a := range amounts {
		want += a
	}
	got := Choose(sizes, 100, 1).Total(func(i int) float64 { return amounts[i] }).Range()
	if math.Abs(got.Likely-want) > 1e-6 || got.High-got.Low > 1e-6 {
		t.Errorf("a full count: got %v, want %v", got, want)
	}
}

// Observations move the tokens of a character, and of what is around a text, from what is assumed to what is true.
func TestFit(t *testing.T) {
	t.Parallel()
	assumed := fit(1, nil).Total(100, 35000, 35000*350).Range()
	if math.Abs(assumed.Likely-10000) > 1 || assumed.Low > 8000 || assumed.High < 12000 || assumed.Low < 4000 {
		t.Errorf("without observations: got %v", assumed)
	}
	r := rand.New(rand.NewPCG(1, 2))
	width := assumed.High - assumed.Low
	for _, n := range []int{3, 10, 60} {
		var seen []observation
		for range n {
			chars := 50 + 1000*r.Float64()
			seen = append(seen, observation{chars, math.Round(2 + chars/2.9*(1+0.05*r.NormFloat64()))})
		}
		f := fit(1, seen)
		got := f.Total(100, 35000, 35000*350).Range()
		if want := 200 + 35000/2.9; got.Low > want || got.High < want || got.High-got.Low >= width {
			t.Errorf("%d observations: got %v, want %.0f between, and less than %.0f in width", n, got, want, width)
		}
		width = got.High - got.Low
		if n == 60 && math.Abs(f.CharsPerToken()-2.9) > 0.1 {
			t.Errorf("got %.2f characters a token, want about 2.9", f.CharsPerToken())
		}
	}
}

func TestShare(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ some, n, low, high float64 }{{0, 0, 0, 1}, {50, 100, 0.4, 0.6}, {0, 1000, 0, 0.01}} {
		got := share(test.some, test.n, 0.5, 1).Range()
		if got.Low < test.low-0.01 || got.High > test.high+0.01 || got.Likely < test.low || got.Likely > test.high {
			t.Errorf("%v of %v: got %v", test.some, test.n, got)
		}
	}
}

func TestTime(t *testing.T) {
	t.Parallel()
	quota := task.Belief{Streams: 10}
	for name, test := range map[string]struct {
		pace Pace
		want Time
	}{
		"nothing is known":      {Pace{Latency: time.Second}, Time{}},
		"streams":               {Pace{Quota: quota, Latency: 2 * time.Second}, Time{200, FromQuota}},
		"streams of the user":   {Pace{Quota: quota, Limits: task.Limits{Concurrency: 2}, Latency: 2 * time.Second}, Time{1000, FromQuota}},
		"starts in a minute":    {Pace{Quota: task.Belief{Starts: 60, Seconds: 60}}, Time{1000, FromQuota}},
		"the slower of two":     {Pace{Quota: task.Belief{Streams: 10, Starts: 10, Seconds: 1}, Latency: 2 * time.Second}, Time{200, FromQuota}},
		"requests in a minute":  {Pace{Limits: task.Limits{RPM: 30}}, Time{2000, FromQuota}},
		"tokens in a minute":    {Pace{Limits: task.Limits{TPM: 6000}}, Time{3000, FromQuota}},
		"packs":                 {Pace{Quota: quota, Limits: task.Limits{Pack: 20}, Latency: 2 * time.Second}, Time{10, FromQuota}},
		"the pace of a run":     {Pace{Last: Last{100, 50 * time.Second}}, Time{500, FromPace}},
		"a run of few requests": {Pace{Last: Last{5, 50 * time.Second}}, Time{}},
	} {
		e := &Estimate{Part: Part{Requests: Range{Likely: 1000}, Prompt: Range{Likely: 200_000}, Completion: Range{Likely: 100_000}}}
		if e.Take(test.pace); e.Time != test.want {
			t.Errorf("%s: got %v, want %v", name, e.Time, test.want)
		}
	}
}
