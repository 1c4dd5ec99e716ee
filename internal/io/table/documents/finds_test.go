package documents

import (
	"os"
	"testing"
)

// TestFinds checks which files would be documents once they are there.
func TestFinds(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("docs/sub", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		arg, name string
		want      bool
	}{
		{"docs", "docs/r.md", true}, {"docs", "docs/sub/e.log", true}, {"./docs/", "docs/../docs/r.md", true}, {".", "r.xml", true},
		{"docs", "r.md", false}, {"docs/sub", "docs/r.md", false}, {"docs", "docs/.r.md", false}, {"docs", "docs/e.jsonl", false},
		{"docs/**/*.md", "docs/r.md", true}, {"docs/**/*.md", "docs/r.html", false}, {"docs/*.md", "docs/sub/r.md", false}, {"**/*.md", "r.md", true},
		{"docs/a.md", "docs/a.md", false}, {"docs", "docs/a.gigabatch", false},
	} {
		if got := Finds([]string{tt.arg}, tt.name); got != tt.want {
			t.Errorf("%s finds %s: %v", tt.arg, tt.name, got)
		}
	}
}
