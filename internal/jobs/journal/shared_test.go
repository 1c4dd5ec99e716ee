package journal

import (
	"os"
	"path/filepath"
	"testing"

	"gigabatch/internal/jobs/jobstest"
)

// A journal that is read beside another one has the same results, also after either has read more, and when the other is behind.
func TestReadBeside(t *testing.T) {
	t.Parallel()
	all := results()
	path := filepath.Join(t.TempDir(), "j")
	jobstest.WriteFile(t, path, string(line(t, all[0])))
	first := readJournal(t, path)
	beside := func() *Journal {
		j, err := ReadBeside(path, []*Journal{first})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { j.Close() })
		return j
	}
	has := func(what string, j *Journal, n int) {
		t.Helper()
		for i := range all[:2] {
			if _, ok := j.Lookup(all[i].Key, false); ok != (i < n) {
				t.Errorf("%s: result %d is found: %t", what, i, ok)
			}
		}
	}
	second := beside()
	if !second.index[0].Shared() {
		t.Error("the index is not shared")
	}
	has("second", second, 1)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(line(t, all[1])); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	third := beside() // first is behind
	if third.index[0].Shared() {
		t.Error("an index that is behind is shared")
	}
	has("third", third, 2)
	if _, err := second.Follow(); err != nil {
		t.Fatal(err)
	}
	has("second, followed", second, 2)
	has("first", first, 1)
	if _, err := first.Follow(); err != nil {
		t.Fatal(err)
	}
	has("first, followed", first, 2)
	has("fourth", beside(), 2)

	behind := readJournal(t, path)
	if f, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(line(t, all[2])); err != nil {
		t.Fatal(err)
	}
	whole := readJournal(t, path)
	j, err := ReadBeside(path, []*Journal{behind, whole})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	if !j.index[0].Shared() || behind.index[0].Shared() {
		t.Error("the index is not that of the one that has read all")
	}
	has("fifth", j, 2)
}
