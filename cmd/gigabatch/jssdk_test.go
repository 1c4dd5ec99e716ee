package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestJavaScriptSDK runs the official JavaScript SDK, a client that nobody here wrote, against gigabatch sandbox. testdata/jssdk pins its
// version; npm gets it. Where npm is absent or cannot get it, the test is skipped, except in CI.
func TestJavaScriptSDK(t *testing.T) {
	if testing.Short() {
		t.Skip("npm is slow")
	}
	t.Parallel()
	lacks := t.Skipf
	if os.Getenv("CI") != "" {
		lacks = t.Fatalf
	}
	for _, name := range []string{"npm", "node"} {
		if _, err := exec.LookPath(name); err != nil {
			lacks("%s is not installed", name)
		}
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "jssdk"))); err != nil {
		t.Fatal(err)
	}
	install := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		lacks("npm ci: %v\n%s", err, out)
	}
	check := exec.Command("node", "check.mjs")
	check.Dir = dir
	check.Env = os.Environ()
	for prefix, args := range map[string][]string{
		"":         {"sandbox", "--batch-delay", "1s"},
		"PREPAID_": {"sandbox", "--scope", "GIGACHAT_API_PERS", "--packages", "GigaChat-2=1000000,embeddings=5000"},
	} {
		box, err := startProcess(newProgram(t).command(args...))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(box.kill)
		if err := box.saw(regexp.MustCompile(`GIGACHAT_CREDENTIALS=\S+\n`)); err != nil { // it listens already
			t.Fatal(err)
		}
		for variable := range strings.FieldsSeq(box.out.String()) { // that it prints
			check.Env = append(check.Env, prefix+variable)
		}
	}
	out, err := check.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "as the SDK expects") {
		t.Errorf("node check.mjs: %v\n%s", err, out)
	}
}
