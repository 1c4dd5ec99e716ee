package board

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/messages"
)

// The plan names rows without a text in the main column, and the specification leaves them out.
func TestRowsWithoutAText(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "id,product,review\n1,tea,very good indeed\n2,milk,\n3,bread,fresh as ever\n"})
	spec := &Spec{}
	if err := json.Unmarshal([]byte(`{"input": "q.csv", "columns": [{"prompt": "{{product}}: {{review}}"}]}`), spec); err != nil {
		t.Fatal(err)
	}
	plan, err := b.Plan(t.Context(), spec)
	warns := func(w messages.Text) bool {
		return strings.Contains(w.String(), "enter review under “Skip rows with an empty”")
	}
	if err != nil || plan.Tasks != 3 || !slices.ContainsFunc(plan.Warnings, warns) {
		t.Fatalf("got plan %+v, error %v; want 3 requests and a warning", plan, err)
	}
	if err := json.Unmarshal([]byte(`{"columns": [{"prompt": "{{product}}: {{review}}", "skip_empty": ["review"]}]}`), spec); err != nil {
		t.Fatal(err)
	}
	plan, err = b.Plan(t.Context(), spec)
	if err != nil || plan.Tasks != 2 || plan.Skipped != 1 || slices.ContainsFunc(plan.Warnings, warns) {
		t.Fatalf("got plan %+v, error %v; want 2 requests, 1 skipped row and no warning", plan, err)
	}
	id := start(t, b, spec)
	if i := until(t, b, id, inState(Completed)); i.Completed != 2 || i.Skipped != 1 {
		t.Errorf("got %+v, want 2 completed rows and 1 skipped", i)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.times) != 2 {
		t.Errorf("the service was asked %v, want 2 prompts", s.times)
	}
}
