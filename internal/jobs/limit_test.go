package jobs

import (
	"testing"

	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
)

func TestRowsOutsideTheLimitAreLeftAsTheyAreAndCountNowhere(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
	sum := g.run(t, limited(2))
	g.wantAsked(t, "a b")
	want := "prompt,completion,finish_reason,error\na,answer to a,stop,\nb,answer to b,stop,\nc,,,\n"
	if got := g.output(t); got != want || sum.Rows != 2 || sum.Pending != 0 {
		t.Errorf("output\n%s\nwant\n%s\nsummary %+v", got, want, sum)
	}
	g.run(t)
	g.wantAsked(t, "c")
}

func TestRowsOutsideTheLimitKeepTheirAnswersInPlace(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"q.csv":   "prompt\na\nb\nc\n",
		"q.jsonl": "{\"prompt\":\"a\"}\n{\"prompt\":\"b\"}\n{\"prompt\":\"c\"}\n",
	} {
		g := newRig(t, name, content)
		all := func(r *Job) { r.Settings.OutputColumns = spec.KnownOutputColumns }
		g.run(t, inPlace, all)
		before := jobstest.ReadFile(t, g.input)
		sum := g.run(t, inPlace, all, limited(1))
		if got := jobstest.ReadFile(t, g.input); got != before || sum.Rows != 1 {
			t.Errorf("%s: a run over the first row made\n%s\nof\n%s\nrows %d", name, got, before, sum.Rows)
		}
	}
}
