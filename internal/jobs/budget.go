package jobs

import (
	"cmp"

	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/estimate"
	"gigabatch/internal/jobs/task"
)

// pricesOf returns the prices that amounts are estimated by.
func pricesOf(j *Job) *cost.Prices { return cmp.Or(j.Prices, cost.Known()) }

// spendingOf returns what keeps a run of the job within its budget.
func spendingOf(j *Job) *cost.Spending {
	// Without a daily budget, the ledger is only used for batches that were posted with one.
	return &cost.Spending{Prices: pricesOf(j), Budget: j.Limits.Budget, Ledger: cost.LedgerOf(j.Journal)}
}

// checkBudget refuses a budget that cannot be kept.
func checkBudget(p *Plan, budget cost.Budget) error {
	if p.Tasks+p.Later == 0 {
		return nil
	}
	return estimate.CheckBudget(budget, pricesOf(p.run.job), p.Models, p.run.job.Limits.Via != task.ViaLive, p.unbounded > 0)
}
