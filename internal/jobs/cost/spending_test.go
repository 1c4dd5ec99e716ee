package cost

import (
	"errors"
	"testing"

	"gigabatch/internal/gigachat"
)

// A budget that is set while a run is under way counts what it has spent, what is in flight, and what was lost before, and is as strict as one
// that the run began with.
func TestSetCost(t *testing.T) {
	t.Parallel()
	claim := Claim{Model: "GigaChat-2-Max", Characters: 100, Completion: 100}
	line, _ := Known().Of(claim.Model)
	most := line.Price.OfTokens(51, 100, 0)
	s := &Spending{Prices: Known()}
	reserve := func(fits, waits bool) Reserved {
		t.Helper()
		r, wait, err := s.Reserve(claim)
		if _, over := errors.AsType[*LimitError](err); (err == nil && wait == nil) != fits || (wait != nil) != waits || over == (fits || waits) {
			t.Fatalf("fits %v, waits %v, error %v; want %v and %v", err == nil && wait == nil, wait != nil, err, fits, waits)
		}
		return r
	}
	first, second, lost := reserve(true, false), reserve(true, false), reserve(true, false)
	s.Keep(lost)
	if got := s.Spent(); got.Cost != 0 || got.Maybe != 0 || got.Budget != 0 {
		t.Errorf("without a budget: %+v", got)
	}
	s.SetCost(4*most - 1) // the lost one and two in flight, and no other
	if got := s.Spent(); got.Cost != most || got.Maybe != most || got.Budget != 4*most-1 || s.Bounds().Cost != 4*most-1 {
		t.Errorf("with a budget: %+v", got)
	}
	_, wait, _ := s.Reserve(claim)
	s.SetCost(4 * most)
	select {
	case <-wait:
	default:
		t.Error("a higher budget wakes nobody")
	}
	third := reserve(true, false)
	reserve(false, true)
	s.SetCost(most / 2)
	reserve(false, true) // what is in flight is awaited
	for _, r := range []Reserved{first, second, third} {
		s.Settle(r, gigachat.Usage{PromptTokens: 10, CompletionTokens: 10})
	}
	reserve(false, false)
	used := most + 3*line.Price.OfTokens(10, 10, 0)
	if got := s.Spent(); got.Cost != used {
		t.Errorf("spent %v, want %v", got.Cost, used)
	}
	s.SetCost(used + most)
	s.Keep(reserve(true, false))
	if got := s.Spent(); got.Cost != used+most || got.Maybe != 2*most {
		t.Errorf("spent %v, perhaps %v", got.Cost, got.Maybe)
	}
}
