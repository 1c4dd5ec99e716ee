package cost

import (
	"strconv"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/messages"
)

// Amount is a sum of money in billionths of a ruble. That is exact for a token whose million costs a whole number of thousandths of a ruble,
// and reaches nine billion rubles.
type Amount int64

// Ruble is one ruble.
const Ruble Amount = 1e9

// MaxRubles is more than any budget, and less than an Amount can hold.
const MaxRubles = 1e9

// Rubles returns the amount in rubles.
func (a Amount) Rubles() float64 { return float64(a) / float64(Ruble) }

// OfRubles returns the amount of a number of rubles, rounded to the nearest billionth.
func OfRubles(rubles float64) Amount {
	if rubles < 0 {
		return -OfRubles(-rubles)
	}
	return Amount(rubles*float64(Ruble) + 0.5)
}

// MarshalJSON returns the number of rubles.
func (a Amount) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, a.Rubles(), 'f', -1, 64), nil
}

// UnmarshalJSON parses a number of rubles.
func (a *Amount) UnmarshalJSON(b []byte) error {
	rubles, err := strconv.ParseFloat(string(b), 64)
	*a = OfRubles(rubles)
	return err
}

// Text returns the amount as people write it: in whole rubles from 100 on, otherwise with kopeks.
func (a Amount) Text() messages.Text {
	const kopek = Ruble / 100
	switch k := (a + kopek/2) / kopek; {
	case a < 0:
		return messages.Sprintf("−%s", (-a).Text())
	case a == 0:
		return messages.Sprintf("0 ₽")
	case k == 0:
		return messages.Sprintf("<0.01 ₽")
	case k < 100_00:
		return messages.Sprintf("%.2f ₽", float64(k)/100)
	default:
		return messages.Sprintf("%d {₽|₽}", int64((a+Ruble/2)/Ruble))
	}
}

func (a Amount) String() string { return a.Text().String() }

// Price is what a token of a model costs.
type Price struct {
	Input  Amount // a token of a prompt
	Output Amount // a token of a completion
	Cached Amount // a token of a prompt that was in the cache of the service
}

// Of returns the cost of a usage. Cached tokens are taken as a part of those of the prompt, as [gigachat.Usage] leaves open.
func (p Price) Of(u gigachat.Usage) Amount {
	return p.OfTokens(int64(u.PromptTokens), int64(u.CompletionTokens), int64(u.CachedTokens))
}

// OfTokens returns the cost of a number of tokens of prompts, with those among them that were cached, and of completions.
func (p Price) OfTokens(prompt, completion, cached int64) Amount {
	cached = min(cached, prompt)
	return Amount(prompt-cached)*p.Input + Amount(cached)*p.Cached + Amount(completion)*p.Output
}
