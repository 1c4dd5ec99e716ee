package spec

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// PlaceFrom tells where an input stands as seen from its journal, "" for beside it.
func PlaceFrom(journal, input string) string {
	if place := portable(journal, input); place != filepath.Base(input) {
		return place
	}
	return ""
}

// Portable are the settings with the places named from the folder of the input.
func (s Settings) Portable(input string) Settings {
	return s.placed(func(p string) string { return portable(input, p) })
}

// Located is the inverse of portable.
func (s Settings) Located(input string) Settings {
	s = s.placed(func(p string) string { return Located(input, p) })
	for i, d := range s.Documents {
		s.Documents[i] = fromHere(d)
	}
	return s
}

// fromHere names a place below the current folder as somebody there would: the paths of documents can stand in prompts.
func fromHere(place string) string {
	here, err := os.Getwd()
	if err != nil || !filepath.IsAbs(place) {
		return place
	}
	if rel, err := filepath.Rel(here, place); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return place
}

// placed are the settings with other names for the places.
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

// portable names a place from the folder of the input, so that the two can be found from anywhere.
func portable(input, output string) string {
	from, err := filepath.Abs(filepath.Dir(input))
	to, toErr := filepath.Abs(output)
	if output == "-" || err != nil || toErr != nil {
		return output
	}
	if rel, err := filepath.Rel(from, to); err == nil {
		return rel
	}
	return to
}

// Located is the inverse of portable.
func Located(input, output string) string {
	if output == "-" || filepath.IsAbs(output) {
		return output
	}
	return filepath.Join(filepath.Dir(input), output)
}

// JournalPath returns where the journal of an input stands.
func JournalPath(input string) string { return input + ".gigabatch" }

// OutputPath returns where the output of an input stands when the user does not say: NAME.answers.EXT, or NAME.sandbox.EXT.
func OutputPath(input string, sandbox bool) string {
	word := ".answers"
	if sandbox {
		word = ".sandbox"
	}
	ext := filepath.Ext(input)
	return strings.TrimSuffix(input, ext) + word + ext
}
