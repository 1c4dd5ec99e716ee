package flags

import (
	"slices"
	"testing"
)

// TestTables checks that names refer to existing flags, and that no flag or key appears twice.
func TestTables(t *testing.T) {
	t.Parallel()
	for _, p := range exclusive {
		for _, name := range []string{p.a, p.b} {
			if Run.named(name) == nil && Embed.named(name) == nil {
				t.Errorf("exclusive names --%s, which neither run nor embed has", name)
			}
		}
	}
	for _, f := range Run {
		if f.Columns == ForAllColumns && !slices.Contains(columnKeys, f.Name) {
			t.Errorf("--%s is a default of columns, but no key of a column", f.Name)
		}
		if f.Min > 0 && f.Kind != Whole {
			t.Errorf("--%s has a minimum, but is not a whole number", f.Name)
		}
		if f.NoKey {
			if OfKey(f.key()) != nil {
				t.Errorf("--%s has a key", f.Name)
			}
			continue
		}
		if OfKey(f.key()).Name != f.Name {
			t.Errorf("key %s belongs to --%s and to --%s", f.key(), f.Name, OfKey(f.key()).Name)
		}
	}
	for _, table := range []Table{Run, Embed, Output, Status, Report, Diff, Ask, Token, Models, Doctor, Serve, Sandbox} {
		for i, f := range table {
			if slices.ContainsFunc(table[:i], func(other Flag) bool { return other.Name == f.Name || f.Alias != "" && other.Alias == f.Alias }) {
				t.Errorf("--%s or -%s appears twice", f.Name, f.Alias)
			}
		}
	}
}

// TestEmbedTable checks that what embed leaves out or changes is in the table of run.
func TestEmbedTable(t *testing.T) {
	t.Parallel()
	for _, name := range chatFlags {
		if Run.named(name) == nil || Embed.named(name) != nil {
			t.Errorf("--%s: run has it is %v, embed has it is %v", name, Run.named(name) != nil, Embed.named(name) != nil)
		}
	}
	for _, f := range ofVectors {
		if of := Run.named(f.Name); of == nil || of.Kind != f.Kind || of.Alias != f.Alias {
			t.Errorf("--%s is not as in run", f.Name)
		}
	}
}
