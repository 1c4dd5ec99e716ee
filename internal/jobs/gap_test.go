package jobs

import (
	"testing"

	"gigabatch/internal/jobs/spec"
)

// A prompt of which only the lesser column has text is asked, but the plan says so; --skip-empty leaves it out.
func TestEmptyMainColumnIsTold(t *testing.T) {
	t.Parallel()
	const input = "item,review\ntea,good and strong tea\nmilk,\njuice, \n,\nwater,so so\n"
	g := newRig(t, "q.csv", input)
	ask := withPrompt("{{item}}: {{review}}")
	_, plan, err := g.new(ask).DryRun(t.Context(), 0)
	if err != nil || len(plan.Gaps) != 1 || plan.Skipped != 1 || plan.Tasks != 4 {
		t.Fatalf("got %v, gaps %v, %d skipped, %d tasks", err, plan.Gaps, plan.Skipped, plan.Tasks)
	}
	want := g.input + `:3: the column "review" is empty, and the prompt is asked without it (in 2 rows)`
	if got := plan.Gaps[0]; got.Column != "review" || got.Where.Error() != want {
		t.Errorf("got %q, %q; want %q", got.Column, got.Where, want)
	}
	g.run(t, ask, func(j *Job) { j.Settings.SkipEmpty = []string{"review"} })
	g.wantAsked(t, "tea: good and strong tea water: so so")
	if len(g.plan.Gaps) != 0 || g.plan.Skipped != 3 {
		t.Errorf("gaps %v, %d skipped", g.plan.Gaps, g.plan.Skipped)
	}
	g.run(t, ask)
	g.wantAsked(t, "juice:   milk: ")
	if g.run(t, ask); len(g.plan.Gaps) != 0 {
		t.Errorf("gaps of rows that have answers are told: %v", g.plan.Gaps)
	}
	g.run(t, asks(spec.Column{CompletionColumn: "mood", Prompt: "{{review}}"}, spec.Column{CompletionColumn: "reply", Prompt: "{{item}} {{mood}}", SkipEmpty: []string{"mood"}}))
	if len(g.plan.Gaps) != 0 || g.plan.Skipped != 3 {
		t.Errorf("a column that skips rows without the answer of another: gaps %v, %d skipped", g.plan.Gaps, g.plan.Skipped)
	}
}
