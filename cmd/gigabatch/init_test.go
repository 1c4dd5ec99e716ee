package main

import (
	"regexp"
	"strings"
	"testing"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/jobs/spec/jobfile"
)

// commentedKey matches a key of the example that is commented out.
var commentedKey = regexp.MustCompile(`(?m)^( *)# ([a-z_]+: .* # .*)$`)

// TestExampleJob reads the example, as it is and with all its keys.
func TestExampleJob(t *testing.T) {
	t.Parallel()
	text := exampleJob("job.yaml")
	f, err := jobfile.Read("job.yaml", []byte(text), flags.JobSpec())
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Columns) != 3 || f.Entry("input").Value() != exampleInputName {
		t.Errorf("got %d columns and the input %q, want 3 and %s", len(f.Columns), f.Entry("input").Value(), exampleInputName)
	}
	for i, key := range []string{"choices", "schema", "when"} {
		if f.Columns[i].Entry(key) == nil {
			t.Errorf("column %d has no %s", i+1, key)
		}
	}
	if prompt := f.Columns[2].Entry("prompt").Value(); !strings.Contains(prompt, "{{sentiment}}") || !strings.Contains(prompt, "{{facts}}") {
		t.Errorf("the last prompt does not use the columns above: %q", prompt)
	}
	whole := commentedKey.ReplaceAllString(text, "$1$2")
	if n := len(commentedKey.FindAllString(text, -1)); n < 10 || strings.Count(whole, "\n#") > 10 {
		t.Errorf("%d keys are commented out", n)
	}
	if _, err := jobfile.Read("job.yaml", []byte(whole), flags.JobSpec()); err != nil {
		t.Errorf("with all its keys: %v", err)
	}
}
