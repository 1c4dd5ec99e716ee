package pool

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
)

// TestRandomBudgets runs 1,000 random jobs with random budgets over a service that fails at random, and checks at every request that what
// was spent, with all that the requests in flight may still cost, is within the budget. A run ends with a LimitError only if the next
// request did not fit although nothing was in flight.
func TestRandomBudgets(t *testing.T) {
	t.Parallel()
	runs := 1000
	if testing.Short() || raced {
		runs = 100
	}
	ended, finished := 0, 0
	for seed := range uint64(runs) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 16))
			rows := 1 + r.IntN(60)
			longest := int64(1 + r.IntN(300)) // tokens of a completion
			line, _ := cost.Known().Of("GigaChat-2-Max")
			b := cost.Budget{Tokens: r.Int64N(int64(rows) * (60 + longest))}
			if r.IntN(2) == 0 {
				b = cost.Budget{Cost: line.Price.OfTokens(0, r.Int64N(int64(rows)*(60+longest)), 0)}
			}
			if b == (cost.Budget{}) {
				b.Tokens = 1
			}
			claim := func(task.Task) cost.Claim {
				return cost.Claim{Model: "GigaChat-2-Max", Characters: 100, Completion: longest}
			}
			var mu sync.Mutex
			var spent, inFlight int64
			most := 100/2 + 1 + longest
			over := func() int64 { // the tokens beyond the budget if all that is in flight costs the most
				all := spent + inFlight*most
				if b.Tokens > 0 {
					return all - b.Tokens
				}
				return int64(line.Price.OfTokens(0, all, 0)-b.Cost) / int64(line.Price.Output)
			}
			k := keeper(t)
			p := &Pool{Allowance: Allowance{Spending: &cost.Spending{Prices: cost.Known(), Budget: b}, Claim: claim},
				Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
					mu.Lock()
					defer mu.Unlock()
					if inFlight++; over() > 0 {
						t.Errorf("seed %d: a request was sent that may cost %d tokens beyond the budget", seed, over())
					}
					fate, u := r.IntN(10), gigachat.Usage{PromptTokens: 1 + r.IntN(50), CompletionTokens: r.IntN(int(longest) + 1)}
					after := time.Duration(r.IntN(2000)) * time.Millisecond
					mu.Unlock()
					err := wait(ctx, after)
					mu.Lock()
					inFlight--
					lost := apiError(gigachat.KindNetwork, 0)
					lost.Sent = true
					switch {
					case err != nil:
						return nil, err
					case fate == 0:
						return nil, apiError(gigachat.KindRateLimited, 429)
					case fate == 1:
						return nil, apiError(gigachat.KindServer, 500)
					case fate == 2:
						spent += most // for all that anybody knows
						return nil, lost
					case fate == 3: // an empty completion, which is asked again
						spent += int64(u.PromptTokens)
						return &gigachat.ChatResponse{FinishReason: "stop", Usage: gigachat.Usage{PromptTokens: u.PromptTokens}}, nil
					}
					spent += int64(u.PromptTokens + u.CompletionTokens)
					return &gigachat.ChatResponse{Completion: "yes", FinishReason: "stop", Usage: u}, nil
				}}
			err := p.Execute(t.Context(), nil, tasksOf(rows), k.record)
			limit, stopped := errors.AsType[*cost.LimitError](err)
			switch got := p.Spending.Spent(); {
			case err != nil && !stopped:
				t.Errorf("seed %d: error %v", seed, err)
			case got.Tokens != spent:
				t.Errorf("seed %d: counted %d tokens, want %d", seed, got.Tokens, spent)
			case stopped:
				ended++
				if inFlight = 1; over() <= 0 {
					t.Errorf("seed %d: ended with %v, although one more request had fitted", seed, limit)
				}
			default:
				if finished++; len(k.results) != rows {
					t.Errorf("seed %d: %d results, want %d", seed, len(k.results), rows)
				}
			}
		})
	}
	if ended < runs/4 || finished < runs/20 {
		t.Errorf("%d runs ended at their budget and %d finished, want a fair share of both", ended, finished)
	}
	t.Logf("%d runs ended at their budget, %d finished", ended, finished)
}

// TestBudgetsOnTheWay changes the budgets of random runs at random times, from none to one and from one to another, and checks that no request
// is sent that may cost more than is left of the budget at that time.
func TestBudgetsOnTheWay(t *testing.T) {
	t.Parallel()
	runs := 300
	if testing.Short() || raced {
		runs = 50
	}
	const longest, most = 100, 100/2 + 1 + 100
	line, _ := cost.Known().Of("GigaChat-2-Max")
	ended := 0
	for seed := range uint64(runs) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 17))
			spending := &cost.Spending{Prices: cost.Known()}
			var mu sync.Mutex
			var spent, inFlight int64
			fits := func() bool { // the caller holds mu
				budget := spending.Bounds().Cost
				return budget == 0 || line.Price.OfTokens(0, spent+inFlight*most, 0) <= budget
			}
			k := keeper(t)
			p := &Pool{
				Allowance: Allowance{
					Spending: spending,
					Claim: func(task.Task) cost.Claim {
						return cost.Claim{Model: "GigaChat-2-Max", Characters: 100, Completion: longest}
					},
				},
				Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
					mu.Lock()
					if inFlight++; !fits() {
						t.Errorf("seed %d: a request was sent that may cost more than is left", seed)
					}
					after, used, lost := time.Duration(1+r.IntN(2000))*time.Millisecond, int64(r.IntN(longest)), r.IntN(10) == 0
					mu.Unlock()
					err := wait(ctx, after)
					mu.Lock()
					defer mu.Unlock()
					if inFlight--; err == nil && lost {
						spent += most
						broken := apiError(gigachat.KindNetwork, 0)
						broken.Sent = true
						return nil, broken
					}
					spent += 1 + used
					u := gigachat.Usage{PromptTokens: 1, CompletionTokens: int(used)}
					return &gigachat.ChatResponse{Completion: "yes", FinishReason: "stop", Usage: u}, err
				},
			}
			changes := make(chan struct{})
			go func() {
				defer close(changes)
				r := rand.New(rand.NewPCG(seed, 18))
				for range 3 {
					time.Sleep(time.Duration(r.IntN(5000))*time.Millisecond + 500*time.Microsecond) // between two requests
					spending.SetCost(line.Price.OfTokens(0, 1+r.Int64N(100*most), 0))
				}
			}()
			tasks := tasksOf(1 + r.IntN(300))
			err := p.Execute(t.Context(), nil, tasks, k.record)
			if _, over := errors.AsType[*cost.LimitError](err); over {
				ended++
			} else if err != nil {
				t.Errorf("seed %d: error %v", seed, err)
			}
			<-changes
		})
	}
	if ended < runs/4 || ended == runs {
		t.Errorf("%d of %d runs ended at their budget, want a fair share", ended, runs)
	}
}

// TestBudgetWaitsForTheWire checks that a run whose requests need less than was set aside for them uses its budget: what they leave is for
// the tasks that follow.
func TestBudgetWaitsForTheWire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := keeper(t)
		p := &Pool{
			Allowance: Allowance{
				Spending: &cost.Spending{Prices: cost.Known(), Budget: cost.Budget{Tokens: 2_000}},
				Claim:    func(task.Task) cost.Claim { return cost.Claim{Model: "GigaChat-2", Characters: 10, Completion: 994} },
			},
			Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
				u := gigachat.Usage{PromptTokens: 5, CompletionTokens: 5}
				return &gigachat.ChatResponse{Completion: "yes", FinishReason: "stop", Usage: u}, wait(ctx, time.Second)
			},
		}
		began := time.Now()
		err := p.Execute(t.Context(), nil, tasksOf(1000), k.record)
		if _, ok := errors.AsType[*cost.LimitError](err); !ok || len(k.results) != 101 {
			t.Errorf("%d results, error %v; want 101 and a LimitError", len(k.results), err)
		}
		if took := time.Since(began); took > 110*time.Second { // two at once, then one
			t.Errorf("took %v", took)
		}
	})
}

// TestEnd checks that a run ends in order at its time: what is in flight is awaited, and nothing else is sent.
func TestEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := keeper(t)
		asked := 0
		p := &Pool{
			Limits: task.Limits{Concurrency: 1, MaxTime: 25 * time.Second}, Allowance: Allowance{End: time.Now().Add(25 * time.Second)},
			Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
				asked++
				return okay(), wait(ctx, 10*time.Second)
			},
		}
		err := p.Execute(t.Context(), nil, tasksOf(1000), k.record)
		if _, ok := errors.AsType[*cost.LimitError](err); !ok || len(k.results) != 3 || asked != 3 {
			t.Errorf("%d results of %d requests, error %v; want 3, 3 and a LimitError", len(k.results), asked, err)
		}
	})
}
