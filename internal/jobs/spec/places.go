package spec

import (
	"path/filepath"
	"strings"
)

// JournalPath returns the path of the journal of an input when the user does not say.
func JournalPath(input string) string { return input + ".gigabatch" }

// OutputPath returns the path of the output of an input when the user does not say: NAME.answers.EXT, or NAME.sandbox.EXT.
func OutputPath(input string, sandbox bool) string {
	word := ".answers"
	if sandbox {
		word = ".sandbox"
	}
	ext := filepath.Ext(input)
	return strings.TrimSuffix(input, ext) + word + ext
}

// PlaceFrom returns the path of an input as seen from the folder of its journal, "" if it stands in that folder.
func PlaceFrom(journal, input string) string {
	if place := portable(journal, input); place != filepath.Base(input) {
		return place
	}
	return ""
}

// portable returns path relative to the folder of the input. "-" stays as it is; a path that cannot be relative is absolute.
func portable(input, path string) string {
	from, err := filepath.Abs(filepath.Dir(input))
	to, toErr := filepath.Abs(path)
	if path == "-" || err != nil || toErr != nil {
		return path
	}
	if rel, err := filepath.Rel(from, to); err == nil {
		return rel
	}
	return to
}

// Located returns the path of a file that is named relative to the folder of the input. "-" and absolute paths stay as they are.
func Located(input, path string) string {
	if path == "-" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(input), path)
}
