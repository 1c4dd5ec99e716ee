package outcome

import (
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/io/nearest"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Rule is a condition of --fail-if about one figure of a run, such as failed>5%. It compares exactly.
type Rule struct {
	text     string
	figure   string
	operator string
	limit    *big.Rat
	share    bool // the limit is a percentage of the rows
}

// Rules are the conditions of --fail-if. They are alternatives.
type Rules []Rule

// Figures are what rules compare.
type Figures struct {
	task.Tally
	Work  task.Work
	Spent cost.Spent
}

// FiguresOf returns the figures of a run.
func FiguresOf(sum *task.Summary) *Figures { return &Figures{sum.Tally, sum.Work, sum.Work.Spent} }

// figures are the names in rules. Those of counts of rows can be compared with a percentage of the rows.
var figures = map[string]struct {
	rows  bool
	grows bool // during a run, so that a rule that holds once holds at the end
	of    func(*Figures) *big.Rat
}{
	"rows":      {false, false, func(f *Figures) *big.Rat { return whole(f.Rows) }},
	"completed": {true, false, func(f *Figures) *big.Rat { return whole(f.Completed) }},
	"failed":    {true, true, func(f *Figures) *big.Rat { return whole(f.FailedRows()) }},
	"blocked":   {true, true, func(f *Figures) *big.Rat { return whole(f.Blocked) }},
	"skipped":   {true, false, func(f *Figures) *big.Rat { return whole(f.Skipped) }},
	"pending":   {true, false, func(f *Figures) *big.Rat { return whole(f.Pending) }},
	"truncated": {true, true, func(f *Figures) *big.Rat { return whole(f.Truncated) }},
	"invalid":   {true, true, func(f *Figures) *big.Rat { return whole(f.Invalid) }},
	"requests":  {false, true, func(f *Figures) *big.Rat { return whole(f.Work.Requests) }},
	"refused":   {false, true, func(f *Figures) *big.Rat { return whole(f.Work.Refused) }},
	"retries":   {false, true, func(f *Figures) *big.Rat { return whole(f.Work.Retries) }},
	"tokens":    {false, true, func(f *Figures) *big.Rat { return whole(f.Work.PromptTokens + f.Work.CompletionTokens) }},
	"cost":      {false, true, func(f *Figures) *big.Rat { return big.NewRat(int64(f.Spent.Cost), int64(cost.Ruble)) }},
}

func whole[N int | int64](n N) *big.Rat { return big.NewRat(int64(n), 1) }

var rulePattern = regexp.MustCompile(`^\s*([a-z_]+)\s*(>=|<=|==|!=|>|<|=)\s*([0-9]+(?:[.,][0-9]+)?)\s*(%?)\s*$`)

// ParseRules reads the values of --fail-if.
func ParseRules(texts []string) (Rules, error) {
	var rules Rules
	for _, text := range texts {
		m := rulePattern.FindStringSubmatch(strings.ToLower(strings.Trim(strings.TrimSpace(text), `"'`))) // as YAML may leave quotes
		if m == nil {
			return nil, flags.Usage(messages.Sprintf("--fail-if %s: is no condition", text),
				messages.Sprintf(`write a figure, an operator and a number in quotes, such as "failed>5%%" or "cost>300"`))
		}
		known, ok := figures[m[1]]
		if !ok {
			names := slices.Sorted(maps.Keys(figures))
			hint := messages.Sprintf("the figures are %s", strings.Join(names, ", "))
			if near := nearest.Name(m[1], names); near != "" {
				hint = messages.Sprintf("did you mean %s?", near)
			}
			return nil, flags.Usage(messages.Sprintf("--fail-if %s: unknown figure %q", text, m[1]), hint)
		}
		if m[4] != "" && !known.rows {
			return nil, flags.Usage(messages.Sprintf("--fail-if %s: %s is no number of rows, so it has no percentage", text, m[1]),
				messages.Sprintf("compare it with a number"))
		}
		limit, _ := new(big.Rat).SetString(strings.Replace(m[3], ",", ".", 1))
		rules = append(rules, Rule{strings.Join(m[1:], ""), m[1], m[2], limit, m[4] != ""})
	}
	return rules, nil
}

// String is the rule as it was written, without spaces.
func (r Rule) String() string { return r.text }

// Holds reports whether the rule holds for the figures of a run.
func (r Rule) Holds(f *Figures) bool {
	limit := r.limit
	if r.share {
		limit = new(big.Rat).Mul(r.limit, big.NewRat(int64(f.Rows), 100))
	}
	n := figures[r.figure].of(f).Cmp(limit)
	switch r.operator {
	case ">":
		return n > 0
	case ">=":
		return n >= 0
	case "<":
		return n < 0
	case "<=":
		return n <= 0
	case "!=":
		return n != 0
	}
	return n == 0
}

// Text says that the rule holds, with the figure.
func (r Rule) Text(f *Figures) messages.Text {
	value := figures[r.figure].of(f)
	text := strings.TrimSuffix(strings.TrimRight(value.FloatString(2), "0"), ".")
	if r.share {
		return messages.Sprintf("--fail-if %s holds: %s of %d {row|rows}", r.text, text, f.Rows)
	}
	return messages.Sprintf("--fail-if %s holds: %s", r.text, text)
}

// Holding returns the rules that hold at the end of a run.
func (rs Rules) Holding(f *Figures) (all Rules) {
	for _, r := range rs {
		if r.Holds(f) {
			all = append(all, r)
		}
	}
	return all
}

// Doomed reports whether rows have failed so that the run will end with SomeRows whatever is still to come: by a rule that cannot cease to
// hold, or without rules by any row. Rows that failed for a temporary cause do not count, because they may be asked again.
func (rs Rules) Doomed(f *Figures) bool {
	lasting := *f
	lasting.Failed = maps.Clone(f.Failed)
	maps.DeleteFunc(lasting.Failed, func(cause task.Cause, _ int) bool { return cause.Passing() })
	if rs == nil {
		return lasting.FailedRows()+lasting.Blocked > 0
	}
	return slices.ContainsFunc(rs, func(r Rule) bool {
		return figures[r.figure].grows && strings.HasPrefix(r.operator, ">") && r.Holds(&lasting)
	})
}
