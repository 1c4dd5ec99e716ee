package spec

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// PlaceFrom returns the path of an input as seen from the folder of its journal, "" if it stands in that folder.
func PlaceFrom(journal, input string) string {
	if place := portable(journal, input); place != filepath.Base(input) {
		return place
	}
	return ""
}

// Portable returns the settings with all paths relative to the folder of the input, so that the folder can be moved.
func (s Settings) Portable(input string) Settings {
	return s.placed(func(p string) string { return portable(input, p) })
}

// Located is the inverse of Portable. Documents below the current folder get paths relative to it: these can stand in prompts, and are to
// be the same as when the user named them there.
func (s Settings) Located(input string) Settings {
	s = s.placed(func(p string) string { return Located(input, p) })
	here, err := os.Getwd()
	if err != nil {
		return s
	}
	for i, d := range s.Documents {
		if rel, err := filepath.Rel(here, d); filepath.IsAbs(d) && err == nil && filepath.IsLocal(rel) {
			s.Documents[i] = rel
		}
	}
	return s
}

// placed returns the settings with each path replaced by what name makes of it.
func (s Settings) placed(name func(string) string) Settings {
	for _, p := range []*string{&s.Output, &s.OutDir, &s.AttachRoot} {
		if *p != "" {
			*p = name(*p)
		}
	}
	s.Documents = slices.Clone(s.Documents)
	for i := range s.Documents {
		s.Documents[i] = name(s.Documents[i])
	}
	return s
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
