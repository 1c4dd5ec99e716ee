package board

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/spec"
)

// A journal of the folder that names files outside it is listed, but nothing outside is read or written: anyone may have put it there.
func TestJournalThatNamesFilesOutside(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\na\nb\n", "d.csv": "prompt\nc\n"})
	elsewhere := t.TempDir()
	write(t, filepath.Join(elsewhere, "secret.csv"), "prompt\nsecret one\nsecret two\n")
	for journal, set := range map[string]struct{ input, output string }{
		"reads.gigabatch":  {filepath.Join(elsewhere, "secret.csv"), filepath.Join(b.Dir, "reads.csv")},
		"writes.gigabatch": {filepath.Join(b.Dir, "q.csv"), filepath.Join(elsewhere, "written.csv")},
	} {
		j := &jobs.Job{Input: set.input, Journal: filepath.Join(b.Dir, journal), Sandbox: true, Connect: s.connect}
		j.Settings.CompletionColumn, j.Settings.OutputColumns, j.Settings.Output = "completion", spec.DefaultOutputColumns, set.output
		if _, err := j.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(elsewhere, "written.csv")); err != nil {
		t.Fatal(err)
	}
	asked := s.count()
	b.search()
	outside := func(what string, err error) {
		t.Helper()
		var wrong *spec.UsageError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "outside the folder") {
			t.Errorf("%s: got %v, want an error about a file outside", what, err)
		}
	}
	reads, writes := IDOf("reads.gigabatch"), IDOf("writes.gigabatch")
	_, err := rowsOf(b, reads, 0, 10, rows.Query{})
	outside("rows of a run that reads outside", err)
	_, err = Answers{Board: b}.Export(t.Context(), reads, Shown{}, "csv")
	outside("its download", err)
	outside("continuing it", b.Continue(t.Context(), reads, false))
	outside("continuing a run that writes outside", b.Continue(t.Context(), writes, true))
	if _, err := rowsOf(b, writes, 0, 10, rows.Query{}); err != nil {
		t.Errorf("rows of a run that writes outside: %v", err)
	}
	if _, err := os.Stat(filepath.Join(elsewhere, "written.csv")); err == nil {
		t.Error("a file outside was written")
	}
	if s.count() != asked {
		t.Errorf("%d requests were sent", s.count()-asked)
	}
}

// runs makes a run of a journal as another program would.
func runs(t *testing.T, s *service, journal, input, output string) {
	t.Helper()
	j := &jobs.Job{Input: input, Journal: journal, Sandbox: true, Connect: s.connect}
	j.Settings.CompletionColumn, j.Settings.OutputColumns, j.Settings.Output = "completion", spec.DefaultOutputColumns, output
	if _, err := j.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

// A journal that names a file outside only when its rows are shown already has that file not read either.
func TestJournalThatNamesFilesOutsideLater(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\na\n"})
	j := filepath.Join(b.Dir, "j.gigabatch")
	runs(t, s, j, filepath.Join(b.Dir, "q.csv"), filepath.Join(b.Dir, "o.csv"))
	b.search()
	if w, err := rowsOf(b, IDOf("j.gigabatch"), 0, 10, rows.Query{}); err != nil {
		t.Fatal(w, err)
	}
	elsewhere := t.TempDir()
	write(t, filepath.Join(elsewhere, "secret.csv"), "prompt\nsecret\n")
	runs(t, s, j, filepath.Join(elsewhere, "secret.csv"), filepath.Join(b.Dir, "o.csv"))
	b.search()
	w, err := rowsOf(b, IDOf("j.gigabatch"), 0, 10, rows.Query{})
	if err == nil || !strings.Contains(err.Error(), "outside the folder") {
		t.Errorf("got %+v, %v, want an error about a file outside", w, err)
	}
}

// A link in the place of a file that a run creates is not followed, wherever it leads.
func TestLinksInTheFolderAreNotWrittenThrough(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{".gigabatch", ".gigabatch.lock", ""} {
		for _, target := range []string{"kept", "nothing"} {
			b, s := open(t, map[string]string{"q.csv": "prompt\na\n"})
			elsewhere := t.TempDir()
			write(t, filepath.Join(elsewhere, "kept"), "kept")
			link := filepath.Join(b.Dir, "q.csv"+ext)
			if ext == "" {
				link = filepath.Join(b.Dir, "q.sandbox.csv")
			}
			if err := os.Symlink(filepath.Join(elsewhere, target), link); err != nil {
				t.Skip(err)
			}
			var wrong *spec.UsageError
			if _, err := b.Start(t.Context(), &Spec{Input: "q.csv"}); !errors.As(err, &wrong) {
				t.Errorf("%s to %s: got %v, want a *spec.UsageError", filepath.Base(link), target, err)
			}
			if text, err := os.ReadFile(filepath.Join(elsewhere, "kept")); err != nil || string(text) != "kept" || s.count() != 0 {
				t.Errorf("%s to %s: %d requests; it has %q, error %v", filepath.Base(link), target, s.count(), text, err)
			}
			if _, err := os.Lstat(filepath.Join(elsewhere, "nothing")); err == nil {
				t.Errorf("%s: a file was created behind the link", filepath.Base(link))
			}
		}
	}
}
