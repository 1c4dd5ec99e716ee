package rooted

import (
	"os"
	"path/filepath"
)

// IsBelow reports whether a path is a folder or below it, both as the two are written and with their links followed as far as they exist. It
// opens nothing: a path that changes afterwards is not noticed.
func IsBelow(dir, path string) bool {
	for _, form := range []func(string) string{filepath.Clean, resolved} {
		from, err := filepath.Abs(form(dir))
		if err != nil {
			return false
		}
		to, err := filepath.Abs(form(path))
		if err != nil {
			return false
		}
		if rel, err := filepath.Rel(from, to); err != nil || !filepath.IsLocal(rel) {
			return false
		}
	}
	return true
}

// resolved returns a path with the links of its longest existing part followed, and those that lead to nothing.
func resolved(path string) string { return follow(filepath.Clean(path), maxLinks) }

// maxLinks is how many links to nothing are followed, as systems limit it.
const maxLinks = 40

func follow(path string, links int) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if to, err := os.Readlink(path); err == nil && links > 0 {
		if !filepath.IsAbs(to) {
			to = filepath.Join(follow(filepath.Dir(path), links-1), to)
		}
		return follow(filepath.Clean(to), links-1)
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	return filepath.Join(follow(parent, links), filepath.Base(path))
}
