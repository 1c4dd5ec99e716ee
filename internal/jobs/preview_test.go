package jobs

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/jobs/jobstest"
)

func tenRows() string {
	var b strings.Builder
	b.WriteString("prompt\n")
	for i := range 10 {
		fmt.Fprintf(&b, "p%d\n", i)
	}
	return b.String()
}

func TestPreviewAsksRowsFromAllOver(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", tenRows()+"\"\"\n")
	samples, sum, err := g.new().Preview(t.Context(), nil, 4)
	if err != nil {
		t.Fatal(err)
	}
	g.wantAsked(t, "p0 p2 p5 p7")
	var got []string
	for _, s := range samples {
		got = append(got, fmt.Sprint(s.Line, " ", s.Answers[0].Prompt, " ", s.Answers[0].Completion))
	}
	if want := []string{"2 p0 answer to p0", "4 p2 answer to p2", "7 p5 answer to p5", "9 p7 answer to p7"}; !slices.Equal(got, want) || sum.Requests != 4 {
		t.Errorf("samples %q, %d requests", got, sum.Requests)
	}
	names := slices.Sorted(maps.Keys(jobstest.Folder(t, g.dir)))
	if want := []string{"q.csv", "q.csv.gigabatch", "q.csv.gigabatch.lock"}; !slices.Equal(names, want) {
		t.Errorf("the folder has %q", names)
	}
	if _, again, err := g.new().Preview(t.Context(), nil, 4); err != nil || again.Requests != 0 {
		t.Errorf("the same preview again: %+v, %v", again, err)
	}
	if sum := g.run(t); sum.Requests != 6 || sum.Completed != 10 {
		t.Errorf("the real run asked %d requests for %d rows", sum.Requests, sum.Completed)
	}
}

func TestPreviewOfSeveralColumns(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text\n1,fine tea\n2,old tea\n3,\n")
	g.AnswerFunc = answering(answerFour)
	samples, sum, err := g.new(asks(fourColumns...)).Preview(t.Context(), nil, 5)
	if err != nil || len(samples) != 2 || sum.Requests != 6 {
		t.Fatalf("%d samples in %d requests, %v", len(samples), sum.Requests, err)
	}
	if a := samples[1].Answers[0]; a.Prompt != "reply bad Omsk: old tea" || a.Completion != "reply of bad Omsk: old tea" {
		t.Errorf("the first column of the second row is %+v", a)
	}
	if a := samples[1].Answers[2]; a.Values["city"] != "Omsk" {
		t.Errorf("the values are %+v", a)
	}
}

func TestDryRunSendsAndWritesNothing(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(g *rig){"new": func(*rig) {}, "known": func(g *rig) { g.run(t, limited(2)); g.takeAsked() }} {
		g := newRig(t, "q.csv", tenRows())
		before(g)
		was, connects := jobstest.Folder(t, g.dir), g.connects
		requests, plan, err := g.new().DryRun(t.Context(), 3)
		if err != nil || len(requests) != 3 || plan.Tasks != 10-2*connects {
			t.Errorf("%s: %d requests of %+v, %v", name, len(requests), plan, err)
		}
		first := fmt.Sprintf(`{"messages":[{"content":"p%d","role":"user"}],"model":"GigaChat-2"}`, 2*connects)
		if len(requests) > 0 && string(requests[0]) != first {
			t.Errorf("%s: the first request is %s, want %s", name, requests[0], first)
		}
		if g.connects != connects {
			t.Errorf("%s: connected", name)
		}
		jobstest.WantFolder(t, g.dir, was)
	}
	g := newRig(t, "q.csv", "a,b\n1,2\n")
	if _, _, err := g.new().DryRun(t.Context(), 3); err == nil {
		t.Error("a dry run lets a mistake pass")
	}
	if _, err := os.Stat(g.journal()); err == nil {
		t.Error("a dry run made a journal")
	}
}
