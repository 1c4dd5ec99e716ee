package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever the length of a name, the names of all files beside it fit, and differ from those of other names.
func TestPlacesOfLongNames(t *testing.T) {
	t.Parallel()
	const ext, maxName = ".xlsx", 255
	for _, letter := range []string{"a", "я", "😀", "\xFF"} {
		taken := map[string]string{}
		for size := len(letter); size <= maxName-len(ext); size++ {
			name := strings.Repeat(letter, size/len(letter))
			if size > 200 {
				name = strings.Repeat(letter, 200/len(letter)) + strings.Repeat("b", size-200)
			}
			input := filepath.Join("dir", name+ext)
			for path, longest := range map[string]string{
				JournalPath(input): ".edits.lock", OutputPath(input, false): "", OutputPath(input, true): "", SandboxPath(OutputPath(input, false)): "",
				SandboxFolder(filepath.Join("dir", name)): "", JournalPath(OutputPath(input, true)): ".edits.lock",
			} {
				base := filepath.Base(path)
				if len(base+longest) > maxName || filepath.Dir(path) != "dir" || utf8.ValidString(name) && !utf8.ValidString(base) {
					t.Fatalf("%d bytes: got %q", len(name), path)
				}
				if of, ok := taken[path]; ok && of != input {
					t.Fatalf("%q and %q share %q", of, input, path)
				}
				taken[path] = input
			}
			if got, want := JournalPath(input), input+".gigabatch"; len(name) < 200 && got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
			if got, want := OutputPath(input, false), strings.TrimSuffix(input, ext)+".answers"+ext; len(name) < 200 && got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
			if got := SandboxPath(OutputPath(input, true)); got != OutputPath(input, true) {
				t.Fatalf("got %q for an output of the sandbox", got)
			}
		}
	}
}

// Earlier releases did not shorten names: their files are used as long as they exist.
func TestNamesOfEarlierReleases(t *testing.T) {
	t.Parallel()
	input := filepath.Join(t.TempDir(), strings.Repeat("w", 231)+".csv")
	for name, path := range map[string]func() string{
		input + ".gigabatch": func() string { return JournalPath(input) },
		strings.TrimSuffix(input, ".csv") + ".answers.csv": func() string { return OutputPath(input, false) },
	} {
		if path() == name {
			t.Errorf("%s is not shortened", name)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := path(); got != name {
			t.Errorf("got %s, want %s", got, name)
		}
	}
}
