// Package jobstest has test helpers shared by the packages of jobs: for files, folders and usage errors.
package jobstest

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/jobs/spec"
)

// WriteFile writes a file and fails the test on an error.
func WriteFile(t testing.TB, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ReadFile returns the content of a file and fails the test on an error.
func ReadFile(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Folder returns the content of every file in a folder by name.
func Folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		all[e.Name()] = "a folder"
		if !e.IsDir() {
			all[e.Name()] = ReadFile(t, filepath.Join(dir, e.Name()))
		}
		if strings.HasSuffix(e.Name(), ".lock") { // whoever takes the lock writes when
			all[e.Name()], _, _ = strings.Cut(all[e.Name()], ", since ")
		}
	}
	return all
}

// WantFolder fails unless a folder has the content that Folder returned before.
func WantFolder(t *testing.T, dir string, before map[string]string) {
	t.Helper()
	if after := Folder(t, dir); !maps.Equal(before, after) {
		t.Errorf("the folder changed:\nbefore %q\nafter  %q", before, after)
	}
}

// WantUsage fails unless err is a *spec.UsageError whose text and hint contain these words.
func WantUsage(t *testing.T, err error, words ...string) {
	t.Helper()
	var usage *spec.UsageError
	if !errors.As(err, &usage) {
		t.Errorf("error %v, want a *UsageError", err)
		return
	}
	for _, w := range words {
		if !strings.Contains(usage.Msg.String()+" "+usage.Hint.String(), w) {
			t.Errorf("error %q with hint %q lacks %q", usage.Msg, usage.Hint, w)
		}
	}
}

// Exists reports whether a file of that name exists.
func Exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// Rounds returns how often a test repeats something at random: short times, or long times with GIGABATCH_LONG=1.
func Rounds(short, long int) int {
	if os.Getenv("GIGABATCH_LONG") != "" {
		return long
	}
	return short
}
