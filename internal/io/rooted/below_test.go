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
	if err := os.MkdirAll(filepath.Join(dir, "else", "where"), 0o700); err != nil {
		t.Fatal(err)
	}
	links := map[string]string{
		"out": dir, "sub/inner": ".", "gone": "../nowhere", "where": "../else/where", "back": "where/../new.csv", "deep": "sub/inner/../new.csv",
	}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(in, name)); err != nil {
			t.Skip(err)
		}
	}
	for path, want := range map[string]bool{
		"": true, "a.csv": true, "sub/a.csv": true, "sub/../a.csv": true, "no/such/a.csv": true, "sub/inner/a.csv": true,
		"..": false, "../a.csv": false, "../in.csv": false, "sub/../../a.csv": false, "out/a.csv": false, "out": false, "out/in/a.csv": true,
		"gone": false, "where/../a.csv": false, "where/../../in/a.csv": true, "where/..//new/x/": false, "back": false, "deep": true,
		"sub/inner/../a.csv": true, "no/../a.csv": true, "no/../../a.csv": false,
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
	for dir, path := range map[string]string{link: link + "/a.csv", in: link + "/a.csv", link + "/": in + "/no/a.csv"} {
		if !IsBelow(dir, path) {
			t.Errorf("%s is not below %s, which is the same folder", path, dir)
		}
	}
}
