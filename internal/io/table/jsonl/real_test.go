package jsonl_test

import (
	"bytes"
	"os"
	"testing"

	"gigabatch/internal/io/table/tabletest"
)

func TestRealJSONL(t *testing.T) {
	t.Parallel()
	for _, name := range tabletest.Shared(t, ".jsonl") {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tabletest.Copied(t, name)
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: got error %v, the same bytes: %v", name, err, bytes.Equal(got, content))
		}
	}
}
