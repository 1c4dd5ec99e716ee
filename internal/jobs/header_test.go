package jobs

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/jobstest"
)

// A prompt that uses a formula without a result is refused before anything is asked; other prompts are asked.
func TestUncalculated(t *testing.T) {
	t.Parallel()
	book := jobstest.ReadFile(t, filepath.Join("..", "..", "testdata", "workbooks", "uncached.xlsx"))
	g := newRig(t, "uncached.xlsx", book)
	_, err := g.try(t, withPrompt("{{double}}"))
	var bad *table.Error
	if !errors.As(err, &bad) || bad.Line != 2 || !strings.Contains(bad.Msg.String(), `the formula in column "double" has no calculated value`) || bad.Hint.IsZero() {
		t.Errorf("got %v, want a formula that was never calculated", err)
	}
	if sum := g.run(t, withPrompt("{{a}}")); sum.Completed == 0 || g.plan.Faults != 0 {
		t.Errorf("got summary %+v, plan %+v", sum, g.plan)
	}
}

// In a template, a line break in a column name is written as a space.
func TestHeaderWithBreak(t *testing.T) {
	t.Parallel()
	g := newRig(t, "in.csv", "id,\"Product\r\n  name \"\n1,tea\n2,milk\n")
	where := func(w string) func(*Job) { return func(r *Job) { r.Settings.Where = []string{w} } }
	if sum := g.run(t, withPrompt("What is {{Product name}}?"), where("Product name=tea")); sum.Completed != 1 || sum.Rows != 1 {
		t.Errorf("got summary %+v, want one row completed", sum)
	}
}
