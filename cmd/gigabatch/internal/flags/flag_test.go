package flags

import (
	"slices"
	"testing"
)

// TestTables looks for names that no table has, and for flags and keys that there are twice.
func TestTables(t *testing.T) {
	t.Parallel()
	for _, p := range exclusive {
		for _, name := range []string{p.a, p.b} {
			if Run.named(name) == nil {
				t.Errorf("--%s is exclusive, and run has no such flag", name)
			}
		}
	}
	for _, f := range Run {
		if f.Columns == ForAllColumns && !slices.Contains(columnKeys, f.Name) {
			t.Errorf("--%s holds for all columns, and a column cannot say otherwise", f.Name)
		}
		if f.Min > 0 && f.Kind != Whole {
			t.Errorf("--%s has a least number, and takes none", f.Name)
		}
		if OfKey(f.key()).Name != f.Name {
			t.Errorf("the key %s is that of --%s and of --%s", f.key(), f.Name, OfKey(f.key()).Name)
		}
	}
	for _, table := range []Table{Run, Output, Status, Ask, Token, Models, Doctor, Serve, Sandbox} {
		for i, f := range table {
			if slices.ContainsFunc(table[:i], func(other Flag) bool { return other.Name == f.Name || f.Alias != "" && other.Alias == f.Alias }) {
				t.Errorf("--%s or -%s is there twice", f.Name, f.Alias)
			}
		}
	}
}
