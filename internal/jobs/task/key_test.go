package task

import "testing"

func TestFirstOccurrenceKeepsThePlainKey(t *testing.T) {
	t.Parallel()
	k := KeyOf([]byte("{}"))
	if got := k.Occurrence(0); got != k {
		t.Errorf("Occurrence(0) = %s, want %s", got, k)
	}
	seen := map[Key]uint32{}
	for n := range uint32(1000) {
		o := k.Occurrence(n)
		if m, ok := seen[o]; ok {
			t.Fatalf("occurrences %d and %d have the same key", m, n)
		}
		seen[o] = n
	}
	if KeyOf([]byte("{ }")).Occurrence(1) == k.Occurrence(1) {
		t.Error("the second occurrences of two requests have the same key")
	}
}

func TestParseKeyIsTheInverseOfString(t *testing.T) {
	t.Parallel()
	k := KeyOf([]byte("x"))
	if got, err := ParseKey(k.String()); err != nil || got != k {
		t.Errorf("ParseKey(%q) = %s, %v", k, got, err)
	}
	for _, bad := range []string{"", "00", k.String()[1:] + "g", k.String() + "0"} {
		if _, err := ParseKey(bad); err == nil {
			t.Errorf("ParseKey(%q): no error", bad)
		}
	}
}
