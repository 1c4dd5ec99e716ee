package flags

import (
	"slices"

	"gigabatch/internal/jobs/pack"
	"gigabatch/internal/jobs/spec"
)

// Embed is the table of gigabatch embed: the flags of run that do not need a chat, and those of vectors.
var Embed = embedFlags()

// Pack is the number of texts in a request for vectors.
var Pack = Flag{
	Name: "pack", Kind: Whole, Group: groupLimits, Default: pack.DefaultTexts, Min: 1,
	Usage: "at most `N` texts in a request, never more tokens than the model takes",
}

// chatFlags are the flags of run that need a chat, or a completion that people read.
var chatFlags = []string{
	"system", "system-file", "few-shot", "row-params", "temperature", "top-p", "max-tokens", "repetition-penalty", "choices", "schema", "repairs",
	"value-prefix", "long", "join-prompt", "join-prompt-file", "on-length", "on-blocked", "blocked-model", "fallback-model", "attach",
	"attach-root", "out-dir", "out-name", "preview",
}

// ofVectors are the flags of run that mean something else for vectors.
var ofVectors = Table{
	{Name: "output", Alias: "o", Group: groupWhere, File: true,
		Usage: "write the output to `FILE`; the extension sets the format, - is standard output (default: NAME.vectors.jsonl)"},
	{Name: "completion-column", Group: groupWhere, Default: spec.DefaultVectorColumn, Usage: "`NAME` of the column for the vectors"},
	{Name: "prompt", Alias: "p", Group: groupWhat, Usage: "`TEMPLATE` of the text, for example \"{{title}}: {{text}}\""},
	{Name: "prompt-file", Group: groupWhat, Usage: "read the template of the text from `FILE`", File: true},
	{Name: "model", Alias: "m", Group: groupWhat, Default: spec.DefaultVectorModel, Usage: "`MODEL` that makes the vectors"},
	{Name: "context", Kind: Whole, Group: groupWhat,
		Usage: "most tokens of a text and of a request, `N` (default: the known size of the model)"},
	{Name: "max-tokens-total", Kind: Whole, Group: groupLimits, Min: 1, Usage: "stop in order before the run spends more than `N` tokens"},
	{Name: "max-cost", Kind: Number, Group: groupLimits,
		Usage: "stop in order before the run spends more than `RUB` rubles, estimated by the table of prices"},
	{Name: "daily-budget", Kind: Number, Group: groupLimits,
		Usage: "stop in order before all runs in this folder spend more than `RUB` rubles on a day"},
}

func embedFlags() Table {
	all := Table{{Name: "column", Group: groupWhat,
		Usage: "`COLUMN` with the texts (default: the column prompt, question, text or content, вопрос, запрос, промпт or текст)"}}
	for _, f := range Run {
		if slices.Contains(chatFlags, f.Name) {
			continue
		}
		if other := ofVectors.named(f.Name); other != nil {
			f = *other
		}
		all = append(all, f)
	}
	return append(all, Pack)
}
