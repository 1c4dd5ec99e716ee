package gigachat

import "strings"

// ContextTokens is how many tokens a model takes, prompt and completion together (developers.sber.ru, guides/selecting-a-model; of
// GigaChat-3-Pro by a reseller's catalogue). A model of which nothing is known takes at least 131072, as all of the second generation.
func ContextTokens(model string) int {
	if strings.HasPrefix(model, "GigaChat-3-Pro") {
		return 262144
	}
	return 131072
}
