package rooted

import (
	"os"
	"path/filepath"
	"testing"
)

func TestIsBelow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := filepath.Join(dir, "in")
	if err := os.MkdirAll(filepath.Join(in, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	links := map[string]string{"out": dir, "sub/inner": ".", "gone": "../nowhere"}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(in, name)); err != nil {
			t.Skip(err)
		}
	}
	for path, want := range map[string]bool{
		"": true, "a.csv": true, "sub/a.csv": true, "sub/../a.csv": true, "no/such/a.csv": true, "sub/inner/a.csv": true,
		"..": false, "../a.csv": false, "../in.csv": false, "sub/../../a.csv": false, "out/a.csv": false, "out": false, "out/in/a.csv": true,
		"gone": false,
	} {
		if got := IsBelow(in, in+"/"+path); got != want {
			t.Errorf("%q: got %v, want %v", path, got, want)
		}
	}
	if IsBelow(in, "/etc/passwd") {
		t.Error("an absolute path elsewhere is below")
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(in, link); err != nil {
		t.Fatal(err)
	}
	if !IsBelow(link, link+"/a.csv") {
		t.Error("a file below a link to a folder is not below the link")
	}
}
