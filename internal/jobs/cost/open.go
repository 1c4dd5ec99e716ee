package cost

import (
	"iter"
	"maps"
	"math/rand/v2"
	"slices"

	"gigabatch/internal/gigachat"
)

// Kept is what is set aside for an open batch. It goes into the journal, so that the process that collects the batch knows it.
type Kept struct {
	KeptID uint64   `json:"kept,omitempty"` // at random; 0 if nothing is set aside
	Tokens int64    `json:"tokens,omitempty"`
	Cost   Amount   `json:"cost_rub,omitempty"`
	OfLine struct { // the most that one line may cost
		Tokens int64  `json:"tokens,omitempty"`
		Cost   Amount `json:"cost_rub,omitempty"`
	} `json:"line,omitzero"`
	Days map[string]Amount `json:"days,omitempty"` // of the cost: what was taken from the ledger, by day
}

// batches is what is set aside for all open batches.
type batches struct {
	sums
	of map[uint64]*batch
}

// batch is what is set aside for an open batch. All of it that is not spent stays set aside until its last line has ended, because what one line
// may cost is known only while the process runs that made it.
type batch struct {
	sums               // not spent
	lines      int     // not ended
	parts      []*part // all lines
	kept       sums    // of lines that may have been billed
	leases     []lease // from the ledger, the oldest first
	leasesLeft Amount  // of leases, not spent
}

// KeepOpen makes what is set aside for the lines of a batch last beyond the process: Close does not give it back to the ledger. It is called
// before the batch is journaled and posted, so that a process that is killed leaves the same. Requests that wait for a part of the budget no
// longer wait for these lines; see LimitError.Open. Each line is settled, freed or kept later, and Collected ends the batch, also one that was
// never posted.
func (s *Spending) KeepOpen(of []Reserved) Kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, k := &batch{}, Kept{KeptID: max(rand.Uint64(), 1)}
	for _, r := range of {
		if !r.over() && r.batch == nil {
			r.batch = b
			b.parts = append(b.parts, r.part)
			b.add(r.sums, 1)
			k.OfLine.Tokens, k.OfLine.Cost = max(k.OfLine.Tokens, r.tokens), max(k.OfLine.Cost, r.cost)
		}
	}
	b.lines = len(b.parts)
	for b.leasesLeft < b.cost && len(s.leases) > 0 {
		took := last(&s.leases, b.cost-b.leasesLeft)
		b.leases = append(b.leases, took)
		b.leasesLeft += took.amount
		if k.Days == nil {
			k.Days = map[string]Amount{}
		}
		k.Days[took.day] += took.amount
	}
	slices.Reverse(b.leases)
	k.Tokens, k.Cost = b.tokens, b.cost
	s.openBatch(k.KeptID, b)
	s.wake()
	return k
}

// Restore sets aside what an open batch of an earlier process may still cost, and returns those of its lines that are not collected, of which
// only the number is known. collected has the model and usage of each line whose result an earlier process has journaled; nil is none. What was
// taken from the ledger for the batch counts as taken by this run, for its days. A batch that nobody has set anything aside for, whose Kept is
// zero, is none to Collected.
func (s *Spending) Restore(k Kept, lines int, collected iter.Seq2[string, gigachat.Usage]) []Reserved {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.open.of[k.KeptID]
	if b == nil {
		b = &batch{sums: sums{k.Tokens, k.Cost}, lines: lines}
		rest := k.Cost
		for _, day := range slices.Sorted(maps.Keys(k.Days)) {
			b.leases = append(b.leases, lease{day, k.Days[day]})
			rest -= k.Days[day]
		}
		if rest > 0 { // the ledger had nothing to do with it
			b.leases = append(b.leases, lease{"", rest})
		}
		for _, l := range b.leases {
			b.leasesLeft += l.amount
		}
		if collected != nil {
			for model, u := range collected {
				line, _ := s.Prices.Of(model)
				price, _ := line.In(true)
				b.spend(used(u, price))
			}
		}
		for range lines {
			b.parts = append(b.parts, &part{sums: sums{k.OfLine.Tokens, k.OfLine.Cost}, claim: Claim{Batch: true}, batch: b})
		}
		if lines == 0 {
			b.sums = sums{}
		}
		s.leased += b.leasesLeft
		s.held.add(b.sums, 1)
		s.openBatch(k.KeptID, b)
	}
	var of []Reserved
	for _, p := range b.parts { // it may be open in this process
		if !p.ended {
			of = append(of, Reserved{p})
		}
	}
	return of
}

// openBatch adds a batch, whose sums are held. The caller holds s.mu.
func (s *Spending) openBatch(id uint64, b *batch) {
	if s.open.of == nil {
		s.open.of = map[uint64]*batch{}
	}
	if id != 0 {
		s.open.of[id] = b
	}
	s.open.add(b.sums, 1)
	s.apart += b.leasesLeft
}

// SettleBatch counts what a line of a batch has cost. The model is that of the answer. A restored line has no price, so it gets that of the
// model.
func (s *Spending) SettleBatch(r Reserved, model string, u gigachat.Usage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.over() {
		return
	}
	if r.claim.Model == "" {
		r.price = s.price(model, true)
	}
	s.settle(r, model, u)
}

// Collected gives back to the ledger what is left of what was taken for a batch. It is called once the journal has all results of the batch and
// that it is collected: what was given back earlier would be given back again by the next process after a crash. Lines that have not ended have
// cost nothing.
func (s *Spending) Collected(k Kept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.open.of[k.KeptID]
	if b == nil {
		return
	}
	for _, p := range b.parts {
		s.end(Reserved{p}, sums{}, sums{})
	}
	delete(s.open.of, k.KeptID)
	leased := s.leased
	_ = s.give(&b.leases, b.leasesLeft) // at worst, the ledger has more than was spent
	s.apart -= leased - s.leased
	s.wake()
}

// endLine counts what a line of a batch has cost, or may have cost. The latter counts once all lines have ended: together they cost at most what
// the others have left. The caller holds s.mu.
func (s *Spending) endLine(b *batch, spent, kept sums) {
	freed, leased := b.sums, b.leasesLeft
	b.spend(spent)
	b.kept.add(kept, 1)
	if b.lines--; b.lines == 0 {
		kept = sums{min(b.kept.tokens, b.tokens), min(b.kept.cost, b.cost)}
		s.keep(kept, b.leases != nil)
		b.spend(kept)
		b.sums = sums{}
	}
	freed.add(b.sums, -1)
	s.open.add(freed, -1)
	s.held.add(freed, -1)
	s.apart -= leased - b.leasesLeft
}

// spend takes what was spent from what is set aside.
func (b *batch) spend(spent sums) {
	b.tokens, b.cost = b.tokens-min(spent.tokens, b.tokens), b.cost-min(spent.cost, b.cost)
	b.leasesLeft -= min(spent.cost, b.leasesLeft)
}
