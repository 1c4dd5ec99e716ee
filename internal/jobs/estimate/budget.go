package estimate

import (
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// CheckBudget refuses a budget that cannot be kept: if nothing bounds a completion, or if the price of a model is unknown. batches tells that
// the completions, or some of them, come in batches.
func CheckBudget(budget cost.Budget, prices *cost.Prices, models []string, batches, unbounded bool) error {
	if budget == (cost.Budget{}) {
		return nil
	}
	if unbounded {
		return &spec.UsageError{
			Msg:  messages.Sprintf("a budget cannot be kept, because nothing limits the length of a completion"),
			Hint: messages.Sprintf("set a limit with --max-tokens; it is part of the request, so rows that were asked without it are asked again"),
			Cure: spec.CureBudget,
		}
	}
	for _, model := range models {
		line, ok := prices.Of(model)
		if _, known := line.In(batches); ok && !known && budget.Priced() {
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
