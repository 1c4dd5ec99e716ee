package main

import (
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReproducible builds the last commit twice as releases are built: in clones in different folders, once with what the build
// cache has and once with nothing in it. The programs are equal and know their commit. It takes minutes of all processors.
func TestReproducible(t *testing.T) {
	t.Parallel()
	if os.Getenv("GIGABATCH_LONG") == "" {
		t.Skip("GIGABATCH_LONG is not set")
	}
	cache := "" // the usual one
	in := func(dir, name string, args ...string) string {
		t.Helper()
		c := exec.Command(name, args...)
		c.Dir, c.Env = dir, append(os.Environ(), "GOFLAGS=")
		if cache != "" {
			c.Env = append(c.Env, "GOCACHE="+cache)
		}
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	source, err := filepath.Abs(documents)
	if err != nil {
		t.Fatal(err)
	}
	commit := in(source, "git", "rev-parse", "HEAD")
	var sums [][sha256.Size]byte
	for _, place := range []string{"a", filepath.Join("another", "and much longer", "folder")} {
		dir := filepath.Join(t.TempDir(), place)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		in(dir, "git", "clone", "--quiet", source, "tree")
		tree := filepath.Join(dir, "tree")
		in(tree, "git", "checkout", "--quiet", commit) // there may be another one by now
		made := filepath.Join(dir, "gigabatch")
		in(tree, "bash", filepath.Join(".ci", "build"), made, "v1.2.3")
		program, err := os.ReadFile(made)
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, sha256.Sum256(program))
		if got := in(dir, made, "version"); !strings.HasPrefix(got, "gigabatch v1.2.3 (commit "+commit[:12]+" of ") || strings.Contains(got, "modified") {
			t.Errorf("got %q, want the commit %s", got, commit)
		}
		cache = t.TempDir()
		if strings.Contains(string(program), dir) || strings.Contains(string(program), source) {
			t.Error("the program contains the path of its source")
		}
	}
	if sums[0] != sums[1] {
		t.Errorf("got the SHA-256 %x and %x, want one", sums[0], sums[1])
	}
}
