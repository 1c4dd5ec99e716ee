package jobs

import (
	"encoding/json"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/spec"
)

// The summary names the error of the first row, in the order of the rows, that is asked again only with --retry-failed.
func TestSummaryNamesTheFirstRefusal(t *testing.T) {
	t.Parallel()
	refusals := map[string]gigachat.Kind{"passing": gigachat.KindServer, "one": gigachat.KindRejected, "two": gigachat.KindRejected}
	g := newRig(t, "q.csv", "prompt\na\npassing\none\ntwo\n")
	g.AnswerFunc = failing(refusals)
	for _, when := range []string{"after asking", "from the journal"} {
		sum := g.run(t)
		if sum.Waiting != 2 || !strings.HasSuffix(sum.Refusal, "no luck with one") {
			t.Errorf("%s: %d rows wait, refusal %q; want 2 and the error of the row one", when, sum.Waiting, sum.Refusal)
		}
		text, err := json.Marshal(sum)
		if err != nil || !strings.Contains(string(text), `"refusal":"`) {
			t.Errorf("%s: JSON %s, error %v; want the key refusal", when, text, err)
		}
	}
	sum, err := g.new().Rewrite(t.Context(), false, nil)
	if err != nil || !strings.HasSuffix(sum.Refusal, "no luck with one") {
		t.Errorf("written again: refusal %q, error %v; want the error of the row one", sum.Refusal, err)
	}
	delete(refusals, "one")
	if sum := g.run(t, retryFailed); sum.Waiting != 1 || !strings.HasSuffix(sum.Refusal, "no luck with two") {
		t.Errorf("after a retry: %d rows wait, refusal %q; want 1 and the error of the row two", sum.Waiting, sum.Refusal)
	}
}

// Failures that are asked again without --retry-failed are not refusals.
func TestSummaryWithoutARefusal(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\npassing\n")
	g.AnswerFunc = failing(map[string]gigachat.Kind{"passing": gigachat.KindServer})
	sum := g.run(t)
	text, err := json.Marshal(sum)
	if sum.FailedRows() != 1 || sum.Waiting != 0 || sum.Refusal != "" || err != nil || strings.Contains(string(text), "refusal") {
		t.Errorf("summary %+v, JSON %s, error %v; want no refusal", sum, text, err)
	}
}

// Of several columns, the summary names the error of the refused one, not of a column that needs it.
func TestRefusalOfAColumnThatAnotherNeeds(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "text\nx\n")
	g.AnswerFunc = failing(map[string]gigachat.Kind{"mood x": gigachat.KindRejected})
	sum := g.run(t, asks(
		spec.Column{CompletionColumn: "reply", Prompt: "reply {{mood}}"},
		spec.Column{CompletionColumn: "mood", Prompt: "mood {{text}}"},
	))
	if sum.Waiting != 1 || !strings.HasSuffix(sum.Refusal, "no luck with mood x") {
		t.Errorf("%d rows wait, refusal %q; want 1 and the error of the column mood", sum.Waiting, sum.Refusal)
	}
}
