package rooted

import (
	"os"
	"path/filepath"
	"strings"
)

// IsBelow reports whether a path is a folder or below it, as the system finds it: with links followed before "..", as far as they exist. It
// opens nothing: a path that changes afterwards is not noticed.
func IsBelow(dir, path string) bool {
	from, err := filepath.Abs(follow(dir, maxLinks))
	if err != nil {
		return false
	}
	to, err := filepath.Abs(follow(path, maxLinks))
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(from, to)
	return err == nil && filepath.IsLocal(rel)
}

// Same reports whether two names are the same path in the working folder. Links are not followed, and an empty name is no path.
func Same(a, b string) bool {
	x, errA := filepath.Abs(a)
	y, errB := filepath.Abs(b)
	return a != "" && errA == nil && errB == nil && x == y
}

// maxLinks is how many links to nothing are followed, as systems limit it.
const maxLinks = 40

// follow returns a path with the links of its longest existing part followed, and those that lead to nothing.
func follow(path string, links int) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return absolute(real)
	}
	parent, base := split(path)
	if to, err := os.Readlink(path); err == nil && links > 0 {
		if !filepath.IsAbs(to) {
			to = follow(parent, links-1) + string(filepath.Separator) + to
		}
		return follow(to, links-1)
	}
	if parent == path {
		return path
	}
	return filepath.Join(follow(parent, links), base)
}

// absolute returns a path as one from the root, with the links above the working folder followed.
func absolute(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real
	}
	return abs
}

// split is filepath.Split for a path that may end with separators, without cleaning it: "a/link/.." is not "a".
func split(path string) (parent, base string) {
	root := filepath.VolumeName(path)
	rest := strings.TrimRightFunc(path[len(root):], isSeparator)
	at := strings.LastIndexFunc(rest, isSeparator)
	parent = strings.TrimRightFunc(rest[:at+1], isSeparator)
	switch {
	case at < 0 && root == "" && rest == "":
		return path, ""
	case at < 0:
		return root + ".", rest
	case parent == "":
		return root + string(filepath.Separator), rest[at+1:]
	}
	return root + parent, rest[at+1:]
}

func isSeparator(r rune) bool { return r < 0x80 && os.IsPathSeparator(uint8(r)) }
