package flags

import (
	"strings"
	"testing"

	"gigabatch/internal/jobs/spec/jobfile"
)

// TestJobKeys checks keys that are derived from flags.
func TestJobKeys(t *testing.T) {
	t.Parallel()
	s := JobSpec()
	for _, want := range []jobfile.Key{
		{Name: "prompt_file", Path: true}, {Name: "temperature", Kind: jobfile.Number}, {Name: "max_tokens", Kind: jobfile.Integer},
		{Name: "in_place", Kind: jobfile.Bool}, {Name: "grace", Kind: jobfile.Duration}, {Name: "where", Kind: jobfile.List},
		{Name: "output_columns", Kind: jobfile.List}, {Name: "key_file", Path: true}, {Name: "input", Kind: jobfile.Inputs, Path: true},
		{Name: "client_cert", Path: true}, {Name: "quiet", Kind: jobfile.Bool}, {Name: "key_stdin", Kind: jobfile.Bool}, {Name: "rows"},
	} {
		got := keyNamed(s.Keys, want.Name)
		if got.Kind != want.Kind || got.Path != want.Path || got.Doc == "" || strings.Contains(got.Doc, "`") {
			t.Errorf("key %s: got %+v, want %+v with a Doc", want.Name, got, want)
		}
	}
	for _, k := range s.ColumnKeys {
		if same := keyNamed(s.Keys, k.Name); same.Name != "" && same.Kind != k.Kind {
			t.Errorf("key %s has kind %v in a column and kind %v in the job", k.Name, k.Kind, same.Kind)
		}
	}
	if keyNamed(s.Keys, "columns").Name != "" {
		t.Error(`"columns" is a key, besides the list of columns`)
	}
}

func keyNamed(keys []jobfile.Key, name string) jobfile.Key {
	for _, k := range keys {
		if k.Name == name {
			return k
		}
	}
	return jobfile.Key{}
}
