package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/task"
)

// account adds up what the journal says. First every row is given to row, then every record of the journal to entry.
type account struct {
	prices  *cost.Prices
	run     *jobs.Run
	report  *Report
	claims  map[int64]claim     // by the offset of a result: the cells that have it
	spent   map[task.Key]*Spend // what tasks cost before they had a result
	models  map[string]*Spend
	batches map[string]bool // by id: they brought answers
	columns []Spend
	elapsed []uint32 // the latencies of the completions, in milliseconds
	number  int      // of the newest manifest
	own     bool     // the newest manifest has the origin of the last run, sandbox or not
}

// claim says which cells have a result.
type claim struct {
	column uint16 // of the first
	more   uint32 // the number of the others
}

func newAccount(run *jobs.Run, prices *cost.Prices) *account {
	return &account{
		prices: prices, run: run, claims: map[int64]claim{}, spent: map[task.Key]*Spend{}, models: map[string]*Spend{}, batches: map[string]bool{},
		columns: make([]Spend, len(run.Settings().All())),
	}
}

// row notes which results the cells of a row have.
func (a *account) row(row *resolve.Row) {
	for i := range row.Cells {
		for _, off := range row.Cells[i].Results() {
			c, claimed := a.claims[off]
			if claimed {
				c.more++
			} else {
				c.column = uint16(i)
			}
			a.claims[off] = c
		}
	}
}

// entry adds a record of the journal.
func (a *account) entry(e *journal.Entry) {
	r := a.report
	if m := e.Manifest; m != nil {
		a.number++
		if a.own = m.Sandbox == a.run.Sandbox(); a.own {
			r.Runs = append(r.Runs, Run{
				Number: a.number, Started: m.Started, State: task.RunKilled, Fresh: m.Fresh, Limits: m.Limits, points: []point{{at: m.Started}},
			})
			run := &r.Runs[len(r.Runs)-1]
			if run.other = !a.run.Concerns(m); m.Preview {
				run.State = task.RunTried
			}
		}
		return
	}
	if !a.own || e.Sandbox != a.run.Sandbox() {
		return
	}
	run := &r.Runs[len(r.Runs)-1]
	switch {
	case e.Result != nil:
		a.result(run, e.Result, e.Off)
	case e.Spent != nil && run.other:
	case e.Spent != nil:
		s := a.pay(run, e.Spent)
		if e.Spent.Cause == "" || e.Spent.Cause == task.NotUTF8 { // nothing is wrong with it
			r.Spend.Wasted.Twice.add(s)
			return
		}
		r.Spend.Wasted.Spent.add(s)
		of := a.spent[e.Spent.Key]
		if of == nil {
			of = &Spend{}
			a.spent[e.Spent.Key] = of
		}
		of.add(s)
	case e.Mark != nil:
		run.Work = Work{e.Mark.Requests, e.Mark.Refused, e.Mark.Retries}
		run.points = append(run.points, point{e.Mark.At, run.Work})
		run.Limits.Cost = cmp.Or(e.Mark.Spent.Budget, run.Limits.Cost) // gigabatch ctl may have changed it
	case e.End != nil:
		run.Ended, run.Error = e.End.Ended, e.End.Error
		if run.State != task.RunTried {
			run.State = e.End.RunState()
		}
		if s := e.End.Summary; s != nil {
			run.Work, run.guess = Work{s.Requests, s.Refused, s.Retries}, Work{}
			run.points = append(run.points, point{e.End.Ended, run.Work})
			run.Limits.Cost = cmp.Or(s.Spent.Budget, run.Limits.Cost)
			run.Perhaps = s.Spent.Maybe
			if !run.other {
				r.Traffic.OutagesMS += s.OutagesMS
			}
		}
	}
}

// result adds the result of a task.
func (a *account) result(run *Run, res *task.Result, off int64) {
	r := a.report
	c, claimed := a.claims[off]
	if run.other && !claimed {
		return
	}
	s := a.pay(run, res)
	run.guess.Requests += int64(res.Attempts)
	run.guess.Retries += int64(max(res.Attempts-1, 0))
	if res.State == task.Completed && res.Latency > 0 {
		a.elapsed = append(a.elapsed, uint32(min(res.Latency.Milliseconds(), 1<<32-1)))
	}
	switch {
	case res.State != task.Completed:
		r.Spend.Wasted.Failed.add(s)
	case !claimed:
		r.Spend.Wasted.Replaced.add(s)
	case off < a.run.Start():
		r.Saved.Earlier.add(s)
	}
	if !claimed {
		return
	}
	of := &a.columns[c.column]
	of.add(s)
	if before := a.spent[res.Key]; before != nil {
		of.add(*before)
		delete(a.spent, res.Key)
	}
	if res.State == task.Completed {
		for range c.more {
			r.Saved.Shared.add(s)
		}
	}
}

// pay adds an answer to what everything, the run and the model cost. It returns what it cost.
func (a *account) pay(run *Run, res *task.Result) Spend {
	u := res.Usage
	s := Spend{
		PromptTokens: int64(u.PromptTokens), CompletionTokens: int64(u.CompletionTokens), CachedTokens: int64(u.CachedTokens),
	}
	if s.Tokens() == 0 && res.State != task.Completed {
		return s // no answer came
	}
	s.Answers = 1
	line, known := a.prices.Of(res.Model)
	price, priced := line.In(res.Batch != "")
	switch {
	case known && priced:
		s.Rubles = price.Of(u)
		cache := &a.report.Saved.Cached
		cache.Rubles += cost.Amount(min(s.CachedTokens, s.PromptTokens)) * (price.Input - price.Cached)
	case s.Tokens() > 0:
		s.Unpriced = 1
	}
	if res.Batch != "" {
		a.batches[res.Batch] = true
		saved := s
		if saved.Rubles = 0; s.Unpriced == 0 {
			saved.Rubles = line.Price.Of(u) - s.Rubles
		}
		a.report.Saved.Batched.add(saved)
	}
	a.report.Saved.Cached.Tokens += s.CachedTokens
	a.report.Spend.Total.add(s)
	run.Spend.add(s)
	name, _, _ := strings.Cut(res.Model, ":")
	if a.models[name] == nil {
		a.models[name] = &Spend{}
	}
	a.models[name].add(s)
	return s
}

// close completes the report.
func (a *account) close() {
	r := a.report
	r.Runs = slices.DeleteFunc(r.Runs, func(run Run) bool { return run.other && run.Answers == 0 })
	for i := range r.Runs {
		run := &r.Runs[i]
		run.Requests, run.Retries = max(run.Requests, run.guess.Requests), max(run.Retries, run.guess.Retries)
		t := &r.Traffic
		t.Requests, t.Refused, t.Retries = t.Requests+run.Requests, t.Refused+run.Refused, t.Retries+run.Retries
	}
	if n := len(r.Runs); n > 0 && r.Running && r.Runs[n-1].Ended.IsZero() {
		r.Runs[n-1].State = r.Status.State
	}
	priced := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(a.models)) {
		r.Spend.Models = append(r.Spend.Models, Named{name, *a.models[name]})
		if line, known := a.prices.Of(name); known && !priced[line.Model] {
			priced[line.Model] = true
			r.Prices = append(r.Prices, line)
		}
	}
	slices.SortStableFunc(r.Spend.Models, func(a, b Named) int { return cmp.Compare(b.Tokens(), a.Tokens()) })
	r.Spend.Other = r.Spend.Total
	for i, c := range a.run.Settings().All() {
		r.Spend.Columns = append(r.Spend.Columns, Named{c.CompletionColumn, a.columns[i]})
		r.Spend.Other.subtract(a.columns[i])
	}
	r.Spend.Wasted.Lost, r.Saved.Batched.Batches = r.PaidTwice, len(a.batches)
	r.Traffic.Latency = newLatency(a.elapsed)
	r.Traffic.Rate = newRate(r.Runs)
}

func (s *Spend) add(o Spend) { s.count(o, 1) }

func (s *Spend) subtract(o Spend) { s.count(o, -1) }

func (s *Spend) count(o Spend, n int64) {
	s.Answers += n * o.Answers
	s.PromptTokens += n * o.PromptTokens
	s.CompletionTokens += n * o.CompletionTokens
	s.CachedTokens += n * o.CachedTokens
	s.Rubles += cost.Amount(n) * o.Rubles
	s.Unpriced += n * o.Unpriced
}

// Latency is how long the attempts took that brought completions.
type Latency struct {
	Answers int   `json:"answers"`
	P50     int64 `json:"p50_ms"`
	P90     int64 `json:"p90_ms"`
	P99     int64 `json:"p99_ms"`
	Max     int64 `json:"max_ms"`
	sorted  []uint32
}

func newLatency(elapsed []uint32) Latency {
	slices.Sort(elapsed)
	l := Latency{Answers: len(elapsed), sorted: elapsed}
	l.P50, l.P90, l.P99, l.Max = l.percentile(50), l.percentile(90), l.percentile(99), l.percentile(100)
	return l
}

// percentile returns the least latency that so many percent of the answers do not exceed, in milliseconds.
func (l *Latency) percentile(percent int) int64 {
	if len(l.sorted) == 0 {
		return 0
	}
	return int64(l.sorted[(len(l.sorted)*percent+99)/100-1])
}

// point is what a run had requested by a moment.
type point struct {
	at time.Time
	Work
}

// Rate is how many requests were sent a minute, from the start of each run to its end.
type Rate struct {
	Seconds float64       `json:"seconds"` // that each number is the mean of
	Runs    []RunRate     `json:"runs"`
	length  time.Duration // of all runs
	total   int64         // requests in that time
}

// of returns the mean rate and the highest one.
func (r *Rate) of() (mean, most float64) {
	for _, run := range r.Runs {
		for _, v := range run.Requests {
			most = max(most, v)
		}
	}
	return float64(r.total) / r.length.Minutes(), most
}

// RunRate is the rate of one run. Its last number may be of a shorter time.
type RunRate struct {
	Number   int       `json:"run"`
	Requests []float64 `json:"requests_per_minute"`
	Refused  []float64 `json:"refused_per_minute"`
}

const maxRates = 120 // numbers of all runs, about

// rateSteps are the times that a number of a rate may be the mean of.
var rateSteps = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 24 * time.Hour,
}

// newRate returns the rate of the runs, nil if none of them noted its progress.
func newRate(runs []Run) *Rate {
	var total time.Duration
	for i := range runs {
		if length := runs[i].noted(); length >= time.Second {
			total += length
		}
	}
	step := rateSteps[len(rateSteps)-1]
	for _, s := range slices.Backward(rateSteps) {
		if total/s <= maxRates {
			step = s
		}
	}
	rate := &Rate{Seconds: step.Seconds(), length: total}
	for i := range runs {
		run := &runs[i]
		length := run.noted()
		if length < time.Second {
			continue
		}
		of := RunRate{Number: run.Number}
		rate.total += run.points[len(run.points)-1].Requests
		for from := time.Duration(0); from < length; from += step {
			to := min(from+step, length)
			if to-from < step/4 && from > 0 {
				break // too short for a mean
			}
			before, after := run.by(from), run.by(to)
			minutes := (to - from).Minutes()
			of.Requests = append(of.Requests, (after[0]-before[0])/minutes)
			of.Refused = append(of.Refused, (after[1]-before[1])/minutes)
		}
		rate.Runs = append(rate.Runs, of)
	}
	if rate.Runs == nil {
		return nil
	}
	return rate
}

// noted returns for how long the run noted its progress.
func (r *Run) noted() time.Duration { return max(r.points[len(r.points)-1].at.Sub(r.Started), 0) }

// by returns the requests and the refusals up to a time after the start of the run, as if they had been even between two points.
func (r *Run) by(after time.Duration) [2]float64 {
	at := r.Started.Add(after)
	i, _ := slices.BinarySearchFunc(r.points, at, func(p point, at time.Time) int { return p.at.Compare(at) })
	if i == 0 {
		return [2]float64{}
	}
	if i == len(r.points) {
		i--
	}
	before, next := r.points[i-1], r.points[i]
	part := 1.0
	if length := next.at.Sub(before.at); length > 0 {
		part = min(float64(at.Sub(before.at))/float64(length), 1)
	}
	between := func(a, b int64) float64 { return float64(a) + part*float64(b-a) }
	return [2]float64{between(before.Requests, next.Requests), between(before.Refused, next.Refused)}
}
