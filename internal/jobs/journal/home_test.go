package journal

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/task"
)

// displacements are what other programs do to the file of a journal under way, with the path of the journal that is written instead. They
// need a copy of the journal as it was before.
var displacements = map[string]struct {
	to string
	do func(path, copy string) error
}{
	"deleted":           {"sub/j.gigabatch", func(path, _ string) error { return os.Remove(path) }},
	"replaced":          {"sub/j.rescued.gigabatch", func(path, copy string) error { return os.Rename(copy, path) }},
	"replaced by other": {"sub/j.rescued.gigabatch", func(path, copy string) error { os.Remove(path); return os.WriteFile(path, []byte("a,b\n"), 0o600) }},
	"a folder instead":  {"sub/j.rescued.gigabatch", func(path, _ string) error { os.Remove(path); return os.Mkdir(path, 0o700) }},
	"a link instead":    {"sub/j.rescued.gigabatch", func(path, copy string) error { os.Remove(path); return os.Symlink(copy, path) }},
	"folder renamed":    {"sub/j.gigabatch", func(path, _ string) error { return os.Rename(filepath.Dir(path), filepath.Dir(path)+"2") }},
	"folder renamed and made again": {"sub/j.gigabatch", func(path, _ string) error {
		return errors.Join(os.Rename(filepath.Dir(path), filepath.Dir(path)+"2"), os.Mkdir(filepath.Dir(path), 0o700))
	}},
	"folder deleted": {"sub/j.gigabatch", func(path, _ string) error { return os.RemoveAll(filepath.Dir(path)) }},
}

// A journal whose file was displaced during a run is written again, with all that was recorded before and since.
func TestDisplacedJournalIsWrittenAgain(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be displaced")
	}
	for name, how := range displacements {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "sub", "j.gigabatch")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			j := openJournal(t, path)
			all := results()
			record := func(i int) {
				t.Helper()
				if err := j.Record(all[i]); err != nil {
					t.Fatal(err)
				}
			}
			record(0)
			if j.Moved() != nil {
				t.Fatalf("before: %v", j.Moved())
			}
			saved := filepath.Join(dir, "saved")
			jobstest.WriteFile(t, saved, jobstest.ReadFile(t, path))
			if err := how.do(path, saved); err != nil {
				t.Fatal(err)
			}
			record(1)
			moved := j.Moved()
			if to := filepath.Join(dir, filepath.FromSlash(how.to)); moved == nil || moved.To != to || moved.Replaced != (to != path) {
				t.Fatalf("moved: %+v, want to %s", moved, to)
			}
			record(2)
			r := readJournal(t, moved.To)
			if len(r.Damaged()) != 0 {
				t.Errorf("damaged: %v", r.Damaged())
			}
			for i := range 3 {
				for who, from := range map[string]*Journal{"the new journal": r, "the run": j} {
					at, ok := from.Lookup(all[i].Key, false)
					if !ok {
						t.Fatalf("%s does not have result %d", who, i)
					}
					if got, _, err := from.ReadResult(at, nil); err != nil || got.Completion != all[i].Completion {
						t.Errorf("%s: result %d is %v, error %v", who, i, got, err)
					}
				}
			}
			if info, err := os.Stat(moved.To); err != nil || info.Mode() != 0o600 {
				t.Errorf("the new journal: %v, error %v; want one of mode 0600", info.Mode(), err)
			}
			r.Close()
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			if moved.Replaced { // what is there does not have the answers, which would be paid for again
				_, err := Open(path)
				jobstest.WantUsage(t, CheckBeside(path), "rename")
				if err == nil {
					t.Error("the journal that took its place is opened")
				}
			}
			openJournal(t, moved.To)
		})
	}
}

// A second journal that is displaced at the same place takes another name.
func TestNamesOfRescuedJournals(t *testing.T) {
	t.Parallel()
	for journal, want := range map[string][2]string{
		"q.csv.gigabatch": {"q.csv.rescued.gigabatch", "q.csv.rescued-2.gigabatch"},
		"answers":         {"answers.rescued", "answers.rescued-2"},
	} {
		if got := [2]string{rescuePath(journal, 1), rescuePath(journal, 2)}; got != want {
			t.Errorf("%s: got %v, want %v", journal, got, want)
		}
	}
}

// What a run has recorded is written again if another program overwrites the file in place, as cp does.
func TestOverwrittenJournalIsWrittenAgain(t *testing.T) {
	t.Parallel()
	all := []task.Result{}
	for i := range 5 {
		r := results()[0]
		r.Key, r.Completion = task.Key{byte(i)}, strings.Repeat("answer ", i)
		all = append(all, r)
	}
	first := string(line(t, all[0]))
	for name, tt := range map[string]struct {
		content func(now string) string
		to      string
		first   bool // the result from before the run is there, too
	}{
		"an older version":        {func(string) string { return first }, "j", true},
		"nothing":                 {func(string) string { return "" }, "j", false},
		"a line more":             {func(now string) string { return now + "note\n" }, "j", true},
		"an older one of the run": {func(now string) string { return now[:len(now)-len(line(t, all[2]))] }, "j", true},
		"twice":                   {func(string) string { return first }, "j", true},
		"blank lines more":        {func(now string) string { return now + "\r\n\r\n" }, "j", true},
		"half a line more":        {func(now string) string { return now + "note" }, "j", true},
		"no last newline":         {func(string) string { return strings.TrimSuffix(first, "\n") }, "j", true},
		"something else":          {func(string) string { return strings.Repeat("a,b\n", 1000) }, "j.rescued", false},
	} {
		path := filepath.Join(t.TempDir(), "j")
		jobstest.WriteFile(t, path, first)
		j := openJournal(t, path)
		if err := errors.Join(j.Record(all[1]), j.Record(all[2])); err != nil {
			t.Fatal(err)
		}
		jobstest.WriteFile(t, path, tt.content(jobstest.ReadFile(t, path)))
		if err := errors.Join(j.Record(all[3]), j.Record(all[4])); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if moved := j.Moved(); moved != nil && name == "twice" {
			jobstest.WriteFile(t, path, first)
		}
		if err := j.Close(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		moved := j.Moved()
		if moved == nil || !moved.Overwritten || moved.Lost || filepath.Base(moved.To) != tt.to {
			t.Fatalf("%s: moved %+v", name, moved)
		}
		r := readJournal(t, moved.To)
		text := jobstest.ReadFile(t, moved.To)
		if n := strings.Count(text, all[1].Key.String()); n != 1 { // a second copy of the run looks like one that was killed
			t.Errorf("%s: the first result of the run is there %d times", name, n)
		}
		for i := range all {
			at, ok := r.Lookup(all[i].Key, false)
			if ok != (i > 0 || tt.first) {
				t.Errorf("%s: result %d: %v", name, i, ok)
			}
			if !ok {
				continue
			}
			if got, _, err := r.ReadResult(at, nil); err != nil || got.Completion != all[i].Completion {
				t.Errorf("%s: result %d is %v, error %v", name, i, got, err)
			}
		}
	}
}

func TestRecentLinesAreLimited(t *testing.T) {
	t.Parallel()
	h := home{}
	text := strings.Repeat("x", 999) + "\n"
	for range 3 * maxRecent / len(text) {
		h.keep([]byte(text))
		if len(h.recent) > maxRecent || len(h.recent)%len(text) != 0 {
			t.Fatalf("%d bytes are kept", len(h.recent))
		}
	}
	if !h.lost || len(h.recent) < maxRecent/3 {
		t.Errorf("%d bytes are kept, lost %v", len(h.recent), h.lost)
	}
	large := []byte(strings.Repeat("y", 2*maxRecent) + "\n")
	if h.keep(large); len(h.recent) != len(large) {
		t.Errorf("%d bytes are kept of one line of %d", len(h.recent), len(large))
	}
}

// A file is told by its content where a file system changes the numbers by which files are told apart, and is not left open.
func TestFileToldByItsContent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "j")
	jobstest.WriteFile(t, path, "one\ntwo\n")
	for _, tt := range []struct {
		path, lines string
		end         int64
		want        bool
	}{
		{path, "two\n", 8, true}, {path, "one\n", 4, true}, {path, "one\ntwo\n", 8, true},
		{path, "tow\n", 8, false}, {path, "two\n", 4, false}, {path, "two\n", 9, false}, {path, "one\ntwo\n", 4, false},
		{path + ".gone", "two\n", 8, false}, {dir, "two\n", 8, false},
	} {
		if got := endsWith(tt.path, []byte(tt.lines), tt.end); got != tt.want {
			t.Errorf("%s ends with %q before %d: %t, want %t", filepath.Base(tt.path), tt.lines, tt.end, got, tt.want)
		}
	}
	open, _ := filepath.Glob("/proc/self/fd/*") // none on systems other than Linux
	for _, fd := range open {
		if target, err := os.Readlink(fd); err == nil && target == path {
			t.Errorf("%s is left open", target)
		}
	}
}
