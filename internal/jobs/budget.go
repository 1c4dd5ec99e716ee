package jobs

import (
	"cmp"

	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// pricesOf returns the prices that amounts are estimated by.
func pricesOf(j *Job) *cost.Prices { return cmp.Or(j.Prices, cost.Known()) }

// spendingOf returns what keeps a run of the job within its budget.
func spendingOf(j *Job) *cost.Spending {
	// Without a daily budget, the ledger is only used for batches that were posted with one.
	return &cost.Spending{Prices: pricesOf(j), Budget: j.Limits.Budget, Ledger: cost.LedgerOf(j.Journal)}
}

// checkBudget refuses a budget that cannot be kept: if nothing bounds a completion, or if the price of a model is unknown.
func checkBudget(p *Plan, budget cost.Budget) error {
	if budget == (cost.Budget{}) || p.Tasks+p.Later == 0 {
		return nil
	}
	if p.unbounded > 0 {
		return &spec.UsageError{
			Msg:  messages.Sprintf("a budget cannot be kept, because nothing limits the length of a completion"),
			Hint: messages.Sprintf("set a limit with --max-tokens; it is part of the request, so rows that were asked without it are asked again"),
			Cure: spec.CureBudget,
		}
	}
	for _, model := range p.Models {
		line, ok := pricesOf(p.run.job).Of(model)
		if _, known := line.In(p.run.job.Limits.Via != task.ViaLive); ok && !known && budget.Priced() {
			return &spec.UsageError{
				Msg:  messages.Sprintf("a budget in rubles cannot be kept, because it is unknown what batches with the model %q cost", model),
				Hint: messages.Sprintf("limit the tokens with --max-tokens-total, or name the share of the price in the column batch of a file with --price-file"),
				Cure: spec.CureBudget,
			}
		}
		if !ok && budget.Priced() {
			return &spec.UsageError{
				Msg:  messages.Sprintf("a budget in rubles cannot be kept, because the price of the model %q is unknown", model),
				Hint: messages.Sprintf("limit the tokens with --max-tokens-total, or name the price in a file with --price-file"),
				Cure: spec.CureBudget,
			}
		}
	}
	return nil
}
