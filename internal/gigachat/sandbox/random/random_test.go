package random

import (
	"regexp"
	"testing"
)

func TestIDs(t *testing.T) {
	t.Parallel()
	shape := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	one, same, other := IDs{Seed: 1}, IDs{Seed: 1}, IDs{Seed: 2}
	seen := map[string]bool{}
	for range 1000 {
		id := one.Next()
		if !shape.MatchString(id) {
			t.Fatalf("got %s, want a UUID of version 4", id)
		}
		if seen[id] {
			t.Fatalf("got %s twice", id)
		}
		seen[id] = true
		if got := same.Next(); got != id {
			t.Fatalf("the same seed: got %s, want %s", got, id)
		}
		if got := other.Next(); seen[got] {
			t.Fatalf("another seed: got %s again", got)
		}
	}
}
