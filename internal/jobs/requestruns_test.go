package jobs

import (
	"slices"
	"testing"
)

func TestWarningsCountRowsInThePlan(t *testing.T) {
	t.Parallel()
	const l = `{"custom_id":"1","body":{"seed":1,"messages":[{"role":"user","content":"a"}]}}` + "\n"
	g := newRig(t, "q.jsonl", l+l)
	g.run(t)
	if n := g.plan.Warnings["seed"]; n != 2 || len(g.plan.Warnings) != 1 {
		t.Errorf("warnings %v, want seed in 2 rows", g.plan.Warnings)
	}
}

func TestModelsOfAllPendingJobsAreKnownBeforeTheFirstRow(t *testing.T) {
	t.Parallel()
	l := func(model, prompt string) string {
		return `{"model":"` + model + `","messages":[{"role":"user","content":"` + prompt + `"}]}` + "\n"
	}
	g := newRig(t, "q.jsonl", l("x", "1")+l("y", "2")+l("x", "3")+`{"messages":[{"role":"user","content":"4"}]}`+"\n")
	g.run(t)
	if want := []string{"GigaChat-2", "x", "y"}; !slices.Equal(g.models, want) {
		t.Errorf("models %q, want %q", g.models, want)
	}
	g.write(t, l("x", "1")+l("z", "5"))
	g.run(t)
	if want := []string{"z"}; !slices.Equal(g.models, want) {
		t.Errorf("models of the second run %q, want %q: nothing else is pending", g.models, want)
	}
}

func TestOwnColumnsAreNoFieldsOfARequest(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.jsonl", `{"messages":[{"role":"user","content":"a"}]}`+"\n")
	withModel := func(r *Job) { r.Settings.OutputColumns = []string{"completion", "model"} }
	g.run(t, inPlace, withModel)
	g.wantAsked(t, "a")
	g.run(t, inPlace, withModel)
	g.wantAsked(t, "")
}
