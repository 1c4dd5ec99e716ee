package spec

import (
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
