package prompt

import (
	"os"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/jobs/spec"
)

// openRenderer writes an input and returns the renderer of its first completion column.
func openRenderer(t *testing.T, file, content string, s *spec.Settings, ours map[string]bool) *Renderer {
	t.Helper()
	c, err := tryColumns(t, file, content, s, ours)
	if err != nil {
		t.Fatal(err)
	}
	return c.List[0]
}

func tryColumns(t *testing.T, file, content string, s *spec.Settings, ours map[string]bool) (*Columns, error) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := open.Open(file, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return New(s, src, ours, &Files{})
}
