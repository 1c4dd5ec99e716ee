// Package journals finds the journals of inputs and outputs.
package journals

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gigabatch/internal/io/rooted"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// Find returns the journal of a job whose journal the user has not named. For documents, it lies beside the output; if there is
// none, it is the only journal in that folder, or else in the working folder or a folder in it, in which a run asked the same about the
// same documents. found reports that it is such a journal. If there are several, the error is a *spec.UsageError.
func Find(input string, s *spec.Settings, sandbox bool) (path string, found bool, err error) {
	path = spec.JournalPath(input)
	if s.Documents == nil || exists(path) {
		return path, false, nil
	}
	all := near(input, s.Documents, func(name string, m *journal.Manifest) bool {
		trial := strings.Contains(filepath.Base(name), ".sandbox")
		return m.Settings.Documents != nil && trial == sandbox && m.Settings.SameQuestions(s) && sameDocuments(name, m, s.Documents)
	})
	switch len(all) {
	case 0:
		return path, false, nil
	case 1:
		return all[0], true, nil
	}
	return "", false, &spec.UsageError{
		Msg:  messages.Sprintf("several journals have answers about these documents: %s", strings.Join(all, ", ")),
		Hint: messages.Sprintf("name one of them with --journal, or a new one to ask everything again"),
	}
}

// Of returns the journal of the documents whose answers a run has written to a file or folder, and the input of that run. A run of the
// sandbox has written beside it. The journal is "" if one lies beside the file, or if there is not exactly one.
func Of(output string) (path, input string) {
	if exists(spec.JournalPath(output)) {
		return "", ""
	}
	for _, of := range []struct{ output, dir string }{{output, output}, {spec.SandboxPath(output), spec.SandboxFolder(output)}} {
		wrote := func(name string, m *journal.Manifest) bool {
			s := m.Settings.Located(m.InputOf(name))
			return s.Documents != nil && (rooted.Same(s.Output, of.output) || rooted.Same(s.OutDir, of.dir))
		}
		all := near(output, nil, wrote)
		if len(all) == 0 {
			continue
		}
		err := journal.Manifests(all[0], func(m *journal.Manifest) {
			if wrote(all[0], m) {
				input = m.InputOf(all[0])
			}
		})
		if err != nil || len(all) > 1 {
			return "", ""
		}
		return all[0], input
	}
	return "", ""
}

// WroteTable returns the settings of the newest run that wrote a table, according to the journals in its folder, nil if none of them did.
func WroteTable(path string) *spec.Settings {
	var newest *journal.Manifest
	var settings spec.Settings
	within(filepath.Dir(path), func(name string, m *journal.Manifest) bool {
		input := m.InputOf(name)
		s := m.Settings.Located(input)
		s.Output = spec.RestoredOutput(s.Output, input)
		wrote := !m.Preview && (rooted.Same(s.Output, path) || s.InPlace && rooted.Same(input, path))
		if wrote && (newest == nil || m.Started.After(newest.Started)) {
			newest, settings = m, s
		}
		return wrote
	})
	if newest == nil {
		return nil
	}
	return &settings
}

// near returns the journals with a run that fits, in the first folder that has any: that of a file, the working folder, and the
// folders in it except those of the documents.
func near(file string, documents []string, fits func(name string, m *journal.Manifest) bool) (all []string) {
	var roots []string
	for _, d := range documents {
		roots = append(roots, spec.DocumentRoot(d))
	}
	below, _ := os.ReadDir(".")
	for _, dir := range []string{filepath.Dir(file), "."} {
		if all = within(dir, fits); all != nil {
			return all
		}
	}
	for _, e := range below {
		inside := func(root string) bool { return rooted.IsBelow(root, e.Name()) }
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !slices.ContainsFunc(roots, inside) {
			all = append(all, within(e.Name(), fits)...)
		}
	}
	return all
}

// within returns the journals of a folder with a run that fits. Files that are not journals are ignored.
func within(dir string, fits func(name string, m *journal.Manifest) bool) (all []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if filepath.Ext(name) != spec.JournalPath("") || !e.Type().IsRegular() {
			continue
		}
		fit := false
		err := journal.Manifests(name, func(m *journal.Manifest) { fit = fit || fits(name, m) })
		if err == nil && fit {
			all = append(all, name)
		}
	}
	return all
}

// sameDocuments reports whether a run of a journal had some of the documents: a folder, a pattern in it and a file in it are the same.
// If the journal was moved, the folders in the manifest are those of the working folder.
func sameDocuments(name string, m *journal.Manifest, documents []string) bool {
	for _, theirs := range slices.Concat(m.Settings.Located(m.InputOf(name)).Documents, m.Settings.Documents) {
		for _, ours := range documents {
			a, b := spec.DocumentRoot(theirs), spec.DocumentRoot(ours)
			if rooted.IsBelow(a, b) || rooted.IsBelow(b, a) {
				return true
			}
		}
	}
	return false
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return !errors.Is(err, fs.ErrNotExist)
}
